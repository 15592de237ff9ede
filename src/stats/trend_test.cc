#include "stats/trend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace hone::stats {
namespace {

TEST(Trend, OfStraightLines) {
  std::vector<double> up, down;
  for (int i = 0; i < 20; ++i) {
    up.push_back(3 + 2 * i);
    down.push_back(-i);
  }
  EXPECT_DOUBLE_EQ(trend(up).tau, 1);
  EXPECT_DOUBLE_EQ(trend(up).slope, 2);
  EXPECT_DOUBLE_EQ(trend(down).tau, -1);
  EXPECT_LT(trend(down).z, -5);
}

// Worked by hand: 1 2 2 3 has 5 pairs that rise and one tie.
TEST(Trend, CorrectsForTies) {
  const Trend got = trend(std::vector<double>{1, 2, 2, 3});
  EXPECT_DOUBLE_EQ(got.tau, 5.0 / 6);
  const double variance = (4 * 3 * 13 - 2 * 1 * 9) / 18.0;
  EXPECT_NEAR(got.z, 4 / std::sqrt(variance), 1e-12);
}

TEST(Trend, OneOutlierChangesLittle) {
  std::vector<double> values(50, 0);
  for (int i = 0; i < 50; ++i) values[static_cast<size_t>(i)] = i;
  values[10] = 1e9;
  EXPECT_NEAR(trend(values).slope, 1, 0.01);
  EXPECT_GT(trend(values).tau, 0.9);
}

TEST(Trend, OfNoiseIsRarelyFar) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise;
  int far = 0;
  for (int run = 0; run < 200; ++run) {
    std::vector<double> values(40);
    for (double& value : values) value = noise(random);
    far += std::abs(trend(values).z) > 2.576;  // 1 in 100
  }
  EXPECT_LE(far, 10);
}

TEST(Trend, OfNothing) {
  EXPECT_EQ(trend({}).z, 0);
  EXPECT_EQ(trend(std::vector<double>{1, 2}).z, 0);
  EXPECT_EQ(trend(std::vector<double>(10, 7.0)).z, 0);
}

}  // namespace
}  // namespace hone::stats
