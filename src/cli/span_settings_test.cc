#include "cli/span_settings.h"

#include <gtest/gtest.h>

namespace hone::cli {
namespace {

TEST(SpanSettings, EachIsUnderstood) {
  const auto got = span_settings_of("min=10us,full=block,frames=12,clock=one,save-over=20ms");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->when_full, HONE_BLOCK);
  EXPECT_EQ(got->min_ns, 10'000);
  EXPECT_EQ(got->frame_every, 12u);
  EXPECT_TRUE(got->one_clock);
  EXPECT_EQ(got->save_over_ns, 20'000'000);
  EXPECT_EQ(span_settings_of("adaptive=10000")->hot_rate, 10'000u);
  EXPECT_EQ(span_settings_of("full=overwrite")->when_full, HONE_OVERWRITE_OLDEST);
  EXPECT_EQ(span_settings_of("")->frame_every, 1u);
}

TEST(SpanSettings, WhatIsNoneIsRefused) {
  for (const char* text :
       {"full", "full=maybe", "frames=0", "adaptive=0", "adaptive=1e9", "frames=x",
        "frames=", "min=fast", "min=-1s", "clock=three", "=", ",", "block", "min=1ms,min=2ms"}) {
    EXPECT_FALSE(span_settings_of(text)) << text;
  }
}

}  // namespace
}  // namespace hone::cli
