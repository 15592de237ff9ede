// Kernels, copies and fills as CUPTI tells them (hone/cuda_activity.h).
//
// CUPTI asks for buffers, fills them, and gives them back on a thread of its own or on one that
// asks; what is in them becomes marks of that thread. Kernels of one stream do not overlap: a
// stream is a queue.
#ifndef HONE_ENABLE
#define HONE_ENABLE
#endif
#include "hone/cuda_activity.h"

#include "base/kernel.h"
#include "guest/runtime/cupti.h"
#include "guest/runtime/runtime.h"
#include "wire/mangled.h"

namespace hone::runtime::cupti {

namespace {

constexpr uint32_t kBuffers = 32, kBufferBytes = 256u << 10;
constexpr uint32_t kStreamsMax = 256;  // the last is for all others
constexpr uint32_t kNear = 512;        // names of kernels that are found by their addresses
constexpr size_t kNameBytesMax = 1024;
constexpr uint32_t kFirstStreamId = 1u << 24;  // others of this process count from lower numbers
constexpr uint32_t kMarkSlots = 4;
constexpr uint32_t kFlushPeriodMs = 500;
constexpr uint32_t kReadings = 5;                     // of two clocks, of which the closest count
constexpr int kLazy = 1, kAlreadyLoaded = 4 | kLazy;  // of dlopen()

struct Stream {
  uint32_t is_there;
  uint32_t device, context, number;
  hone_site* name;
  int32_t told;  // the recorder that knows of it
  uint64_t left_out, told_left_out;
  char device_name[24];
};

struct State {
  uint32_t stage;  // kUnused, ...
  const char* why;
  Calls calls;
  void* subscriber;
  bool has_our_clock;
  uint8_t* buffers;
  uint32_t busy;  // a bit each
  uint64_t dropped, told_dropped;
  uint32_t naming;
  uint32_t streams_used;
  Stream streams[kStreamsMax + 1];  // one more: of what CUPTI dropped
  hone_site* near[kNear];
  char reason[96];
};
enum : uint32_t { kUnused, kOpening, kOpen, kOver };
State state;

constexpr uint32_t kKinds[] = {kConcurrentKernel, kMemcpy, kMemset, kMemcpyPeers};

void write(char* to, size_t bytes, const char* text, uint64_t number, const char* rest) {
  char digits[24];
  char* from = digits + sizeof digits - 1;
  *from = '\0';
  do *--from = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  size_t at = 0;
  const char* const parts[] = {text, from, rest};
  for (const char* part : parts) {
    while (*part != '\0' && at + 1 < bytes) to[at++] = *part++;
  }
  to[at] = '\0';
}

// Of our clock, when CUPTI asks for it.
uint64_t our_clock() {
  return (uint64_t)kernel::clock_ns(kernel::kClockMonotonic);
}

// What is to be added to CUPTI's times now. Its clock may be set by whoever sets the date, so it
// holds for one buffer.
int64_t offset_of_clock() {
  if (state.has_our_clock) return 0;
  int64_t best = INT64_MAX, offset = 0;
  for (uint32_t i = 0; i < kReadings; ++i) {
    uint64_t theirs = 0;
    const int64_t before = kernel::clock_ns(kernel::kClockMonotonic);
    if (state.calls.timestamp(&theirs) != 0) continue;
    const int64_t apart = kernel::clock_ns(kernel::kClockMonotonic) - before;
    if (apart >= best) continue;
    best = apart;
    offset = before + apart / 2 - (int64_t)theirs;
  }
  return offset;
}

const char* copy_name(const CopyRecord& copy) {
  static constexpr const char* kNames[] = {
      "memcpy",      "memcpy HtoD", "memcpy DtoH", "memcpy HtoA", "memcpy AtoH", "memcpy AtoA",
      "memcpy AtoD", "memcpy DtoA", "memcpy DtoD", "memcpy HtoH", "memcpy PtoP"};
  if (copy.kind == kMemset) return "memset";
  return kNames[copy.copy < sizeof kNames / sizeof *kNames ? copy.copy : 0];
}

// CUPTI gives one name at one address, mostly; that it is still the same is looked at.
hone_site* site_of(const char* name) {
  hone_site** const near = &state.near[(uintptr_t)name * 0x9e3779b97f4a7c15u >> 55];
  hone_site* const known = __atomic_load_n(near, __ATOMIC_ACQUIRE);
  if (known && __builtin_strncmp(known->name, name, kNameBytesMax) == 0) return known;
  hone_site* const site = hone_site_named(name, "CUDA", HONE_SITE_SPAN);
  if (name[0] == '_' && name[1] == 'Z' && !site->unit) site->unit = wire::kMangledUnit;
  __atomic_store_n(near, site, __ATOMIC_RELEASE);
  return site;
}
static_assert(kNear == 1u << (64 - 55));

void announce(Stream& stream, uint64_t left_out) {
  const hone_value values[] = {
      {HONE_ARGUMENT_STRING, (uint64_t)(uintptr_t)stream.device_name},
      {HONE_ARGUMENT_UNSIGNED, kFirstStreamId + (uint64_t)(&stream - state.streams)},
      {HONE_ARGUMENT_UNSIGNED, 0},
      {HONE_ARGUMENT_UNSIGNED, HONE_GPU_BY_CUPTI},
      {HONE_ARGUMENT_INTEGER, 0},
      {HONE_ARGUMENT_INTEGER, 0},
      {HONE_ARGUMENT_UNSIGNED, left_out}};
  stream.told = __atomic_load_n(&hone_own_page.owner, __ATOMIC_RELAXED);
  stream.told_left_out = left_out;
  hone_put_arguments(stream.name, HONE_MARK_GPU_QUEUE, 0, hone_ticks(), values, 7);
}

void name_stream(Stream& stream, const char* text) {
  stream.name = hone_site_named(text, "", HONE_SITE_GPU_QUEUE);
  stream.name->level = HONE_LEVEL_ERROR;  // no filter of levels takes it away from its spans
}

void make_stream(Stream& stream, uint32_t device, uint32_t context, uint32_t number, bool is_last) {
  stream.device = device;
  stream.context = context;
  stream.number = number;
  stream.told = -1;
  write(stream.device_name, sizeof stream.device_name, "CUDA device ", device, "");
  char text[64], rest[40];
  write(rest, sizeof rest, " of context ", context, " (CUPTI)");
  write(text, sizeof text, "stream ", number, context > 1 ? rest : " (CUPTI)");
  name_stream(stream, is_last ? "other streams (CUPTI)" : text);
}

// Streams are there from the first on without a gap.
Stream* known_stream(uint32_t device, uint32_t context, uint32_t number) {
  const uint32_t used = __atomic_load_n(&state.streams_used, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < used; ++i) {
    Stream& each = state.streams[i];
    const bool is_it = each.number == number && each.context == context && each.device == device;
    if (is_it || i + 1 == kStreamsMax) return &each;
  }
  return nullptr;
}

Stream& stream_of(uint32_t device, uint32_t context, uint32_t number) {
  if (Stream* const known = known_stream(device, context, number)) return *known;
  while (__atomic_exchange_n(&state.naming, 1u, __ATOMIC_ACQUIRE) != 0) {
  }
  Stream* stream = known_stream(device, context, number);
  if (!stream) {
    const uint32_t at = state.streams_used;
    stream = &state.streams[at];
    make_stream(*stream, device, context, number, at + 1 == kStreamsMax);
    __atomic_store_n(&state.streams_used, at + 1, __ATOMIC_RELEASE);
  }
  __atomic_store_n(&state.naming, 0u, __ATOMIC_RELEASE);
  return *stream;
}

void put_span(Stream& stream, hone_site* site, uint64_t start, uint64_t end, int64_t offset) {
  if (start == 0 || end < start) {
    __atomic_fetch_add(&stream.left_out, uint64_t{1}, __ATOMIC_RELAXED);
    return;
  }
  hone_thread* const thread = hone_mark_thread(site, kMarkSlots);
  if (!thread) return;
  const uint64_t at = hone_take_slots(thread, kMarkSlots);
  const uint64_t rest = hone_word(HONE_TYPE_REST, 0, 0, 0);
  const uint64_t id = kFirstStreamId + (uint64_t)(&stream - state.streams);
  hone_put_slot(thread, at + 3, end + (uint64_t)offset, rest);
  hone_put_slot(thread, at + 2, start + (uint64_t)offset, rest);
  hone_put_slot(thread, at + 1, id, rest);  // which thread asked for it is not known
  hone_put_slot(thread, at, hone_ticks(),
                hone_word(HONE_TYPE_MARK, HONE_MARK_GPU_SPAN, hone_id_of(site), kMarkSlots - 1));
}

// As much of a record as is in the buffer.
template <class T>
bool read(T& to, const Record* record, const uint8_t* end) {
  if ((size_t)(end - (const uint8_t*)record) < sizeof to) return false;
  __builtin_memcpy(&to, record, sizeof to);
  return true;
}

void take(const Record* record, const uint8_t* end, int64_t offset) {
  const auto put = [offset](const auto& what, const char* name) {
    Stream& stream = stream_of(what.device, what.context, what.stream);
    if (stream.told != __atomic_load_n(&hone_own_page.owner, __ATOMIC_RELAXED)) {
      announce(stream, stream.left_out);
    }
    put_span(stream, site_of(name ? name : "(kernel without a name)"), what.start, what.end,
             offset);
  };
  KernelRecord kernel;
  CopyRecord copy;
  switch (record->kind) {
    case kKernel:
    case kConcurrentKernel:
      if (read(kernel, record, end)) put(kernel, kernel.name);
      return;
    case kMemcpy:
    case kMemset:
    case kMemcpyPeers:
      if (read(copy, record, end)) put(copy, copy_name(copy));
      return;
    default:
      return;  // of a kind that was not asked for
  }
}

// Of no stream that is known: a queue of its own, which has no spans.
void tell_dropped() {
  Stream& nowhere = state.streams[kStreamsMax];
  const uint64_t all = __atomic_load_n(&state.dropped, __ATOMIC_RELAXED);
  if (all == 0) return;
  const bool is_new = nowhere.told != __atomic_load_n(&hone_own_page.owner, __ATOMIC_RELAXED) ||
                      nowhere.told_left_out == 0;
  if (!is_new && nowhere.told_left_out == all) return;
  name_stream(nowhere, "dropped (CUPTI)");
  write(nowhere.device_name, sizeof nowhere.device_name, "CUDA", 0, "");
  nowhere.device_name[4] = '\0';
  announce(nowhere, all);
  HONE_EVENT_AT(HONE_LEVEL_WARN, "CUPTI dropped records", "records", all);
}

void request(uint8_t** buffer, size_t* bytes, size_t* records_max) {
  *buffer = nullptr;
  *bytes = *records_max = 0;
  uint8_t* const all = (uint8_t*)map_once((void**)&state.buffers, size_t{kBuffers} * kBufferBytes);
  uint32_t busy = __atomic_load_n(&state.busy, __ATOMIC_RELAXED);
  while (all && busy != UINT32_MAX) {
    const auto free = (uint32_t)__builtin_ctz(~busy);
    if (__atomic_compare_exchange_n(&state.busy, &busy, busy | 1u << free, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
      *buffer = all + size_t{free} * kBufferBytes;
      *bytes = kBufferBytes;
      return;
    }
  }
}
static_assert(kBuffers == 32);

void complete(void* context, uint32_t stream, uint8_t* buffer, size_t, size_t valid_bytes) {
  const uint8_t* const all = state.buffers;
  if (!all || buffer < all || buffer >= all + size_t{kBuffers} * kBufferBytes) return;
  const auto number = (uint32_t)((size_t)(buffer - all) / kBufferBytes);
  if (valid_bytes > kBufferBytes) valid_bytes = kBufferBytes;
  const uint8_t* const end = buffer + valid_bytes;
  const int64_t offset = offset_of_clock();
  Record* record = nullptr;
  while (valid_bytes > 0 && state.calls.next(buffer, valid_bytes, &record) == 0) {
    const auto* const at = (const uint8_t*)record;
    if (at < buffer || at >= end || (size_t)(end - at) < sizeof(Record)) break;
    take(record, end, offset);
  }
  size_t dropped = 0;
  if (state.calls.dropped(context, stream, &dropped) == 0 && dropped > 0) {
    __atomic_fetch_add(&state.dropped, dropped, __ATOMIC_RELAXED);
  }
  __atomic_fetch_and(&state.busy, ~(1u << number), __ATOMIC_RELEASE);
  for (uint32_t i = 0; i < __atomic_load_n(&state.streams_used, __ATOMIC_ACQUIRE); ++i) {
    Stream& each = state.streams[i];
    if (each.left_out != each.told_left_out) announce(each, each.left_out);
  }
  tell_dropped();
}

void no_callback(void*, int, uint32_t, const void*) {}

// Those that the process has already come first: two of them in one process do not work.
void* load(const hone_cuda_loader& loader, const char* path) {
  if (!path) path = variable("HONE_CUPTI");
  if (path) return *path ? loader.open(path, kLazy) : nullptr;
  static constexpr const char* kNames[] = {"libcupti.so.13",
                                           "libcupti.so.12",
                                           "libcupti.so.11.8",
                                           "libcupti.so.11.7",
                                           "libcupti.so.11.6",
                                           "libcupti.so.11.5",
                                           "libcupti.so.11.4",
                                           "libcupti.so.11.3",
                                           "libcupti.so.11.2",
                                           "libcupti.so.11.1",
                                           "libcupti.so.11.0",
                                           "libcupti.so",
                                           "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so",
                                           "/usr/local/cuda/lib64/libcupti.so"};
  for (const char* name : kNames) {
    if (void* const library = loader.open(name, kAlreadyLoaded)) return library;
  }
  for (const char* name : kNames) {
    if (void* const library = loader.open(name, kLazy)) return library;
  }
  return nullptr;
}

template <class Call>
bool take_call(Call& call, void* found) {
  call = (Call)found;
  return found != nullptr;
}

bool find_calls(const hone_cuda_loader& loader, void* library) {
  const auto take = [&](auto& call, const char* name) {
    return take_call(call, loader.find(library, name));
  };
  Calls& to = state.calls;
  const bool all =
      take(to.subscribe, "cuptiSubscribe") && take(to.unsubscribe, "cuptiUnsubscribe") &&
      take(to.callbacks, "cuptiActivityRegisterCallbacks") &&
      take(to.enable, "cuptiActivityEnable") && take(to.disable, "cuptiActivityDisable") &&
      take(to.flush, "cuptiActivityFlushAll") && take(to.next, "cuptiActivityGetNextRecord") &&
      take(to.dropped, "cuptiActivityGetNumDroppedRecords") &&
      take(to.timestamp, "cuptiGetTimestamp");
  take(to.clock, "cuptiActivityRegisterTimestampCallback");
  take(to.flush_period, "cuptiActivityFlushPeriod");
  return all;
}

const char* refused(const char* call, int result) {
  switch (result) {
    case kMultipleSubscribers:
      return "another tool uses CUPTI in this process";
    case kNotInitialized:
      return "this CUPTI and the driver do not fit each other";
    case kInsufficientPrivileges:
      return "the driver lets administrators alone profile";
    default:
      write(state.reason, sizeof state.reason, call, (uint64_t)(uint32_t)result, "");
      return state.reason;
  }
}

const char* start_calls() {
  const Calls& calls = state.calls;
  if (const int result = calls.subscribe(&state.subscriber, &no_callback, nullptr); result != 0) {
    return refused("cuptiSubscribe gave error ", result);
  }
  // Before a kind of record is enabled; where it cannot be had, times are of CUPTI's own clock.
  state.has_our_clock = calls.clock && calls.clock(&our_clock) == 0;
  int result = calls.callbacks(&request, &complete);
  const char* call = "cuptiActivityRegisterCallbacks gave error ";
  if (result == 0) {
    result = calls.enable(kConcurrentKernel);
    call = "cuptiActivityEnable gave error ";
  }
  if (result != 0) {
    calls.unsubscribe(state.subscriber);
    return refused(call, result);
  }
  for (const uint32_t kind : kKinds) {
    if (kind == kConcurrentKernel) continue;
    if (const int refusal = calls.enable(kind); refusal != 0) {
      HONE_EVENT_AT(HONE_LEVEL_WARN, "CUPTI does not tell of a kind of records", "kind", kind,
                    "error", refusal);
    }
  }
  if (calls.flush_period) calls.flush_period(kFlushPeriodMs);
  return "";
}

const char* open(const hone_cuda_loader& loader, const char* path) {
  if (!loader.open || !loader.find) return "this program cannot load libraries";
  void* const library = load(loader, path);
  if (!library) return "libcupti.so was not found (HONE_CUPTI names another)";
  if (!find_calls(loader, library)) return "this libcupti.so lacks functions";
  return start_calls();
}

}  // namespace

}  // namespace hone::runtime::cupti

extern "C" {

const char* hone_cuda_activity_open(const hone_cuda_loader* loader, const char* library) {
  using namespace hone::runtime::cupti;
  uint32_t unused = kUnused;
  if (!__atomic_compare_exchange_n(&state.stage, &unused, (uint32_t)kOpening, false,
                                   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    return "it was opened before, in this process";
  }
  const char* const why = open(*loader, library);
  __atomic_store_n(&state.stage, why[0] == '\0' ? kOpen : kUnused, __ATOMIC_RELEASE);
  return why;
}

void hone_cuda_activity_collect(int is_end) {
  using namespace hone::runtime::cupti;
  if (__atomic_load_n(&state.stage, __ATOMIC_ACQUIRE) != kOpen) return;
  state.calls.flush(is_end ? kFlushForced : 0);
}

void hone_cuda_activity_close(void) {
  using namespace hone::runtime::cupti;
  uint32_t is_open = kOpen;
  if (!__atomic_compare_exchange_n(&state.stage, &is_open, (uint32_t)kOver, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE)) {
    return;
  }
  for (const uint32_t kind : kKinds) state.calls.disable(kind);
  state.calls.unsubscribe(state.subscriber);
  __atomic_store_n(&state.stage, kUnused, __ATOMIC_RELEASE);
}

uint64_t hone_cuda_activity_left_out(void) {
  using namespace hone::runtime::cupti;
  uint64_t all = __atomic_load_n(&state.dropped, __ATOMIC_RELAXED);
  const uint32_t used = __atomic_load_n(&state.streams_used, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < used; ++i) {
    all += __atomic_load_n(&state.streams[i].left_out, __ATOMIC_RELAXED);
  }
  return all;
}

}  // extern "C"
