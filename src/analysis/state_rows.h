// What a thread did over time, from its waits: the rows of a track of states. Private to the
// timeline.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/timeline.h"
#include "analysis/track_rows.h"
#include "analysis/wait_rows.h"

namespace hone::analysis {

struct ThreadStates {
  std::vector<TrackRow> rows;
  std::vector<SummedWait> sums;
};

class StateRows {
 public:
  explicit StateRows(const profile::Profile& p) : profile_(p), kinds_(p) {}

  // `waits` are the thread's own by time. Where sums lie over each other and the thread waited most
  // of the time, a row is of the one with the greatest share; else the thread ran.
  ThreadStates make(const std::vector<uint32_t>& waits, TimeNs from, TimeNs until);

  static constexpr uint32_t kNone = UINT32_MAX;  // TrackRow::original of what is no wait

 private:
  std::vector<TrackRow> one_by_one(const std::vector<uint32_t>& waits, TimeNs from);
  std::vector<TrackRow> rows_of_sums(const std::vector<SummedWait>& sums);
  uint32_t name_of(const profile::Wait& wait);

  const profile::Profile& profile_;
  WaitKinds kinds_;
};

}  // namespace hone::analysis
