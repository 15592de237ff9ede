#include "stats/difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace hone::stats {
namespace {

// Newcombe's own table II, method 10, as differences p1 - p2.
TEST(Difference, OfSharesAsInNewcombesTable) {
  const auto at = [](double x1, double n1, double x2, double n2) {
    return share_difference({x2, n2}, {x1, n1}, 0.95);
  };
  EXPECT_NEAR(at(56, 70, 48, 80).low, 0.0524, 5e-5);
  EXPECT_NEAR(at(56, 70, 48, 80).high, 0.3339, 5e-5);
  EXPECT_NEAR(at(9, 10, 3, 10).low, 0.1705, 5e-5);
  EXPECT_NEAR(at(9, 10, 3, 10).high, 0.8090, 5e-5);
  EXPECT_NEAR(at(0, 10, 0, 10).low, -0.2775, 5e-5);
  EXPECT_NEAR(at(0, 10, 0, 10).high, 0.2775, 5e-5);
  EXPECT_NEAR(at(10, 10, 0, 10).low, 0.6075, 5e-5);
  EXPECT_NEAR(at(10, 10, 0, 10).high, 1.0, 5e-5);
}

TEST(Difference, WithoutTrialsNothingIsKnown) {
  const Interval at = share_difference({0, 0}, {5, 10}, 0.95);
  EXPECT_EQ(at.low, -1);
  EXPECT_EQ(at.high, 1);
}

TEST(Difference, PoissonScoreIntervals) {
  // x + z^2/2 -+ z sqrt(x + z^2/4), z = 1.96.
  EXPECT_NEAR(poisson_interval(0, 0.95).low, 0, 1e-12);
  EXPECT_NEAR(poisson_interval(0, 0.95).high, 3.8415, 5e-4);
  EXPECT_NEAR(poisson_interval(10, 0.95).low, 5.4323, 5e-4);
  EXPECT_NEAR(poisson_interval(10, 0.95).high, 18.4092, 5e-4);
}

TEST(Difference, MedianRanksHoldTheMedianOftenEnough) {
  EXPECT_EQ(median_ranks(0, 0.95).high, 0u);
  EXPECT_EQ(median_ranks(1, 0.95).high, 0u);
  EXPECT_EQ(median_ranks(5, 0.95).low, 0u);
  EXPECT_EQ(median_ranks(5, 0.95).high, 4u);
  std::mt19937_64 random(1);
  for (const uint64_t count : {20u, 101u, 1000u}) {
    const Ranks ranks = median_ranks(count, 0.95);
    int held = 0;
    constexpr int kTimes = 4000;
    for (int i = 0; i < kTimes; ++i) {
      // How many of `count` lie below the true median; values [low, high] hold it when
      // low < below <= high, counting from 0.
      std::binomial_distribution<uint64_t> below(count, 0.5);
      const uint64_t k = below(random);
      held += ranks.low < k && k <= ranks.high;
    }
    EXPECT_GE(held, 0.94 * kTimes) << count;
    EXPECT_LE(held, 0.99 * kTimes) << count;
  }
}

TEST(Difference, RatiosOfMediansCoverTheTrueOne) {
  std::mt19937_64 random(2);
  std::lognormal_distribution<double> slow(std::log(1.2e6), 0.5), fast(std::log(1e6), 0.5);
  const auto drawn = [&](auto& from) {
    std::vector<double> all(301);
    for (double& each : all) each = from(random);
    std::sort(all.begin(), all.end());
    const Ranks at = median_ranks(all.size(), 0.95);
    return Estimate{all[150], {all[at.low], all[at.high]}};
  };
  int held = 0;
  for (int i = 0; i < 1000; ++i) {
    const Estimate a = drawn(fast), b = drawn(slow);
    const Interval ratio = median_ratio(a, b);
    held += ratio.low <= 1.2 && 1.2 <= ratio.high;
  }
  EXPECT_GE(held, 930);
  EXPECT_LE(held, 990);
  const Interval none = median_ratio({0, {0, 0}}, {0, {0, 0}});
  EXPECT_EQ(none.low, 1);
  EXPECT_EQ(none.high, 1);
}

}  // namespace
}  // namespace hone::stats
