#include "analysis/durations.h"

#include <gtest/gtest.h>

#include <random>

namespace hone::analysis {
namespace {

// Short, long, and longer than 32 bits hold.
uint64_t length(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return random() % 100'000'000;
    case 1:
      return random() % 8 == 0 ? (uint64_t{1} << 32) + random() % 1000 : 5000;
    default:
      return random() % 3000;
  }
}

TEST(Durations, PutTogetherAreAsIfTheyHadComeToOne) {
  for (const size_t counts : {0u, 3u, 700u, 1500u, 40'000u}) {
    for (const size_t others : {0u, 5u, 800u, 30'000u}) {
      std::mt19937_64 random(counts * 7 + others);
      Durations one, two, all;
      for (size_t i = 0; i < counts + others; ++i) {
        const uint64_t ns = length(random);
        (i < counts ? one : two).add(ns);
        all.add(ns);
      }
      one.take_over(two);
      const Distribution a = one.distribution(), b = all.distribution();
      EXPECT_EQ(a.count, counts + others);
      EXPECT_EQ(a.count, b.count);
      EXPECT_EQ(a.total_ns, b.total_ns);
      EXPECT_EQ(a.least_ns, b.least_ns);
      EXPECT_EQ(a.p50_ns, b.p50_ns);
      EXPECT_EQ(a.p95_ns, b.p95_ns);
      EXPECT_EQ(a.p99_ns, b.p99_ns);
      EXPECT_EQ(a.most_ns, b.most_ns);
      EXPECT_EQ(one.at_least(Durations::kShort).count, all.at_least(Durations::kShort).count);
    }
  }
}

}  // namespace
}  // namespace hone::analysis
