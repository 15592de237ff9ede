#include "capture/counters/scaled_count.h"

#include <algorithm>

namespace hone::capture {
namespace {

// What a recording can hold.
constexpr double kMost = 9.2e18;

}  // namespace

void ScaledCount::add(const EventReading& reading) {
  if (reading.value < last_.value || reading.enabled_ns < last_.enabled_ns ||
      reading.running_ns < last_.running_ns || reading.running_ns > reading.enabled_ns) {
    return;
  }
  enabled_ns_ = reading.enabled_ns;
  const uint64_t running = reading.running_ns - last_.running_ns;
  // Not counted at all since: what happened is estimated once it is counted again.
  if (running == 0) return;
  const uint64_t enabled = reading.enabled_ns - last_.enabled_ns;
  const auto counted = static_cast<double>(reading.value - last_.value);
  // Without a division where nothing was missed, so that an exact count stays one.
  total_ += enabled == running
                ? counted
                : counted * static_cast<double>(enabled) / static_cast<double>(running);
  total_ = std::min(total_, kMost);
  last_ = reading;
}

double ScaledCount::running_share() const {
  if (enabled_ns_ == 0) return 1;
  return static_cast<double>(last_.running_ns) / static_cast<double>(enabled_ns_);
}

}  // namespace hone::capture
