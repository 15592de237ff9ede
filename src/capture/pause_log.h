// When recording stood still, and who asked for it. Not thread-safe.
//
//   PauseLog pauses;
//   pauses.begin(now, PauseCause::kControl);  ...  pauses.end(later);
//   if (pauses.covers(sample.time)) drop(sample);
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/types.h"

namespace hone::capture {

enum class PauseCause : uint8_t { kDelay = 1, kStartPaused, kControl, kSignal, kProgram };

struct Pause {
  TimeNs start{};
  TimeNs end{std::numeric_limits<int64_t>::max()};  // far away: it lasts
  PauseCause cause{};
};

class PauseLog {
 public:
  // More are not begun: a program may ask for them as fast as it can.
  static constexpr size_t kPausesMax = 1 << 16;

  bool open() const { return !pauses_.empty() && pauses_.back().end == Pause{}.end; }
  // False when one lasts, or there were too many.
  bool begin(TimeNs time, PauseCause cause);
  // False when none lasts. What would end before it began is as if it had not been.
  bool end(TimeNs time);
  // Looks from the newest back: cheap for what has just happened.
  bool covers(TimeNs time) const;
  // Time paused within [from, to).
  DurationNs within(TimeNs from, TimeNs to) const;
  std::span<const Pause> all() const { return pauses_; }

 private:
  std::vector<Pause> pauses_;  // in the order of time, none over another
};

}  // namespace hone::capture
