#include "exchange/pprof_samples.h"

#include <gtest/gtest.h>

#include "exchange/held_bytes.h"

namespace hone::exchange {
namespace {

TEST(PprofSamples, ComeBackAsTheyWere) {
  const std::vector<PprofSample> all = {{StackId{7}, 0, {1, 10'000'000}},
                                        {StackId{9}, 3, {INT64_MIN, INT64_MAX, -1}},
                                        {StackId{7}, 0, {2}},
                                        {StackId{UINT32_MAX}, UINT32_MAX, {1, 10'000'000}}};
  PprofSamples samples;
  for (const PprofSample& each : all) samples.add(each.stack, each.labels, each.values);
  EXPECT_EQ(samples.size(), all.size());
  PprofSample got;
  PprofSamples::Reader at(samples);
  for (const PprofSample& each : all) {
    ASSERT_TRUE(at.next(got));
    EXPECT_EQ(got.stack, each.stack);
    EXPECT_EQ(got.labels, each.labels);
    EXPECT_EQ(got.values, each.values);
  }
  EXPECT_FALSE(at.next(got));
}

TEST(PprofSamples, TakeLittleWhileTheyWait) {
  PprofSamples samples;
  constexpr int kSamples = 100'000;
  for (int i = 0; i < kSamples; ++i) {
    samples.add(StackId{static_cast<uint32_t>(20 * i)}, 0, std::vector<int64_t>{1, 10'000'000});
  }
  EXPECT_LT(samples.held(), 2u * kSamples);
}

// A profile of 1 GB has 100 million stacks, of which a recording's builder knows two million.
TEST(PprofSamples, StacksThatTheBuilderForgotAreNotHeld) {
  EXPECT_EQ(held_of_stacks(3), 3 * kHeldOfStack);
  EXPECT_EQ(held_of_stacks(100'000'000), kStacksKnownMost * kHeldOfStack);
}

}  // namespace
}  // namespace hone::exchange
