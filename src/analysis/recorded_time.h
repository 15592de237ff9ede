// Which stretch of time a recording covers, and how much of it was recorded: what was paused was
// not.
#pragma once

#include <cstdint>

#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

struct RecordedTime {
  TimeNs start{}, end{};
  int64_t wall_ns = 0;      // from start to end; 0 when neither is known
  int64_t recorded_ns = 0;  // of that
  uint64_t pause_count = 0;
};

// Of the whole recording: as its recorder stated; of one that was cut, as its events tell.
RecordedTime recorded_time(const profile::Profile& profile);
// Of what of it is selected.
RecordedTime recorded_time(const profile::Profile& profile, const Selection& selection);

}  // namespace hone::analysis
