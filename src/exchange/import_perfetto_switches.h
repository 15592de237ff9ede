// What the kernel says of its scheduling, as waits. For import_perfetto.cc and its parts.
//
// A trace has it CPU by CPU, each in the order of time: all of it waits until the file ends, or
// until so much waits that the older half goes.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "exchange/import_perfetto_processes.h"
#include "exchange/intake.h"

namespace hone::exchange::perfetto_import {

class Switches {
 public:
  static constexpr size_t kWaitingMost = size_t{8} << 20;

  Switches(Intake& to, Processes& processes, size_t waiting_most = kWaitingMost)
      : to_(to), processes_(processes), waiting_most_(waiting_most) {}

  // Threads that are not known, and the idle one, are 0. `state`: why `before` stopped, as the
  // kernel has it.
  void add_switch(TimeNs time, int64_t before, uint64_t state, int64_t next);
  void add_waking(TimeNs time, int64_t thread, int64_t waker);
  // It ran then, and what became of it is not known.
  void add_lost(TimeNs time, int64_t thread) { add(time, thread, 0, Kind::kLost); }
  void finish();

 private:
  enum class Kind : uint8_t { kPreempted, kBlocked, kDied, kWaking, kLost };
  struct Event {
    int64_t time = 0;
    int32_t first = 0;         // before; the one that was woken
    uint32_t second_kind = 0;  // next, or the waker; and the kind
  };
  struct Task {
    ThreadId thread{};
    TimeNs off{INT64_MIN}, woken{INT64_MIN};
    int64_t waker = 0;
    bool is_on = false, was_on = false, is_preempted = false, is_dead = false, is_lost = false;
  };

  void add(TimeNs time, int64_t first, int64_t second, Kind kind);
  void apply(size_t count);
  void apply(const Event& event);
  void stop(int32_t tid, TimeNs time, Kind kind);
  void start(int32_t tid, TimeNs time);
  void put_wait(Task& task, TimeNs until, uint8_t flags);
  Task& task(int32_t tid);

  Intake& to_;
  Processes& processes_;
  size_t waiting_most_;
  std::vector<Event> waiting_;
  std::unordered_map<int32_t, Task> tasks_;
  TimeNs first_{INT64_MIN}, last_{INT64_MIN};
  bool any_waking_ = false;
  uint64_t switches_ = 0, late_ = 0, odd_ = 0;
};

}  // namespace hone::exchange::perfetto_import
