#include "exchange/packed_numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace hone::exchange {
namespace {

TEST(PackedNumbers, ComeBackAsTheyWere) {
  const std::vector<int64_t> numbers = {0,         1,         -1,        63, 64, -64, -65,
                                        INT64_MAX, INT64_MIN, INT64_MAX, 5,  5,  5};
  PackedNumbers column;
  for (const int64_t each : numbers) column.push_back(each);
  EXPECT_EQ(column.size(), numbers.size());
  PackedNumbers::Reader at(column);
  int64_t got = 0;
  for (const int64_t each : numbers) {
    ASSERT_TRUE(at.next(got));
    EXPECT_EQ(got, each);
  }
  EXPECT_FALSE(at.next(got));
  EXPECT_EQ(got, 5);
}

TEST(PackedNumbers, RealsComeBackAsTheyWere) {
  const std::vector<double> numbers = {
      0, 1, 1, -0.5, 0.1, 1e300, NAN, std::numeric_limits<double>::infinity(), 5e-324, -0.0};
  PackedReals column;
  for (const double each : numbers) column.push_back(each);
  PackedReals::Reader at(column);
  double got = 0;
  for (const double each : numbers) {
    ASSERT_TRUE(at.next(got));
    EXPECT_EQ(std::bit_cast<uint64_t>(got), std::bit_cast<uint64_t>(each));
  }
  EXPECT_FALSE(at.next(got));
}

TEST(PackedNumbers, WhatDiffersLittleTakesLittle) {
  PackedNumbers times;
  PackedReals weights;
  for (int64_t i = 0; i < 1000; ++i) times.push_back(1'000'000'000 + 1000 * i);
  for (int i = 0; i < 1000; ++i) weights.push_back(i % 2 == 0 ? 1 : 2);
  EXPECT_LT(times.bytes(), 20u);
  EXPECT_LT(weights.bytes(), 3010u);
}

TEST(PackedNumbers, RunsOfAnyLengthComeBack) {
  std::vector<int64_t> numbers;
  for (const int64_t step : std::vector<int64_t>{0, 1, 0, 1000, -1000000000000, 0}) {
    for (int length : {1, 2, 3, 4, 5, 6, 127, 128, 129, 20'000}) {
      for (; length > 0; --length) {
        numbers.push_back((numbers.empty() ? 0 : numbers.back()) + step);
      }
      numbers.push_back(numbers.back() + 7);  // and something else between them
    }
  }
  PackedNumbers column;
  PackedReals reals;
  for (const int64_t each : numbers) {
    column.push_back(each);
    reals.push_back(static_cast<double>(each));
  }
  // Wherever it ends.
  for (size_t end : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{200}, numbers.size()}) {
    PackedNumbers part;
    for (size_t i = 0; i < end; ++i) part.push_back(numbers[i]);
    PackedNumbers::Reader at(part);
    int64_t got = -1;
    for (size_t i = 0; i < end; ++i) {
      ASSERT_TRUE(at.next(got));
      ASSERT_EQ(got, numbers[i]) << i;
    }
    EXPECT_FALSE(at.next(got));
  }
  PackedReals::Reader at(reals);
  double got = 0;
  for (const int64_t each : numbers) {
    ASSERT_TRUE(at.next(got));
    ASSERT_EQ(got, static_cast<double>(each));
  }
  EXPECT_FALSE(at.next(got));
  EXPECT_LT(column.bytes(), 2000u);
}

}  // namespace
}  // namespace hone::exchange
