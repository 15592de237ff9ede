#include "stats/difference.h"

#include <algorithm>
#include <cmath>

namespace hone::stats {

Interval difference(const Estimate& a, const Estimate& b) {
  const double value = b.value - a.value;
  const double down = std::hypot(b.value - b.at.low, a.at.high - a.value);
  const double up = std::hypot(b.at.high - b.value, a.value - a.at.low);
  return {value - down, value + up};
}

Interval share_difference(const Counted& a, const Counted& b, double confidence) {
  if (!(a.trials > 0) || !(b.trials > 0)) return {-1, 1};
  const auto estimate = [&](const Counted& of) {
    return Estimate{std::clamp(of.successes / of.trials, 0.0, 1.0),
                    wilson_interval(of.successes, of.trials, confidence)};
  };
  return difference(estimate(a), estimate(b));
}

Interval poisson_interval(double count, double confidence) {
  const double z = normal_quantile(0.5 + confidence / 2);
  const double middle = count + z * z / 2;
  const double reach = z * std::sqrt(count + z * z / 4);
  return {std::clamp(middle - reach, 0.0, count), middle + reach};
}

Ranks median_ranks(uint64_t count, double confidence) {
  if (count == 0) return {};
  const auto n = static_cast<double>(count);
  const double z = normal_quantile(0.5 + confidence / 2);
  // Of `count` values, those below the median are binomial with mean n/2 and deviation sqrt(n)/2.
  const double reach = z * std::sqrt(n) / 2 + 0.5;
  const double low = std::floor(n / 2 - reach), high = std::ceil(n / 2 + reach);
  return {low > 0 ? static_cast<uint64_t>(low) : 0,
          high < n - 1 ? static_cast<uint64_t>(std::max(high, 0.0)) : count - 1};
}

Interval median_ratio(const Estimate& a, const Estimate& b) {
  const auto logarithm = [](const Estimate& of) {
    const auto log = [](double value) { return std::log(std::max(value, 1.0)); };
    return Estimate{log(of.value), {log(of.at.low), log(of.at.high)}};
  };
  const Interval at = difference(logarithm(a), logarithm(b));
  return {std::exp(at.low), std::exp(at.high)};
}

}  // namespace hone::stats
