#include "cli/quantities.h"

#include <gtest/gtest.h>

namespace hone::cli {
namespace {

TEST(Quantities, Durations) {
  const auto ns = [](const char* text) { return raw(*duration_of("--last", text)); };
  EXPECT_EQ(ns("2"), 2'000'000'000);
  EXPECT_EQ(ns("2s"), 2'000'000'000);
  EXPECT_EQ(ns("1.5m"), 90'000'000'000);
  EXPECT_EQ(ns("500ms"), 500'000'000);
  EXPECT_EQ(ns("-10s"), -10'000'000'000);
  EXPECT_EQ(ns("1h"), 3'600'000'000'000);
  for (const char* text : {"", "s", "2x", "2 s", "1e300h", "nan", "inf", "0x", "2s2"}) {
    const auto refused = duration_of("--last", text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().number, "E002");
  }
}

TEST(Quantities, Sizes) {
  const auto bytes = [](const char* text) { return *bytes_of("--max-size", text); };
  EXPECT_EQ(bytes("1000"), 1000u);
  EXPECT_EQ(bytes("500M"), 500'000'000u);
  EXPECT_EQ(bytes("1.5GB"), 1'500'000'000u);
  EXPECT_EQ(bytes("64k"), 64'000u);
  for (const char* text : {"", "M", "-1", "0", "1e300", "5s", "1MiB"}) {
    EXPECT_FALSE(bytes_of("--max-size", text)) << text;
  }
}

TEST(Quantities, ASizeIsNoTime) {
  EXPECT_TRUE(is_duration("60s"));
  EXPECT_TRUE(is_duration("1m"));
  EXPECT_FALSE(is_duration("100M"));
  EXPECT_FALSE(is_duration("100"));
  EXPECT_FALSE(is_duration(""));
}

TEST(Quantities, Moments) {
  const analysis::RecordedTime time{.start = TimeNs{1'000'000'000}, .end = TimeNs{11'000'000'000}};
  EXPECT_EQ(raw(*moment("--from", "2s", time)), 3'000'000'000);
  EXPECT_EQ(raw(*moment("--from", "-2s", time)), 9'000'000'000);
  EXPECT_EQ(raw(*moment("--from", "0", time)), 1'000'000'000);
}

}  // namespace
}  // namespace hone::cli
