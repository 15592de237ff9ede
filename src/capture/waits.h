// Switches of threads -> rows of `waits`: every time in which a thread did not run.
//
//   WaitLedger ledger(builder, look_interval);
//   ledger.begin(thread, id, time, ThreadBegin::kForked);
//   ledger.stopped(thread, time, preempted); ... ledger.runs(thread, time);
//   ledger.end(thread, time);
//
// Every switch is timed, so that what is in no row is time that the thread ran. Why it stopped may
// be known of some waits only; each row says what tells of its cause. Long waits, and some short
// ones each second, have rows of their own; the rest of a second are summed by thread and cause, so
// that a recording grows with its length and not with the number of switches.
//
// What a ThreadWaits holds belongs to the thread's owner, and must not move between begin and end.
// Events come in the order of their times, but for looks (see seen()). Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "base/types.h"
#include "recording/builder.h"

namespace hone::capture {

// What a look at /proc told of a thread, one thing after the other. It counts for the wait that
// holds the time in which it was told, so that a look at a short wait may tell less.
struct WaitLook {
  TimeNs from{}, until{};               // the system call, or that there is none
  TimeNs place_until{}, stack_until{};  // these, since `from`
  StackId stack{};
  StringId place{};
  uint32_t system_call = 0;  // + 1
};

struct ThreadWaits {
  enum class State : uint8_t { kNotKnown, kRuns, kStopped, kEnded };
  ThreadId id{};
  State state = State::kEnded;
  bool runnable = false;  // stopped, and never wanted to
  bool began_before = false;
  bool has_look = false;
  bool was_seen_running = false;
  TimeNs since{};         // of the state
  StackId stack{};        // taken as it stopped, or as it is about to
  uint32_t one_in = 1;    // so many switches had their stacks taken
  ThreadId waker{};       // who ended the wait, before it ran again
  TimeNs woken{};         // when; 0: not told
  WaitLook look;          // kept until a wait around it is known
  uint32_t own_rows = 0;  // of the second at hand
  // The kernel's account of the time without a CPU: what was read last, and what the rows have.
  int64_t run_delay_ns = -1, told_delay_ns = 0;
  TimeNs accounted_until{};
  std::vector<recording::WaitRow> sums;
  size_t place_in_list = 0;  // among those with sums, + 1
};

enum class ThreadBegin : uint8_t {
  kForked,  // it waits for its first turn
  kRunning,
  kNotKnown,  // it was there before the recording, running or not
};

class WaitLedger {
 public:
  // A wait of at least that has a row of its own.
  static constexpr int64_t kLongNs = 10'000'000;
  // Shorter ones with rows of their own, a thread and second.
  static constexpr uint32_t kOwnRowsMax = 20;
  // Less of the account than that is not written before the second is over.
  static constexpr int64_t kAccountNs = 200'000;
  static constexpr int64_t kIntervalNs = 1'000'000'000;

  // `look_interval`: between two looks at a thread, where all are looked at in turn; 0: they are
  // not, and a look stands for itself alone.
  WaitLedger(recording::Builder& builder, DurationNs look_interval)
      : builder_(builder), look_interval_(look_interval) {}

  // While it stands still nothing of any thread is known or told: those that begin are taken for
  // ended, until they begin again behind it.
  void stand_still(bool still) { still_ = still; }
  // A thread that nothing is told of between begin() and end() is taken for what it began as.
  void begin(ThreadWaits& thread, ThreadId id, TimeNs time, ThreadBegin how);
  // The thread is about to stop, at `stack`; told before stopped(), of one switch in `one_in`.
  void about_to_stop(ThreadWaits& thread, StackId stack, uint32_t one_in);
  void stopped(ThreadWaits& thread, TimeNs time, bool preempted);
  void woken(ThreadWaits& thread, ThreadId by, TimeNs time);
  void runs(ThreadWaits& thread, TimeNs time);
  // A sample met it: it was running.
  void sampled(ThreadWaits& thread) { thread.was_seen_running = true; }
  // A look, which may be told ahead of the switches around it: it counts for the wait that holds
  // all of it, if there is one.
  void seen(ThreadWaits& thread, const WaitLook& look);
  // The kernel's account of all time that the thread could have run and had no CPU. What it had
  // before its begin is told by the first call, but for a forked thread, which had none.
  void run_delay(ThreadWaits& thread, int64_t ns, TimeNs time);
  void end(ThreadWaits& thread, TimeNs time);
  // Writes the sums of a second that is over at `time`.
  void flush_until(TimeNs time);

  uint64_t switches() const { return switches_; }
  uint64_t rows() const { return rows_; }
  uint64_t contradictions() const { return contradictions_; }

 private:
  void close(ThreadWaits& thread, TimeNs time, uint8_t flags);
  void take_cause(ThreadWaits& thread, TimeNs time, recording::WaitRow& row);
  void add(ThreadWaits& thread, const recording::WaitRow& row);
  void write(const recording::WaitRow& row);
  void write_sums(ThreadWaits& thread);
  void write_account(ThreadWaits& thread, TimeNs time);
  void unlist(ThreadWaits& thread);

  recording::Builder& builder_;
  DurationNs look_interval_;
  std::vector<ThreadWaits*> listed_;  // threads with something to write at the second's end
  TimeNs interval_begin_{};
  uint64_t switches_ = 0, rows_ = 0, contradictions_ = 0;
  bool still_ = false;
};

}  // namespace hone::capture
