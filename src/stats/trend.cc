#include "stats/trend.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace hone::stats {

Trend trend(std::span<const double> values) {
  const size_t count = values.size();
  if (count < 3) return {};
  std::vector<double> slopes;
  slopes.reserve(count * (count - 1) / 2);
  double sum = 0;
  for (size_t i = 0; i < count; ++i) {
    for (size_t k = i + 1; k < count; ++k) {
      const double rise = values[k] - values[i];
      sum += rise > 0 ? 1 : rise < 0 ? -1 : 0;
      slopes.push_back(rise / static_cast<double>(k - i));
    }
  }
  const auto n = static_cast<double>(count);
  double variance = n * (n - 1) * (2 * n + 5);
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < count;) {
    const size_t begin = i;
    while (i < count && sorted[i] == sorted[begin]) ++i;
    const auto ties = static_cast<double>(i - begin);
    variance -= ties * (ties - 1) * (2 * ties + 5);
  }
  variance /= 18;
  const auto middle = slopes.begin() + static_cast<ptrdiff_t>(slopes.size() / 2);
  std::nth_element(slopes.begin(), middle, slopes.end());
  Trend out{.tau = sum / (n * (n - 1) / 2), .slope = *middle};
  // One is taken off for continuity.
  if (variance > 0 && sum != 0) out.z = (sum - (sum > 0 ? 1 : -1)) / std::sqrt(variance);
  return out;
}

}  // namespace hone::stats
