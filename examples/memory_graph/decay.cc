#include "memory_graph/decay.h"

#include <bit>

namespace memory_graph::decay {

namespace {

// The series of e^y up to y^11: for |y| <= ln(2)/2 the rest is below 1e-14.
constexpr double kSeries[] = {1.0,          1.0,           1.0 / 2,         1.0 / 6,
                              1.0 / 24,     1.0 / 120,     1.0 / 720,       1.0 / 5'040,
                              1.0 / 40'320, 1.0 / 362'880, 1.0 / 3'628'800, 1.0 / 39'916'800};
constexpr double kLn2 = 0.693147180559945309417232121458;

}  // namespace

double halvings(double x) {
  if (!(x < 1022)) return 0;
  // x is not negative, and either neighbour of a tie will do.
  const auto whole = static_cast<int64_t>(x + 0.5);  // NOLINT(bugprone-incorrect-roundings)
  const double y = (static_cast<double>(whole) - x) * kLn2;
  double sum = kSeries[11];
  for (int i = 10; i >= 0; --i) sum = sum * y + kSeries[i];
  return sum * std::bit_cast<double>(static_cast<uint64_t>(1023 - whole) << 52);
}

float strength(Kind kind, std::span<const TimeS> recalls, TimeS now) {
  const auto half_life = static_cast<double>(kHalfLifeS[static_cast<size_t>(kind)]);
  double all_gone = 1;
  const TimeS* const end = recalls.data() + recalls.size();
  for (const TimeS* at = recalls.data(); at != end; ++at) {
    const TimeS age = now > *at ? now - *at : 0;
    all_gone *= 1 - halvings(static_cast<double>(age) / half_life);
  }
  return static_cast<float>(1 - all_gone);
}

Summary decay_all(std::span<const Kind> kinds, const Recalls& recalls, TimeS now,
                  std::span<float> strengths) {
  Summary summary;
  for (size_t i = 0; i < kinds.size(); ++i) {
    const float left = strength(kinds[i], recalls.of(i), now);
    strengths[i] = left;
    if (left < kForgottenBelow) {
      ++summary.forgotten;
    } else if (left < kVividFrom) {
      ++summary.fading;
    } else {
      ++summary.vivid;
    }
  }
  return summary;
}

}  // namespace memory_graph::decay
