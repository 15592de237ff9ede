// Confidence intervals of shares.
#pragma once

#include <cstdint>

namespace hone::stats {

struct Interval {
  double low = 0, high = 0;
};

// Wilson's score interval for `successes` of `trials` (E. B. Wilson, JASA 22 (1927), 209-212).
// `trials` may be an effective sample size, so both are real numbers. [0, 1] when trials is 0.
// `confidence` in (0, 1), 0.95 for instance.
Interval wilson_interval(double successes, double trials, double confidence);

// The quantile of the standard normal distribution for p in (0, 1); relative error under 1e-9
// (P. J. Acklam's rational approximation with one step of Halley's method).
double normal_quantile(double p);

}  // namespace hone::stats
