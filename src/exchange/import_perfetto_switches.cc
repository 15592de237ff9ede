#include "exchange/import_perfetto_switches.h"

#include <fmt/format.h>

#include <algorithm>

namespace hone::exchange::perfetto_import {
namespace {

constexpr int64_t kTidMost = int64_t{1} << 28;  // the kernel's own limit is 2^22
constexpr unsigned kKindShift = 29;
// Of prev_state, as kernels since 4.14 have it: what a thread waits for, and the dead and zombies.
// None of it, or only a bit above: it could have gone on.
constexpr uint64_t kStateReported = 0xff, kStateDead = 0x30;

}  // namespace

void Switches::add(TimeNs time, int64_t first, int64_t second, Kind kind) {
  if (first < 0 || first >= kTidMost || second < 0 || second >= kTidMost) {
    ++odd_;
    return;
  }
  waiting_.push_back({raw(time), static_cast<int32_t>(first),
                      static_cast<uint32_t>(second) | static_cast<uint32_t>(kind) << kKindShift});
  if (waiting_.size() >= waiting_most_) apply((waiting_.size() + 1) / 2);
}

void Switches::add_switch(TimeNs time, int64_t before, uint64_t state, int64_t next) {
  const Kind kind = (state & kStateReported) == 0 ? Kind::kPreempted
                    : (state & kStateDead) != 0   ? Kind::kDied
                                                  : Kind::kBlocked;
  add(time, before, next, kind);
}

void Switches::add_waking(TimeNs time, int64_t thread, int64_t waker) {
  any_waking_ = true;
  add(time, thread, waker, Kind::kWaking);
}

Switches::Task& Switches::task(int32_t tid) {
  const auto [at, is_new] = tasks_.try_emplace(tid);
  if (is_new) at->second.thread = processes_.thread(tid);
  return at->second;
}

void Switches::put_wait(Task& of, TimeNs until, uint8_t flags) {
  const bool is_woken = of.woken >= of.off && of.woken <= until;
  const bool began_before = (flags & recording::kWaitBeganBefore) != 0;
  const bool is_at_end = (flags & recording::kWaitNotEnded) != 0;
  if (of.is_lost) flags |= recording::kWaitLost;
  const bool is_lost = (flags & recording::kWaitLost) != 0;
  int64_t runnable = -1;
  if (is_lost) {
    // When it was woken says nothing: it may have run since.
  } else if (of.is_preempted) {
    runnable = raw(until - of.off);
  } else if (is_woken) {
    runnable = raw(until - of.woken);
  } else if (any_waking_ && !began_before && is_at_end) {
    runnable = 0;  // one that runs again was woken, whether that was seen or not
  }
  if (of.is_preempted && !began_before && !is_lost) flags |= recording::kWaitRunnable;
  recording::WaitRow row{.time = of.off,
                         .until = until,
                         .thread = of.thread,
                         .duration = until - of.off,
                         .count = 1,
                         .runnable = DurationNs{runnable},
                         .stands_for = DurationNs{0},
                         .flags = flags};
  if (is_woken && !is_lost && of.waker != 0) row.waker = processes_.thread(of.waker);
  to_.wait(row);
}

void Switches::stop(int32_t tid, TimeNs time, Kind kind) {
  Task& of = task(tid);
  if (kind == Kind::kLost && !of.is_on) return;
  if (!of.is_on && of.was_on) {  // what put it on a CPU was lost
    ++odd_;
    if (!of.is_dead && time > of.off) put_wait(of, time, recording::kWaitLost);
  }
  of.was_on = true;
  of.is_dead = false;
  of.is_on = false;
  of.off = time;
  of.woken = TimeNs{INT64_MIN};
  of.waker = 0;
  of.is_preempted = kind == Kind::kPreempted;
  of.is_lost = kind == Kind::kLost;
  if (kind == Kind::kDied) {
    of.is_dead = true;
    to_.builder().append(
        recording::ThreadEndRow{.thread = of.thread, .time = time, .cpu = DurationNs{-1}});
  }
}

void Switches::start(int32_t tid, TimeNs time) {
  Task& of = task(tid);
  if (of.is_on) ++odd_;  // what took it off was lost
  if (!of.is_on && !of.is_dead) {
    const bool began_before = !of.was_on;
    if (began_before) of.off = first_;
    if (time > of.off) put_wait(of, time, began_before ? recording::kWaitBeganBefore : uint8_t{0});
  }
  of.is_dead = false;
  of.is_on = of.was_on = true;
}

void Switches::apply(const Event& event) {
  const TimeNs time{event.time};
  if (time < last_) {
    ++late_;
    return;
  }
  if (raw(first_) == INT64_MIN) first_ = time;
  last_ = time;
  const auto kind = static_cast<Kind>(event.second_kind >> kKindShift);
  const auto second = static_cast<int32_t>(event.second_kind & ((1u << kKindShift) - 1));
  if (kind == Kind::kWaking) {
    Task& of = task(event.first);
    if (of.is_on) return;
    if (!of.was_on) of.off = first_;
    // sched_waking and sched_wakeup tell of one waking both: the first counts.
    if (of.woken >= of.off) return;
    of.woken = time;
    of.waker = second;
    return;
  }
  if (kind == Kind::kLost) return stop(event.first, time, kind);
  ++switches_;
  if (event.first != 0) stop(event.first, time, kind);
  if (second != 0) start(second, time);
}

void Switches::apply(size_t count) {
  std::stable_sort(waiting_.begin(), waiting_.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  for (size_t i = 0; i < count; ++i) apply(waiting_[i]);
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(count));
}

void Switches::finish() {
  apply(waiting_.size());
  waiting_ = {};
  if (switches_ == 0) return;
  std::vector<bool> is_told;
  for (auto& [tid, of] : tasks_) {
    if (raw(of.thread) >= is_told.size()) is_told.resize(raw(of.thread) + 1);
    is_told[raw(of.thread)] = true;
    if (of.is_on || of.is_dead) continue;
    uint8_t flags = recording::kWaitNotEnded;
    if (!of.was_on) {
      of.off = first_;
      flags |= recording::kWaitBeganBefore;
    }
    const TimeNs until = std::max(last_, to_.last());
    if (until > of.off) put_wait(of, until, flags);
  }
  // Of the others it is not known when they ran.
  const uint32_t threads = to_.last() < to_.first() ? 0 : raw(to_.end_of_threads());
  for (uint32_t i = 1; i < threads; ++i) {
    if (i < is_told.size() && is_told[i]) continue;
    to_.wait(
        {.time = to_.first(),
         .until = to_.last(),
         .thread = ThreadId{i},
         .duration = to_.last() - to_.first(),
         .count = 1,
         .runnable = DurationNs{-1},
         .stands_for = DurationNs{0},
         .flags = recording::kWaitLost | recording::kWaitBeganBefore | recording::kWaitNotEnded});
  }
  to_.fact("waits.tier", "switches, as the trace has them");
  to_.fact("waits.switches", fmt::format("{}", switches_));
  to_.fact("waits.wakers", any_waking_ ? "yes" : "the trace has no events of waking");
  to_.left("import.switches_late",
           "events of the scheduler that came so late that others of their time were written: they "
           "are left out",
           late_, recording::kDataLoss);
  to_.left("import.switches_contradict",
           "events of the scheduler that contradict those before: some were lost", odd_,
           recording::kDataLoss);
}

}  // namespace hone::exchange::perfetto_import
