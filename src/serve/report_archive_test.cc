#include "serve/report_archive.h"

#include <gtest/gtest.h>

namespace hone::serve {
namespace {

// The pages look answers up by exactly this text (web/src/engine/client.ts).
TEST(ReportArchive, SpellsQuestionsAsThePagesDo) {
  EXPECT_EQ(spelled_question("overview", {}), "overview");
  EXPECT_EQ(spelled_question("span", {{"name", "A::b(int) <x>'s 100%"}}),
            "span?name=A%3A%3Ab(int)%20%3Cx%3E's%20100%25");
  EXPECT_EQ(spelled_question("flame", {{"weight", "cpu"}, {"mode", "left"}, {"invert", ""}}),
            "flame?mode=left&weight=cpu");
  EXPECT_EQ(spelled_question("span", {{"name", "\xc3\xbc"}}), "span?name=%C3%BC");
}

TEST(ReportArchive, KeepsWithinItsBudget) {
  ReportArchive archive(400);
  std::string noise;  // that no packing makes smaller
  for (uint32_t i = 0, x = 1; i < 2000; ++i) {
    x = x * 1664525 + 1013904223;
    noise += static_cast<char>(x >> 24);
  }
  EXPECT_TRUE(archive.add("small", "{}", false));
  EXPECT_FALSE(archive.add("large", noise, false));
  EXPECT_TRUE(archive.add("must", noise, true));
  EXPECT_EQ(archive.bytes_left(), 0u);
  const std::string text = archive.text();
  EXPECT_EQ(text.substr(0, 5), "H4sIA");  // base64 of gzip's first bytes
  EXPECT_EQ(text.size() % 4, 0u);
}

}  // namespace
}  // namespace hone::serve
