#include "analysis/text_match.h"

#include <gtest/gtest.h>

namespace hone::analysis {
namespace {

bool matches(std::string_view text, std::string_view name) {
  const Result<TextMatch> match = TextMatch::of(text);
  EXPECT_TRUE(match) << text;
  return match && (*match)(name);
}

TEST(TextMatch, APartInAnyCase) {
  EXPECT_TRUE(matches("POLL", "net::Socket::poll(int)"));
  EXPECT_TRUE(matches("", "anything"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("polls", "net::poll"));
  EXPECT_TRUE(matches("aab", "aaab"));
  EXPECT_TRUE(matches("<script>", "<SCRIPT>alert(1)</script>"));
  EXPECT_TRUE(matches("/", "a/b"));
  EXPECT_TRUE(matches("//", "a//b"));
  EXPECT_FALSE(matches("x", ""));
  EXPECT_TRUE(matches(".*", "a.*b"));
  EXPECT_FALSE(matches(".*", "ab"));
}

TEST(TextMatch, RegularExpressions) {
  EXPECT_TRUE(matches("/^net::.*poll/", "net::Socket::poll(int)"));
  EXPECT_TRUE(matches("/^NET/", "net::poll"));
  EXPECT_FALSE(matches("/^poll/", "net::poll"));
  EXPECT_TRUE(matches("/a|b$/", "xb"));
  EXPECT_TRUE(matches("/operator\\(\\)/", "A::operator()(int)"));
  EXPECT_FALSE(matches("/./", ""));
}

TEST(TextMatch, RefusesWhatCannotBeReadOrMayTakeForEver) {
  for (const char* text : {"/(/", "/[a/", "/a{2,5}/", "/(a)\\1/", "/\\/"}) {
    const Result<TextMatch> match = TextMatch::of(text);
    ASSERT_FALSE(match) << text;
    EXPECT_EQ(match.error().code, Code::InvalidArgument) << text;
  }
  EXPECT_FALSE(TextMatch::of("/" + std::string(300, 'a') + "/"));
  EXPECT_FALSE(TextMatch::of(std::string(2000, 'a')));
  EXPECT_FALSE(TextMatch::of(std::string_view("/a\0b/", 5)));
}

TEST(TextMatch, LongNamesTakeNoTimeThatGrowsOutOfBounds) {
  const std::string name(10'000, 'a');
  EXPECT_FALSE(matches("/(a*)*(a*)*b/", name));
  EXPECT_FALSE(matches("/(a|aa)+$b/", name));
  EXPECT_FALSE(matches(std::string(500, 'a') + "b", name));
}

}  // namespace
}  // namespace hone::analysis
