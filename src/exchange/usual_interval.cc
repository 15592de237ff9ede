#include "exchange/usual_interval.h"

#include <algorithm>
#include <cstddef>

namespace hone::exchange {

int64_t usual_interval_ns(std::vector<TimedSample> samples) {
  std::sort(samples.begin(), samples.end(), [](const TimedSample& a, const TimedSample& b) {
    return a.thread != b.thread ? a.thread < b.thread : a.time < b.time;
  });
  std::vector<int64_t> between;
  for (size_t i = 1; i < samples.size(); ++i) {
    const bool is_next = samples[i].thread == samples[i - 1].thread;
    if (is_next && samples[i].time > samples[i - 1].time) {
      between.push_back(raw(samples[i].time - samples[i - 1].time));
    }
  }
  if (between.empty()) return 0;
  const auto middle = between.begin() + static_cast<std::ptrdiff_t>(between.size() / 2);
  std::nth_element(between.begin(), middle, between.end());
  return *middle;
}

}  // namespace hone::exchange
