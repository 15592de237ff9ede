#include "memory_graph/decay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace memory_graph {
namespace {

constexpr TimeS kNow = 2'000'000'000;

TimeS half_life(Kind kind) {
  return decay::kHalfLifeS[static_cast<size_t>(kind)];
}

TEST(Decay, HalfLifeIsExact) {
  for (const Kind kind : {Kind::Episode, Kind::Fact, Kind::Skill}) {
    float expected = 1;
    for (TimeS lives = 0; lives <= 3; ++lives) {
      const std::vector<TimeS> recalls = {kNow - lives * half_life(kind)};
      EXPECT_EQ(decay::strength(kind, recalls, kNow), expected) << lives << " half-lives";
      expected /= 2;
    }
  }
}

TEST(Decay, HalvingsAgreeWithTheLibrary) {
  for (double x = 0; x < 60; x += 0.0137) {
    EXPECT_NEAR(decay::halvings(x) / std::exp2(-x), 1, 1e-14) << x;
  }
  for (int x = 0; x < 1000; ++x) EXPECT_EQ(decay::halvings(x), std::ldexp(1.0, -x)) << x;
  EXPECT_EQ(decay::halvings(1e9), 0);
  EXPECT_EQ(decay::halvings(NAN), 0);
}

TEST(Decay, RecallsAddUp) {
  const TimeS life = half_life(Kind::Fact);
  const std::vector<TimeS> twice = {kNow - life, kNow - 2 * life};
  EXPECT_EQ(decay::strength(Kind::Fact, twice, kNow), 1 - 0.5f * 0.75f);
  const std::vector<TimeS> in_the_future = {kNow + 100};
  EXPECT_EQ(decay::strength(Kind::Fact, in_the_future, kNow), 1);
  EXPECT_EQ(decay::strength(Kind::Fact, {}, kNow), 0);
}

TEST(Decay, AllAtOnceIsEachOne) {
  const std::vector<Kind> kinds = {Kind::Episode, Kind::Fact, Kind::Skill, Kind::Episode};
  Recalls recalls(4);
  for (uint32_t i = 0; i < 3; ++i) recalls.add(MemoryId{i}, kNow - 30 * kDayS);
  recalls.add(MemoryId{3}, kNow - 20 * kDayS);
  std::vector<float> strengths(4);
  const decay::Summary summary = decay::decay_all(kinds, recalls, kNow, strengths);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(strengths[i], decay::strength(kinds[i], recalls.of(i), kNow)) << "memory " << i;
  }
  // 2^(-30/7) is just above forgetting, 2^(-30/120) and 2^(-30/365) are vivid.
  EXPECT_EQ(summary.vivid, 2u);
  EXPECT_EQ(summary.fading, 2u);
  EXPECT_EQ(summary.forgotten, 0u);
  EXPECT_EQ(decay::decay_all(kinds, recalls, kNow + 3 * kDayS, strengths).forgotten, 1u);
}

TEST(Recalls, KeepTheLatest) {
  Recalls recalls(1);
  for (TimeS at = 1; at <= 20; ++at) recalls.add(MemoryId{0}, at);
  const auto kept = recalls.of(0);
  ASSERT_EQ(kept.size(), Recalls::kKept);
  for (const TimeS at : kept) EXPECT_GT(at, 20 - static_cast<TimeS>(Recalls::kKept));
}

}  // namespace
}  // namespace memory_graph
