#include "serve/request.h"

#include <gtest/gtest.h>

namespace hone::serve {
namespace {

TEST(Request, IsTakenApart) {
  const Request request =
      parse_target("/api/1/functions?a=game%20200&filter=a%26b+c&empty=&flag#x");
  EXPECT_EQ(request.path, "/api/1/functions");
  EXPECT_EQ(request.value("a"), "game 200");
  EXPECT_EQ(request.value("filter"), "a&b c");
  EXPECT_TRUE(request.has("empty"));
  EXPECT_TRUE(request.has("flag"));
  EXPECT_FALSE(request.has("none"));
  EXPECT_EQ(request.value("none"), "");
}

TEST(Request, OfAnyTextIsSomeRequest) {
  for (const char* text : {"", "?", "/%", "/%4", "/%zz?%&=&==&%41", "/a?b=%"}) {
    (void)parse_target(text);
  }
  EXPECT_EQ(parse_target("/%4").path, "/%4");
  EXPECT_EQ(parse_target("/%41").path, "/A");
  EXPECT_EQ(parse_target("/x?%41=%").value("A"), "%");
}

}  // namespace
}  // namespace hone::serve
