#include "stats/interval.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hone::stats {
namespace {

TEST(NormalQuantile, AgreesWithTables) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.995), 2.575829303548901, 1e-12);
  EXPECT_NEAR(normal_quantile(0.01), -2.326347874040841, 1e-12);
  EXPECT_NEAR(normal_quantile(1e-9), -5.997807015007687, 1e-9);
  EXPECT_EQ(normal_quantile(0), -HUGE_VAL);
  EXPECT_EQ(normal_quantile(1), HUGE_VAL);
}

TEST(WilsonInterval, AgreesWithPublishedValues) {
  // R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  const Interval many = wilson_interval(81, 263, 0.95);
  EXPECT_NEAR(many.low, 0.2553, 5e-5);
  EXPECT_NEAR(many.high, 0.3662, 5e-5);
  const Interval few = wilson_interval(15, 148, 0.95);
  EXPECT_NEAR(few.low, 0.0624, 5e-5);
  EXPECT_NEAR(few.high, 0.1605, 5e-5);
  const Interval none = wilson_interval(0, 20, 0.95);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.1611, 5e-5);
}

TEST(WilsonInterval, HoldsItsShareAtTheEnds) {
  EXPECT_EQ(wilson_interval(3, 0, 0.95).low, 0);
  EXPECT_EQ(wilson_interval(3, 0, 0.95).high, 1);
  EXPECT_EQ(wilson_interval(7, 7, 0.95).high, 1);
  EXPECT_LT(wilson_interval(7, 7, 0.95).low, 0.7);
  EXPECT_LT(wilson_interval(50, 100, 0.99).low, wilson_interval(50, 100, 0.95).low);
}

// Over many true shares, the interval must hold the truth about as often as it says.
TEST(WilsonInterval, CoversTheTruth) {
  constexpr int kTrials = 60;
  for (const double truth : {0.05, 0.3, 0.5, 0.8}) {
    double covered = 0;
    double probability = std::pow(1 - truth, kTrials);  // of k successes, from k = 0
    for (int k = 0; k <= kTrials; ++k) {
      const Interval at = wilson_interval(k, kTrials, 0.95);
      if (at.low <= truth && truth <= at.high) covered += probability;
      probability *= truth / (1 - truth) * (kTrials - k) / (k + 1);
    }
    EXPECT_GT(covered, 0.92) << truth;
    EXPECT_LT(covered, 0.99) << truth;
  }
}

}  // namespace
}  // namespace hone::stats
