#include "capture/probes/call_stacks.h"

#include <algorithm>

namespace hone::capture {
namespace {

// How often it is decided anew which calls are timed.
constexpr int64_t kWindowNs = 100'000'000;
constexpr uint32_t kEveryMax = 1 << 20;

}  // namespace

CallStacks::Thread& CallStacks::thread(pid_t pid, pid_t tid) {
  Thread& out = threads_[tid];
  out.pid = pid;
  return out;
}

uint32_t CallStacks::random(uint32_t below) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return static_cast<uint32_t>((random_ >> 32) * below >> 32);
}

uint32_t CallStacks::choose(Place& place, const CallEvent& event) {
  const uint64_t budget =
      std::max<uint64_t>(1, uint64_t{options_.rate_max} * kWindowNs / 1'000'000'000);
  const int64_t window = raw(event.time) / kWindowNs;
  if (window != place.window) {
    // As many calls as in the window before, unless that was another one.
    const bool follows = window == place.window + 1;
    const uint64_t expected = follows ? place.in_window / budget + 1 : 1;
    place.every = static_cast<uint32_t>(std::min<uint64_t>(expected, kEveryMax));
    place.wait = std::min(place.wait, 2 * place.every - 1);
    place.window = window;
    place.in_window = 0;
  }
  ++place.in_window;
  if (place.in_window / budget >= place.every) place.every = std::min(2 * place.every, kEveryMax);
  ++place.pending;
  if (--place.wait > 0) return 0;
  place.wait = 1 + random(2 * place.every - 1);
  const uint64_t stands_for = std::min<uint64_t>(place.pending, UINT32_MAX);
  place.pending -= stands_for;
  return static_cast<uint32_t>(stands_for);
}

void CallStacks::pop(Thread& thread, pid_t tid, TimeNs end, bool returned) {
  const Frame frame = thread.frames.back();
  thread.frames.pop_back();
  thread.timed_depth -= frame.stands_for > 0;
  if (!returned && raw(frame.perhaps_end) > 0) {
    returned = true;
    end = frame.perhaps_end;
  }
  if (!returned && frame.is_ours) ++counts_.left;
  if (frame.stands_for == 0) return;
  if (!returned) {
    thread.places[frame.function].untimed += frame.stands_for;
    return;
  }
  ++counts_.timed;
  sink_.on_call({.pid = thread.pid,
                 .tid = tid,
                 .function = frame.function,
                 .start = frame.start,
                 .end = end,
                 .depth = static_cast<uint8_t>(std::min<uint32_t>(thread.timed_depth, 255)),
                 .stands_for = frame.stands_for});
}

// It stays, for the sake of what is inside it and of its return, and is no call of ours any more.
void CallStacks::leave_untimed(Thread& thread, Frame& frame) {
  frame.perhaps_end = {};
  counts_.unclear += frame.is_ours;
  frame.is_ours = false;
  thread.timed_depth -= frame.stands_for > 0;
  thread.places[frame.function].untimed += frame.stands_for;
  frame.stands_for = 0;
}

void CallStacks::enter(Thread& thread, const CallEvent& event) {
  // What has this place on the stack, or lies below it, is over.
  while (!thread.frames.empty()) {
    const Frame& top = thread.frames.back();
    const bool is_over = top.sp <= event.sp && event.sp - top.sp < kStackReach;
    if (!is_over) break;
    pop(thread, event.tid, event.time, false);
  }
  if (!thread.frames.empty() && raw(thread.frames.back().perhaps_end) > 0) {
    leave_untimed(thread, thread.frames.back());
  }
  ++counts_.calls;
  Place& place = thread.places[event.function];
  if (event.function < options_.counted_only.size() && options_.counted_only[event.function]) {
    ++place.untimed;
    return;
  }
  if (thread.frames.size() >= kDepthMax) {
    ++counts_.too_deep;
    ++place.untimed;
    return;
  }
  const uint32_t stands_for = choose(place, event);
  thread.timed_depth += stands_for > 0;
  thread.frames.push_back(
      {.sp = event.sp, .start = event.time, .function = event.function, .stands_for = stands_for});
}

void CallStacks::leave(Thread& thread, const CallEvent& event) {
  const auto is_it = [&](const Frame& frame) {
    return frame.sp == event.sp && frame.function == event.function;
  };
  const auto found = std::find_if(thread.frames.rbegin(), thread.frames.rend(), is_it);
  const bool is_perhaps = event.what == CallEvent::What::kPerhaps;
  if (found == thread.frames.rend()) {
    if (is_perhaps) return;  // its frame is there: a case of a switch
    // Of calls that went too deep nothing was kept.
    counts_.returns_unknown += thread.frames.size() < kDepthMax;
    return;
  }
  for (auto above = found - thread.frames.rbegin(); above > 0; --above) {
    pop(thread, event.tid, event.time, false);
  }
  thread.frames.back().perhaps_end = is_perhaps ? event.time : TimeNs{};
  if (is_perhaps) return;
  pop(thread, event.tid, event.time, true);
}

void CallStacks::on_event(const CallEvent& event) {
  Thread& at = thread(event.pid, event.tid);
  if (event.what == CallEvent::What::kEntry) {
    enter(at, event);
  } else {
    leave(at, event);
  }
}

void CallStacks::on_fork(pid_t pid, pid_t tid, pid_t parent_pid, pid_t parent_tid) {
  if (pid == parent_pid) return;
  const auto parent = threads_.find(parent_tid);
  if (parent == threads_.end() || parent->second.frames.empty()) return;
  std::vector<Frame> frames = parent->second.frames;
  for (Frame& frame : frames) {
    frame.stands_for = 0;
    frame.is_ours = false;
  }
  Thread& child = thread(pid, tid);
  child.frames = std::move(frames);
  child.timed_depth = 0;
}

void CallStacks::on_exec(pid_t pid, pid_t tid, TimeNs time) {
  std::vector<pid_t> gone;
  for (const auto& [id, thread] : threads_) {
    if (thread.pid == pid || id == tid) gone.push_back(id);
  }
  for (const pid_t id : gone) on_thread_end(id, time);
}

void CallStacks::tell_pending(Thread& thread, pid_t tid, TimeNs time) {
  std::vector<std::pair<uint32_t, uint64_t>> pending;
  for (const auto& [function, place] : thread.places) {
    const uint64_t count = place.pending + place.untimed;
    if (count > 0) pending.emplace_back(function, count);
  }
  std::sort(pending.begin(), pending.end());
  for (const auto& [function, count] : pending) {
    sink_.on_counted(thread.pid, tid, function, count, time);
  }
  thread.places.clear();
}

void CallStacks::on_thread_end(pid_t tid, TimeNs time) {
  const auto found = threads_.find(tid);
  if (found == threads_.end()) return;
  while (!found->second.frames.empty()) pop(found->second, tid, time, false);
  tell_pending(found->second, tid, time);
  threads_.erase(found);
}

void CallStacks::interrupt(TimeNs time) {
  for (auto& [tid, thread] : threads_) {
    for (Frame& frame : thread.frames) {
      if (frame.stands_for > 0) thread.places[frame.function].untimed += frame.stands_for;
      frame.stands_for = 0;
      frame.is_ours = false;
    }
    thread.timed_depth = 0;
    tell_pending(thread, tid, time);
  }
}

void CallStacks::finish(TimeNs end) {
  for (auto& [tid, thread] : threads_) {
    uint32_t depth = 0;
    for (Frame& frame : thread.frames) {
      if (raw(frame.perhaps_end) > 0) leave_untimed(thread, frame);
      if (frame.stands_for == 0) continue;
      ++counts_.timed;
      sink_.on_call({.pid = thread.pid,
                     .tid = tid,
                     .function = frame.function,
                     .start = frame.start,
                     .end = end,
                     .depth = static_cast<uint8_t>(std::min<uint32_t>(depth++, 255)),
                     .is_open = true,
                     .stands_for = frame.stands_for});
    }
    tell_pending(thread, tid, end);
  }
  threads_.clear();
}

}  // namespace hone::capture
