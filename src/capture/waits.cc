#include "capture/waits.h"

#include <algorithm>

namespace hone::capture {
namespace {

// Different causes of one thread that are summed at a time; with more, the sums are written early.
constexpr size_t kSumsMax = 16;

bool same_cause(const recording::WaitRow& a, const recording::WaitRow& b) {
  return a.stack == b.stack && a.cause == b.cause && a.flags == b.flags && a.place == b.place &&
         a.system_call == b.system_call && a.waker == b.waker &&
         (raw(a.runnable) < 0) == (raw(b.runnable) < 0);
}

}  // namespace

void WaitLedger::begin(ThreadWaits& thread, ThreadId id, TimeNs time, ThreadBegin how) {
  thread.id = id;
  thread.since = time;
  thread.runnable = how == ThreadBegin::kForked;
  thread.state = how == ThreadBegin::kForked    ? ThreadWaits::State::kStopped
                 : how == ThreadBegin::kRunning ? ThreadWaits::State::kRuns
                                                : ThreadWaits::State::kNotKnown;
  if (still_) thread.state = ThreadWaits::State::kEnded;
  // A forked thread's account begins with it.
  if (how == ThreadBegin::kForked) thread.run_delay_ns = 0;
  thread.accounted_until = time;
}

void WaitLedger::about_to_stop(ThreadWaits& thread, StackId stack, uint32_t one_in) {
  thread.stack = stack;
  thread.one_in = std::max<uint32_t>(one_in, 1);
}

void WaitLedger::stopped(ThreadWaits& thread, TimeNs time, bool preempted) {
  ++switches_;
  using State = ThreadWaits::State;
  if (thread.state == State::kEnded) return;
  // Stopped twice: when it ran in between was not told.
  if (thread.state == State::kStopped) {
    ++contradictions_;
    close(thread, time, recording::kWaitLost);
  }
  thread.state = State::kStopped;
  thread.since = time;
  thread.runnable = preempted;
  thread.was_seen_running = true;
  if (preempted) thread.stack = StackId::kNone;  // it had no reason of its own
}

void WaitLedger::woken(ThreadWaits& thread, ThreadId by, TimeNs time) {
  if (thread.state != ThreadWaits::State::kStopped || thread.runnable || time < thread.since)
    return;
  if (raw(thread.woken) != 0) return;  // it was on its way already
  thread.waker = by;
  thread.woken = time;
}

void WaitLedger::runs(ThreadWaits& thread, TimeNs time) {
  using State = ThreadWaits::State;
  if (thread.state == State::kEnded) return;
  if (thread.state == State::kStopped) {
    close(thread, time, 0);
  } else if (thread.state == State::kNotKnown && !thread.was_seen_running) {
    close(thread, time, recording::kWaitBeganBefore);
  } else if (thread.state == State::kRuns) {
    // It ran already: when it stopped was not told.
    ++contradictions_;
  }
  thread.state = State::kRuns;
  thread.since = time;
  thread.was_seen_running = true;
  thread.runnable = false;
  thread.stack = StackId::kNone;
}

void WaitLedger::run_delay(ThreadWaits& thread, int64_t ns, TimeNs time) {
  if (thread.run_delay_ns < 0) {
    thread.told_delay_ns = ns;
    thread.accounted_until = time;
  }
  thread.run_delay_ns = ns;
  if (ns - thread.told_delay_ns >= kAccountNs) write_account(thread, time);
}

void WaitLedger::seen(ThreadWaits& thread, const WaitLook& look) {
  if (thread.state == ThreadWaits::State::kEnded) return;
  // The first look that may still count is kept: the wait around it is not known yet.
  if (thread.has_look && thread.look.until > thread.since) return;
  thread.look = look;
  thread.has_look = true;
}

// What is known of the cause of the wait [row.time, time].
void WaitLedger::take_cause(ThreadWaits& thread, TimeNs time, recording::WaitRow& row) {
  if (thread.stack != StackId::kNone) {
    row.cause = recording::kCauseStack;
    row.stack = thread.stack;
    // A product of two large numbers is of no thread that ever was; it has to be a number, though.
    int64_t others = 0;
    if (!__builtin_mul_overflow(raw(row.duration), int64_t{thread.one_in - 1}, &others)) {
      row.stands_for = DurationNs{others};
    }
  }
  if (!thread.has_look) return;
  const WaitLook& look = thread.look;
  if (look.from >= time) return;  // of a wait to come
  thread.has_look = false;
  if (look.from < row.time || look.until > time || thread.runnable) return;
  row.place = look.place_until <= time ? look.place : StringId{};
  row.system_call = look.system_call;
  if (row.place == StringId::kNone && row.system_call == 0) return;
  if (row.cause != recording::kCauseUnknown) return;
  row.cause = recording::kCauseLook;
  row.stack = look.stack_until <= time ? look.stack : StackId{};
  row.stands_for = DurationNs{std::max<int64_t>(raw(look_interval_) - raw(row.duration), 0)};
}

void WaitLedger::close(ThreadWaits& thread, TimeNs time, uint8_t flags) {
  recording::WaitRow row{.time = thread.since,
                         .until = time,
                         .thread = thread.id,
                         .duration = time - thread.since,
                         .count = 1,
                         .runnable = DurationNs{-1},
                         .flags = flags};
  if (raw(row.duration) <= 0) {
    thread.has_look = thread.has_look && thread.look.from >= time;
  } else {
    take_cause(thread, time, row);
    if (thread.runnable) {
      row.flags |= recording::kWaitRunnable;
      row.runnable = row.duration;
    } else if (raw(thread.woken) != 0 && thread.woken >= thread.since && thread.woken <= time) {
      row.runnable = time - thread.woken;
      row.waker = thread.waker;
    }
    add(thread, row);
  }
  thread.woken = TimeNs{};
  thread.waker = ThreadId::kNone;
  thread.stack = StackId::kNone;
}

void WaitLedger::add(ThreadWaits& thread, const recording::WaitRow& row) {
  if (raw(interval_begin_) == 0) interval_begin_ = row.until;
  if (thread.place_in_list == 0) {
    listed_.push_back(&thread);
    thread.place_in_list = listed_.size();
  }
  if (raw(row.runnable) > 0) thread.told_delay_ns += raw(row.runnable);
  const bool whole = (row.flags & ~recording::kWaitRunnable) == 0;
  if (raw(row.duration) >= kLongNs || !whole) return write(row);
  if (thread.own_rows < kOwnRowsMax) {
    ++thread.own_rows;
    return write(row);
  }
  for (recording::WaitRow& sum : thread.sums) {
    if (!same_cause(sum, row)) continue;
    sum.duration = DurationNs{raw(sum.duration) + raw(row.duration)};
    if (raw(row.runnable) >= 0) sum.runnable = DurationNs{raw(sum.runnable) + raw(row.runnable)};
    sum.stands_for = DurationNs{raw(sum.stands_for) + raw(row.stands_for)};
    sum.until = row.until;
    ++sum.count;
    return;
  }
  if (thread.sums.size() == kSumsMax) write_sums(thread);
  thread.sums.push_back(row);
}

void WaitLedger::write(const recording::WaitRow& row) {
  builder_.append(row);
  ++rows_;
}

void WaitLedger::write_sums(ThreadWaits& thread) {
  for (const recording::WaitRow& sum : thread.sums) write(sum);
  thread.sums.clear();
}

// What the kernel counts beyond the rows is time between a wake-up and the switch to the thread.
void WaitLedger::write_account(ThreadWaits& thread, TimeNs time) {
  const int64_t more = thread.run_delay_ns - thread.told_delay_ns;
  if (thread.run_delay_ns < 0 || more <= 0) return;
  thread.told_delay_ns += more;
  write({.time = std::min(thread.accounted_until, time),
         .until = time,
         .thread = thread.id,
         .duration = DurationNs{0},
         .count = 0,
         .runnable = DurationNs{more},
         .flags = recording::kWaitAccount});
  thread.accounted_until = time;
}

void WaitLedger::unlist(ThreadWaits& thread) {
  if (thread.place_in_list == 0) return;
  ThreadWaits* last = listed_.back();
  listed_[thread.place_in_list - 1] = last;
  last->place_in_list = thread.place_in_list;
  listed_.pop_back();
  thread.place_in_list = 0;
}

void WaitLedger::end(ThreadWaits& thread, TimeNs time) {
  using State = ThreadWaits::State;
  if (thread.state == State::kEnded) return;
  if (thread.state == State::kStopped) {
    close(thread, time, recording::kWaitNotEnded);
  } else if (thread.state == State::kNotKnown && !thread.was_seen_running) {
    close(thread, time, recording::kWaitBeganBefore | recording::kWaitNotEnded);
  }
  thread.state = State::kEnded;
  write_sums(thread);
  write_account(thread, time);
  unlist(thread);
}

void WaitLedger::flush_until(TimeNs time) {
  if (listed_.empty() || raw(time) - raw(interval_begin_) < kIntervalNs) return;
  for (ThreadWaits* thread : listed_) {
    write_sums(*thread);
    write_account(*thread, time);
    thread->own_rows = 0;
    thread->place_in_list = 0;
  }
  listed_.clear();
  interval_begin_ = time;
}

}  // namespace hone::capture
