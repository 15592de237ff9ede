// Where threads were when they did not run: for a CPU, a lock, a disk, ... and at which places of
// the program. On and off add up: running + blocked + waiting for a CPU + not known is the life of
// a thread within the selection.
//
//   WaitReport waits = wait_report(profile, selection);
//   if (waits.recorded) use(waits.all.running_ns, waits.sites);
//
// Times are measured, every one. Causes may be known of some waits only. Then those of a thread
// stand for the rest of that thread's, and what was so shared out is stated beside (estimated_ns).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/call_tree.h"
#include "analysis/selection.h"
#include "analysis/wait_kinds.h"

namespace hone::analysis {

struct WaitTimes {
  int64_t life_ns = 0;
  int64_t running_ns = 0;
  int64_t lost_ns = 0;                             // records are missing: it ran, or waited
  std::array<int64_t, kWaitKinds> ns{};            // by kind; all of them are waits
  std::array<int64_t, kWaitKinds> estimated_ns{};  // of these: cause taken from other waits
  std::array<uint64_t, kWaitKinds> count{};
  int64_t of(WaitKind kind) const { return ns[static_cast<size_t>(kind)]; }
  int64_t waiting_ns() const;  // all kinds
  int64_t blocked_ns() const;  // all but waiting for a CPU
  int64_t all_estimated_ns() const;
};

struct ThreadWaitTimes {
  ThreadId thread{};
  std::string name, process;
  uint32_t tid = 0;
  WaitTimes times;
};

// A place of the program, and what it waited for there.
struct WaitSite {
  WaitKind kind{};
  std::string function;  // the program's own; "" when no stack was taken
  std::string through;   // what it called to wait: "pthread_cond_wait", or the kernel's function
  std::string file;      // of the line in `function`
  uint32_t line = 0;
  int64_t ns = 0;
  int64_t estimated_ns = 0;
  uint64_t count = 0;
  int64_t longest_ns = 0;  // of one wait that has a row of its own
};

struct Waker {
  ThreadId thread{}, woken{};
  std::string name, woken_name;
  uint32_t tid = 0, woken_tid = 0;
  WaitKind kind{};
  int64_t ns = 0;  // that the woken ones had waited
  uint64_t count = 0;
};

struct WaitReport {
  bool recorded = false;                 // else nothing below but the reason says anything
  std::string why_not;                   // a sentence
  std::string tier;                      // how causes were had: meta waits.tier
  std::string no_wakers;                 // why nobody knows who woke whom; "" when it is known
  WaitTimes all;                         // of all threads together
  std::vector<ThreadWaitTimes> threads;  // longest waiting first
  std::vector<WaitSite> sites;           // longest first
  std::vector<Waker> wakers;             // most waited for first
  bool cpu_account = false;  // some waiting for a CPU is known by thread only, and its share by
                             // kind was taken off by number of waits
};

WaitReport wait_report(const profile::Profile& profile, const Selection& selection);

// Blocked time by stack, as a call tree: its "CPU time" is time blocked. Waits without a stack are
// under "[no stack]"; waiting for a CPU is left out, since its place is chance.
CallTree wait_tree(const profile::Profile& profile, const Selection& selection);

}  // namespace hone::analysis
