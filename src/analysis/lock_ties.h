// What a wait for a lock, or a hold of it, has to do with other threads: who held it meanwhile, and
// who waited.
//
//   const LockTies ties = lock_ties(timeline, event);
//   if (ties.track) use(ties.own->thread, ties.holders, ties.waiters);
//
// Looks at every use of the lock; of a thread's state at every use of every lock that has a track.
// That such a state is a wait for a lock is seen by time: it lies in a wait of the same thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/timeline_events.h"

namespace hone::analysis {

struct LockTies {
  const TimelineTrack* track = nullptr;  // the lock's; null: the event has to do with none
  std::optional<TimelineEvent> own;      // on that track; depth 0: it holds the lock, else it waits
  // Others at the same time, those that shared most of it first; at most kLockTiesMost each.
  std::vector<TimelineEvent> holders, waiters;
  uint64_t holder_count = 0, waiter_count = 0;  // all of them
};

inline constexpr size_t kLockTiesMost = 20;

LockTies lock_ties(const Timeline& timeline, const TimelineEvent& event);

}  // namespace hone::analysis
