#include "stats/interval.h"

#include <algorithm>
#include <cmath>

namespace hone::stats {
namespace {

// Acklam's rational approximation, relative error under 1.15e-9.
double approximate_quantile(double p) {
  constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                          1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                          6.680131188771972e+01, -1.328068155288572e+01};
  constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                          -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                          3.754408661907416e+00};
  constexpr double kTail = 0.02425;
  if (p > 1 - kTail) return -approximate_quantile(1 - p);
  if (p < kTail) {
    const double q = std::sqrt(-2 * std::log(p));
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  }
  const double q = p - 0.5;
  const double r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
         (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

}  // namespace

double normal_quantile(double p) {
  if (!(p > 0)) return -HUGE_VAL;
  if (!(p < 1)) return HUGE_VAL;
  const double x = approximate_quantile(p);
  // Halley's step on Phi(x) - p.
  const double error = 0.5 * std::erfc(-x / std::sqrt(2.0)) - p;
  const double u = error * std::sqrt(2 * M_PI) * std::exp(x * x / 2);
  return x - u / (1 + x * u / 2);
}

Interval wilson_interval(double successes, double trials, double confidence) {
  if (!(trials > 0)) return {0, 1};
  const double share = std::clamp(successes / trials, 0.0, 1.0);
  const double z = normal_quantile(0.5 + confidence / 2);
  const double z2 = z * z;
  const double scale = 1 + z2 / trials;
  const double middle = (share + z2 / (2 * trials)) / scale;
  const double reach =
      z / scale * std::sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials));
  // Rounding must not push an end past the share that it is the interval of.
  return {std::clamp(middle - reach, 0.0, share), std::clamp(middle + reach, share, 1.0)};
}

}  // namespace hone::stats
