#include "capture/pause_log.h"

#include <algorithm>

namespace hone::capture {

bool PauseLog::begin(TimeNs time, PauseCause cause) {
  if (open() || pauses_.size() >= kPausesMax) return false;
  if (!pauses_.empty()) time = std::max(time, pauses_.back().end);
  pauses_.push_back({.start = time, .cause = cause});
  return true;
}

bool PauseLog::end(TimeNs time) {
  if (!open()) return false;
  if (time <= pauses_.back().start) {
    pauses_.pop_back();
  } else {
    pauses_.back().end = time;
  }
  return true;
}

bool PauseLog::covers(TimeNs time) const {
  for (auto pause = pauses_.rbegin(); pause != pauses_.rend(); ++pause) {
    if (time >= pause->start) return time < pause->end;
  }
  return false;
}

DurationNs PauseLog::within(TimeNs from, TimeNs to) const {
  int64_t sum_ns = 0;
  for (auto pause = pauses_.rbegin(); pause != pauses_.rend() && pause->end > from; ++pause) {
    const int64_t end_ns = std::min(raw(pause->end), raw(to));
    sum_ns += std::max<int64_t>(end_ns - raw(std::max(pause->start, from)), 0);
  }
  return DurationNs{sum_ns};
}

}  // namespace hone::capture
