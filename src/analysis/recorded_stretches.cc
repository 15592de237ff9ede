#include "analysis/recorded_stretches.h"

#include <algorithm>

namespace hone::analysis {
namespace {

int64_t between(TimeNs from, TimeNs to) {
  int64_t ns = 0;
  return __builtin_sub_overflow(raw(to), raw(from), &ns) ? INT64_MAX : std::max<int64_t>(ns, 0);
}

}  // namespace

RecordedStretches::RecordedStretches(const profile::Profile& profile)
    : pauses_(profile.pauses().begin(), profile.pauses().end()) {
  if (pauses_.size() <= kPausesMax) return;
  std::nth_element(pauses_.begin(), pauses_.begin() + kPausesMax, pauses_.end(),
                   [](const profile::Pause& a, const profile::Pause& b) {
                     return between(a.start, a.end) > between(b.start, b.end);
                   });
  pauses_.resize(kPausesMax);
  std::sort(pauses_.begin(), pauses_.end(),
            [](const profile::Pause& a, const profile::Pause& b) { return a.start < b.start; });
}

void RecordedStretches::for_each_pause(
    TimeNs from, TimeNs to, base::FunctionRef<void(TimeNs begin, TimeNs end)> take) const {
  auto pause = std::partition_point(pauses_.begin(), pauses_.end(),
                                    [&](const profile::Pause& one) { return one.end <= from; });
  for (; pause != pauses_.end() && pause->start < to; ++pause) {
    take(std::max(pause->start, from), std::min(pause->end, to));
  }
}

int64_t RecordedStretches::length(TimeNs from, TimeNs to) const {
  int64_t ns = between(from, to);
  for_each_pause(from, to, [&](TimeNs begin, TimeNs end) { ns -= between(begin, end); });
  return std::max<int64_t>(ns, 0);
}

}  // namespace hone::analysis
