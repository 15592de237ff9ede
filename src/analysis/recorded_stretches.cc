#include "analysis/recorded_stretches.h"

#include <algorithm>

namespace hone::analysis {
namespace {

int64_t between(TimeNs from, TimeNs to) {
  int64_t ns = 0;
  return __builtin_sub_overflow(raw(to), raw(from), &ns) ? INT64_MAX : std::max<int64_t>(ns, 0);
}

}  // namespace

RecordedStretches::RecordedStretches(const profile::Profile& profile, size_t most)
    : pauses_(profile.pauses().begin(), profile.pauses().end()) {
  if (pauses_.size() > most) {
    std::nth_element(pauses_.begin(), pauses_.begin() + static_cast<ptrdiff_t>(most), pauses_.end(),
                     [](const profile::Pause& a, const profile::Pause& b) {
                       return between(a.start, a.end) > between(b.start, b.end);
                     });
    pauses_.resize(most);
    std::sort(pauses_.begin(), pauses_.end(),
              [](const profile::Pause& a, const profile::Pause& b) { return a.start < b.start; });
  }
  int64_t sum_ns = 0;
  for (const profile::Pause& pause : pauses_) {
    before_ns_.push_back(sum_ns);
    sum_ns += between(pause.start, pause.end);
  }
}

void RecordedStretches::for_each_pause(
    TimeNs from, TimeNs to, base::FunctionRef<void(TimeNs begin, TimeNs end)> take) const {
  auto pause = std::partition_point(pauses_.begin(), pauses_.end(),
                                    [&](const profile::Pause& one) { return one.end <= from; });
  for (; pause != pauses_.end() && pause->start < to; ++pause) {
    take(std::max(pause->start, from), std::min(pause->end, to));
  }
}

int64_t RecordedStretches::paused_before(TimeNs time) const {
  const auto behind = std::partition_point(
      pauses_.begin(), pauses_.end(), [&](const profile::Pause& one) { return one.start < time; });
  if (behind == pauses_.begin()) return 0;
  const auto i = static_cast<size_t>(behind - pauses_.begin()) - 1;
  return before_ns_[i] + between(pauses_[i].start, std::min(pauses_[i].end, time));
}

int64_t RecordedStretches::length(TimeNs from, TimeNs to) const {
  const int64_t ns = between(from, to);
  return ns <= 0 ? 0 : std::max<int64_t>(ns - (paused_before(to) - paused_before(from)), 0);
}

}  // namespace hone::analysis
