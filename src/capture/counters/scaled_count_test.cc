#include "capture/counters/scaled_count.h"

#include <gtest/gtest.h>

namespace hone::capture {
namespace {

TEST(ScaledCount, WhatWasCountedAllTheTimeIsExact) {
  ScaledCount count;
  count.add({.value = 9'007'199'254'740'991, .enabled_ns = 7, .running_ns = 7});
  EXPECT_EQ(count.total(), 9'007'199'254'740'991);
  EXPECT_FALSE(count.scaled());
  EXPECT_DOUBLE_EQ(count.running_share(), 1);
}

TEST(ScaledCount, EachReadingIsScaledByItsOwnShare) {
  ScaledCount count;
  count.add({.value = 1000, .enabled_ns = 100, .running_ns = 100});
  // Counted for a quarter of the next hundred, in which the program did ten times less.
  count.add({.value = 1025, .enabled_ns = 200, .running_ns = 125});
  EXPECT_EQ(count.total(), 1100);
  EXPECT_TRUE(count.scaled());
  EXPECT_DOUBLE_EQ(count.running_share(), 0.625);
}

TEST(ScaledCount, TimeWithoutACounterIsMadeUpForByTheNextReading) {
  ScaledCount count;
  count.add({.value = 0, .enabled_ns = 100, .running_ns = 0});
  EXPECT_EQ(count.total(), 0);
  EXPECT_FALSE(count.ever_counted());
  EXPECT_TRUE(count.scaled());
  count.add({.value = 50, .enabled_ns = 200, .running_ns = 50});
  EXPECT_EQ(count.total(), 200);
  EXPECT_TRUE(count.ever_counted());
}

TEST(ScaledCount, ReadingsThatGoBackSayNothing) {
  ScaledCount count;
  count.add({.value = 100, .enabled_ns = 10, .running_ns = 10});
  count.add({.value = 50, .enabled_ns = 20, .running_ns = 20});
  count.add({.value = 200, .enabled_ns = 5, .running_ns = 5});
  count.add({.value = 200, .enabled_ns = 20, .running_ns = 30});
  EXPECT_EQ(count.total(), 100);
  count.add({.value = UINT64_MAX, .enabled_ns = UINT64_MAX, .running_ns = 11});
  EXPECT_GT(count.total(), 0) << "kept to what a recording holds";
}

}  // namespace
}  // namespace hone::capture
