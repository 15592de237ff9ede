#include "base/host/json_text.h"

#include <gtest/gtest.h>

namespace hone::base {
namespace {

TEST(JsonText, QuotesAndControlCharacters) {
  EXPECT_EQ(json_text("a\"b\\c/"), R"("a\"b\\c/")");
  EXPECT_EQ(json_text("\n\t\r\x01\x7F"), R"("\n\t\u000d\u0001\u007f")");
  EXPECT_EQ(json_text(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(json_text(""), R"("")");
}

TEST(JsonText, Utf8StaysAndWhatIsNoneIsReplaced) {
  EXPECT_EQ(json_text("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  // A byte each: stray, overlong, a surrogate, beyond the last, cut short.
  for (const std::string_view bad :
       {"\xFF", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    std::string expected = "\"";
    for (size_t i = 0; i < bad.size(); ++i) expected += kReplacement;
    EXPECT_EQ(json_text(bad), expected + '"');
  }
}

}  // namespace
}  // namespace hone::base
