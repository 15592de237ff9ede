// Locks that instrumented programs mark: how long they are held, how long threads wait for them,
// and for whom.
//
//   const LockReport locks = lock_report(profile, selection);
//   for (const LockStats& lock : locks.locks) use(lock.name, lock.wait.total_ns, lock.pairs);
//
// Every use counts; percentiles are exact (nearest rank). Locks of one name in one process are one
// row, however many objects they are. A use belongs to a selection of time when it ended in it. For
// whom a thread waited is taken from who held the lock meanwhile, as far as those holds are
// recorded, else from what the waiting thread saw as it began to wait.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/selection.h"
#include "analysis/spans.h"
#include "profile/profile.h"

namespace hone::analysis {

// `waiter` waited while `owner` held the lock.
struct LockPair {
  ThreadId waiter{}, owner{};  // owner none: nobody who is recorded held it
  std::string waiter_name, owner_name;
  uint32_t waiter_tid = 0, owner_tid = 0;
  int64_t ns = 0;
  uint64_t count = 0;  // waits in which that was so
};

struct LockStats {
  std::string name, process, file;
  uint32_t line = 0;
  uint64_t objects = 0;       // addresses
  uint64_t acquisitions = 0;  // shared ones too
  uint64_t shared = 0;
  uint64_t contended = 0;  // of all: the thread had to wait
  uint64_t gave_up = 0;    // waits that ended without it; not in `acquisitions`
  uint32_t threads = 0;
  Distribution wait;  // of those that had to, those that gave up too
  Distribution hold;
  uint64_t hold_unknown = 0;                   // acquisitions that are not in `hold`
  uint64_t still_waiting = 0, still_held = 0;  // at the end of the recording; in their distribution
  uint64_t worst_lock = 0;                     // address of the object most waited for
  int64_t worst_wait_ns = 0;
  std::vector<LockPair> pairs;  // longest first
};

struct LockThread {
  ThreadId thread{};
  std::string name;
  uint32_t tid = 0;
  int64_t wait_ns = 0;
  int64_t life_ns = 0;  // within the selection
  std::string lock;     // that it waited for most
  int64_t lock_ns = 0;
};

// Still waiting at the end, for a lock that the next in the row holds; the last waits for the
// first.
struct LockStandstill {
  ThreadId thread{};
  std::string name;
  uint32_t tid = 0;
  std::string lock;
  int64_t wait_ns = 0;
};

struct LockReport {
  std::vector<LockStats> locks;     // most waited for first, then longest held
  std::vector<LockThread> threads;  // that waited; longest first
  // A deadlock, where there is one: none of these ever let go of what the one before waits for.
  std::vector<LockStandstill> standstill;
  uint64_t lost = 0;  // marks that rings had no room for: of any kind
};

LockReport lock_report(const profile::Profile& profile, const Selection& selection);

}  // namespace hone::analysis
