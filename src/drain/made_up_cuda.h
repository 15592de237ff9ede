// A CUDA driver that is made up, for tests and measurements of hone/cuda.h without a GPU: its clock
// runs by the machine's; streams do what they are given one after the other, in no time of ours.
//
//   made_up_cuda::Driver driver;
//   made_up_cuda::driver = &driver;
//   setup.find = &made_up_cuda::find;
//
// One at a time; what is not done as the driver's documentation wants it is counted as misused.
#pragma once

#include <cstring>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "hone/cuda.h"

namespace hone::drain::made_up_cuda {

inline constexpr int kInvalid = 1, kNotReady = 600, kIllegalAddress = 700;

struct Event {
  bool is_recorded = false;
  double time = 0;
  void* stream = nullptr;
  bool is_stuck = false;
};

struct Driver {
  std::unordered_set<Event*> events;
  std::unordered_map<void*, double> streams;  // when what each was given is done
  std::unordered_set<void*> held;             // what was recorded on them is not done
  std::unordered_set<void*> captured;
  double speed = 1;  // of its clock beside the machine's
  int64_t zero = cuda::detail::now_ns() - 1'000'000;
  int records = 0, misused = 0, contexts = 1, mode = 0, made_events = 0;
  int query_result = 0, record_result = 0;
  bool is_stuck = false;  // what is recorded on Hone's own stream is never done
  void* own = nullptr;
  std::string missing;

  double now() const { return static_cast<double>(cuda::detail::now_ns() - zero) * speed; }
  // Of the machine's clock.
  double ours(double time) const { return static_cast<double>(zero) + time / speed; }
  void work(void* stream, double ns) { tail(stream) += ns; }
  double& tail(void* stream) { return streams.try_emplace(stream, now()).first->second; }
};
inline Driver* driver = nullptr;

inline int context_now(void** out) {
  *out = driver->contexts > 0 ? reinterpret_cast<void*>(0x100) : nullptr;
  return 0;
}
inline int push(void*) {
  ++driver->contexts;
  return 0;
}
inline int pop(void**) {
  --driver->contexts;
  return 0;
}
inline int device_now(int* out) {
  *out = 3;
  return 0;
}
inline int device_name(char* out, int bytes, int device) {
  driver->misused += device != 3;
  std::strncpy(out, "a made-up device", static_cast<size_t>(bytes));
  return 0;
}
inline int attribute(int* out, int which, int) {
  *out = 0;
  driver->misused += which != 18;
  return 0;
}
inline int create_event(void** out, unsigned flags) {
  driver->misused += flags != 0;  // with CU_EVENT_DISABLE_TIMING it would tell no time
  auto* const event = new Event;
  driver->events.insert(event);
  ++driver->made_events;
  *out = event;
  return 0;
}
inline int destroy_event(void* event) {
  driver->misused += driver->events.erase(static_cast<Event*>(event)) != 1;
  delete static_cast<Event*>(event);
  return 0;
}
inline int record(void* event, void* stream) {
  if (driver->record_result != 0) return driver->record_result;
  driver->misused += driver->events.count(static_cast<Event*>(event)) != 1;
  driver->misused += driver->captured.count(stream) != 0;  // it would become a part of the graph
  if (stream != driver->own) ++driver->records;
  const double time = stream == driver->own ? driver->now() : driver->tail(stream);
  *static_cast<Event*>(event) = {true, time, stream, driver->is_stuck && stream == driver->own};
  return 0;
}
inline bool is_done(const Event& event) {
  if (event.stream == driver->own) return !event.is_stuck;
  return driver->held.count(event.stream) == 0;
}
inline int query(void* handle) {
  if (driver->query_result != 0) return driver->query_result;
  const Event& event = *static_cast<Event*>(handle);
  // Others' captures are not to be disturbed by it.
  driver->misused += driver->mode != 2 || !event.is_recorded;
  return is_done(event) ? 0 : kNotReady;
}
inline int elapsed(float* ms, void* start, void* end) {
  const Event &a = *static_cast<Event*>(start), &b = *static_cast<Event*>(end);
  if (!a.is_recorded || !b.is_recorded) return kInvalid;
  if (!is_done(a) || !is_done(b)) return kNotReady;
  *ms = static_cast<float>((b.time - a.time) / 1e6);
  driver->misused += *ms < 0;  // what the driver says then is nowhere written
  return 0;
}
inline int create_stream(void** out, unsigned flags) {
  driver->misused += flags != 1;
  *out = driver->own = reinterpret_cast<void*>(0x200);
  return 0;
}
inline int destroy_stream(void* stream) {
  driver->misused += stream != driver->own;
  return 0;
}
inline int is_capturing(void* stream, int* status) {
  *status = driver->captured.count(stream) ? 1 : 0;
  return 0;
}
inline int exchange_mode(int* mode) {
  std::swap(*mode, driver->mode);
  return 0;
}

inline cuda::Function find(const char* name) {
#define HONE_MADE_UP(name, function) \
  { name, reinterpret_cast<cuda::Function>(&function) }
  static const std::unordered_map<std::string, cuda::Function> kCalls = {
      HONE_MADE_UP("cuCtxGetCurrent", context_now),
      HONE_MADE_UP("cuCtxPushCurrent_v2", push),
      HONE_MADE_UP("cuCtxPopCurrent_v2", pop),
      HONE_MADE_UP("cuCtxGetDevice", device_now),
      HONE_MADE_UP("cuDeviceGetName", device_name),
      HONE_MADE_UP("cuDeviceGetAttribute", attribute),
      HONE_MADE_UP("cuEventCreate", create_event),
      HONE_MADE_UP("cuEventDestroy_v2", destroy_event),
      HONE_MADE_UP("cuEventRecord", record),
      HONE_MADE_UP("cuEventQuery", query),
      HONE_MADE_UP("cuEventElapsedTime", elapsed),
      HONE_MADE_UP("cuStreamCreate", create_stream),
      HONE_MADE_UP("cuStreamDestroy_v2", destroy_stream),
      HONE_MADE_UP("cuStreamIsCapturing", is_capturing),
      HONE_MADE_UP("cuThreadExchangeStreamCaptureMode", exchange_mode),
  };
#undef HONE_MADE_UP
  const auto at = kCalls.find(name);
  return at == kCalls.end() || driver->missing == name ? nullptr : at->second;
}

inline void* stream(uintptr_t number) {
  return reinterpret_cast<void*>(number);
}

}  // namespace hone::drain::made_up_cuda
