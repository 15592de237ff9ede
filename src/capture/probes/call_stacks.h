// Pairs what probes tell (a function was entered; one was left) into calls, a thread's at a time.
//
// A return is paired with its call by the function and the stack pointer: at a function's first
// instruction and at its return it is the same, and no two open calls of one stack have the same.
// So calls that never return (an exception or longjmp went past them) are known by the next event
// of what is around them, and are counted, not guessed at.
//
// Of a function that is called often on a thread only some calls are timed: one in so many on
// average, chosen at random, each of which stands for those before it.
//
//   CallStacks calls({.rate_max = 10'000}, sink);
//   calls.on_event({.time = t, .pid = 1, .tid = 1, .function = 3, .what = kEntry, .sp = sp});
//   calls.finish(end);
//
// Events come in the order of their times. Not thread-safe, no I/O.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/types.h"

namespace hone::capture {

struct CallEvent {
  enum class What : uint8_t { kEntry, kReturn, kPerhaps };
  TimeNs time{};
  pid_t pid = 0, tid = 0;
  uint32_t function = 0;
  What what{};
  uint64_t sp = 0;
};

struct ProbedCall {
  pid_t pid = 0, tid = 0;
  uint32_t function = 0;
  TimeNs start{}, end{};
  uint8_t depth = 0;
  bool is_open = false;     // at the end of the recording
  uint64_t stands_for = 1;  // calls: itself, and those before it that were not timed
};

// Where calls go. Those of one thread come in the order of their ends.
class CallSink {
 public:
  virtual void on_call(const ProbedCall& call) = 0;
  // Calls that no timed one stands for, told of when the thread ends.
  virtual void on_counted(pid_t pid, pid_t tid, uint32_t function, uint64_t count, TimeNs time) = 0;

 protected:
  ~CallSink() = default;
};

struct CallCounts {
  uint64_t calls = 0;  // entered
  uint64_t timed = 0;
  uint64_t left = 0;             // never returned: an exception or longjmp went past them
  uint64_t returns_unknown = 0;  // of calls from before the recording, or of another stack
  uint64_t too_deep = 0;         // counted, not timed
  uint64_t unclear = 0;          // counted, not timed: see Frame::perhaps_end
};

class CallStacks {
 public:
  static constexpr size_t kDepthMax = 4096;
  // How far apart two places of one stack may be: the usual limit of a thread's.
  static constexpr uint64_t kStackReach = uint64_t{8} << 20;

  struct Options {
    uint32_t rate_max = 10'000;      // timed calls a second of one function on one thread, about
    std::vector<bool> counted_only;  // by function: its returns are not known
  };

  CallStacks(Options options, CallSink& sink) : options_(std::move(options)), sink_(sink) {}

  void on_event(const CallEvent& event);
  // The child runs on where its parent's thread is, in calls that are the parent's.
  void on_fork(pid_t pid, pid_t tid, pid_t parent_pid, pid_t parent_tid);
  // The process is another program now, of one thread.
  void on_exec(pid_t pid, pid_t tid, TimeNs time);
  void on_thread_end(pid_t tid, TimeNs time);
  // Nothing is told for a while: what is open cannot be timed.
  void interrupt(TimeNs time);
  // What is open stays open.
  void finish(TimeNs end);

  const CallCounts& counts() const { return counts_; }

 private:
  struct Frame {
    uint64_t sp = 0;
    TimeNs start{};
    // It may have been left then; 0: no. A call is left with its frame taken down, so that only a
    // jump from there leaves this set. What comes next on the thread decides: its own return, that
    // it was not; a call or a return further out, that it was; a call further in, nothing: it may
    // be made by either. Then this one is not timed.
    TimeNs perhaps_end{};
    uint32_t function = 0;
    uint32_t stands_for = 0;  // 0: it is not timed
    bool is_ours = true;      // false: the call was made before a fork or a pause
  };
  struct Place {  // a function on a thread
    int64_t window = -1;
    uint64_t in_window = 0;
    uint32_t every = 1;    // one call in so many is timed, on average
    uint32_t wait = 1;     // calls until the next timed one
    uint64_t pending = 0;  // that the next timed one stands for
    uint64_t untimed = 0;  // that none will
  };
  struct Thread {
    pid_t pid = 0;
    uint32_t timed_depth = 0;
    std::vector<Frame> frames;
    std::unordered_map<uint32_t, Place> places;
  };
  Thread& thread(pid_t pid, pid_t tid);
  void enter(Thread& thread, const CallEvent& event);
  void leave(Thread& thread, const CallEvent& event);
  // How many calls the one that begins now stands for; 0: it is not timed.
  uint32_t choose(Place& place, const CallEvent& event);
  void pop(Thread& thread, pid_t tid, TimeNs end, bool returned);
  void leave_untimed(Thread& thread, Frame& frame);
  void tell_pending(Thread& thread, pid_t tid, TimeNs time);
  uint32_t random(uint32_t below);

  Options options_;
  CallSink& sink_;
  CallCounts counts_;
  std::unordered_map<pid_t, Thread> threads_;
  uint64_t random_ = 0x9e3779b97f4a7c15;
};

}  // namespace hone::capture
