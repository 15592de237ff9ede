#include "cli/live_keys.h"

#include <gtest/gtest.h>

#include "cli/live_screen.h"

namespace hone::cli {
namespace {

LiveKeys pressed(std::string_view typed) {
  LiveKeys keys;
  for (const char key : typed) keys.press(key);
  return keys;
}

TEST(LiveKeys, EachHasItsEffect) {
  EXPECT_TRUE(pressed("q").quit);
  EXPECT_TRUE(pressed("\x03").quit);
  EXPECT_TRUE(pressed("\x04").quit);
  EXPECT_TRUE(pressed("\x1a").suspend);
  EXPECT_TRUE(pressed(" ").paused);
  EXPECT_FALSE(pressed("  ").paused);
  EXPECT_TRUE(pressed("s").query.by_total);
  EXPECT_EQ(pressed("t").query.by, analysis::LiveBy::kThread);
  EXPECT_EQ(pressed("tt").query.by, analysis::LiveBy::kFunction);
  EXPECT_EQ(pressed("tm").query.by, analysis::LiveBy::kModule);
  EXPECT_EQ(pressed("tmf").query.by, analysis::LiveBy::kFunction);
  EXPECT_FALSE(pressed("xyz~\xff").quit);
}

TEST(LiveKeys, AFilterIsTypedAndKeysAreLettersMeanwhile) {
  EXPECT_EQ(pressed("/quick").query.filter, "quick");
  EXPECT_FALSE(pressed("/q").quit);
  EXPECT_EQ(pressed("/ab\x7f"
                    "c\r")
                .query.filter,
            "ac");
  EXPECT_EQ(pressed("/ä\x7f").query.filter, "");
  EXPECT_EQ(pressed("/\x7f\x7fx").query.filter, "x");
  // Given up: what it was before; and Escape alone takes it away.
  EXPECT_EQ(pressed("/old\r/new\x1b").query.filter, "old");
  EXPECT_EQ(pressed("/old\r/new\x03").query.filter, "old");
  EXPECT_EQ(pressed("/old\r\x1b").query.filter, "");
  EXPECT_FALSE(pressed("/\x03").quit);
  EXPECT_EQ(pressed("/" + std::string(1000, 'x')).query.filter.size(), 200u);
}

TEST(LiveKeys, HelpGoesAtAnyKey) {
  EXPECT_TRUE(pressed("?").help);
  EXPECT_FALSE(pressed("?x").help);
  EXPECT_FALSE(pressed("?q").quit);
  EXPECT_TRUE(pressed("?qq").quit);
}

TEST(LiveKeys, TheBottomLineSaysWhatIsOn) {
  const report::TextStyle style;
  EXPECT_NE(pressed(" ").bottom_line(style).find("paused"), std::string::npos);
  EXPECT_NE(pressed("/ab").bottom_line(style).find("ab_"), std::string::npos);
  EXPECT_NE(pressed("/ab\r").bottom_line(style).find("only \"ab\""), std::string::npos);
  EXPECT_NE(pressed("").bottom_line(style).find("q quit"), std::string::npos);
}

}  // namespace
}  // namespace hone::cli
