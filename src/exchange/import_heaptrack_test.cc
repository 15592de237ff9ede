#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/import_samples_text.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// 16 bytes at main;outer;make, of which outer was inlined, and 8 at main.
constexpr std::string_view kFile =
    "v 10400 3\nX ./app 7\nI 1000 5e298f\n# a comment\ns 8 /bin/app\ns 4 make\ns 4 main\n"
    "s 5 outer\ns 6 a b.cc\ni 10 1 2 5 c 4 5 1f\ni 20 1 3 5 9\ni 30 1\nt 2 0\nt 1 1\nt 3 1\n"
    "a 10 2\na 8 1\na 4 3\n+ 0\n+ 0\nc 5\n+ 1\n- 1\n- 0\nc a\nR 2\n+ 2\n";

TEST(ImportHeaptrack, SumsByStackAndTheHeapOverTime) {
  const Imported got = imported(std::string(kFile));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(
      costs_text(got),
      ElementsAre("alloc-bytes 32/2: main;outer;make", "alloc-count 2/2: main;outer;make",
                  "leaked 16/1: main;outer;make", "heaptrack.peak-bytes 32/0: main;outer;make",
                  // It is of number 0, which heaptrack takes for none as well.
                  "heaptrack.temporary 1/1: main;outer;make", "alloc-bytes 8/1: main",
                  "alloc-count 1/1: main", "heaptrack.peak-bytes 8/0: main",
                  "heaptrack.temporary 1/1: main", "alloc-bytes 4/1: main;0x30",
                  "alloc-count 1/1: main;0x30", "leaked 4/1: main;0x30"));
  std::vector<std::string> plots;
  for (const profile::PlotValue& value : got.profile->instrumentation().plots) {
    plots.push_back(got.name(value.site) + " " + std::to_string(raw(value.time)) + " " +
                    std::to_string(static_cast<int>(value.value)));
  }
  EXPECT_THAT(plots,
              ElementsAre("heap 5000000 32", "heap 10000000 16", "resident memory 10000000 8192"));
  EXPECT_THAT(got.left, IsEmpty());
}

TEST(ImportHeaptrack, OtherVersionsRawFilesAndNonsense) {
  const Imported old = imported("v 10000 1\nX a\ns /x y\ni 1 1\nt 1 0\na 2 1\n+ 0\n");
  ASSERT_TRUE(old.profile) << old.error.message;
  EXPECT_EQ(old.profile->string(old.profile->modules()[1].path), "/x y");
  for (const auto& [text, words] :
       {std::pair<std::string, std::string>{"v 20000 4\nX a\n", "version 4"},
        {"v 900 0\nX a\n", "version 0"},
        {"v 10400 3\nx 5 /a\n", "interpreted"},
        {"v 10400 3\nX a\n+ 7\n- 7\n", "line 3"},
        {"v 10400 3\nX a\nt 1 0\n# more\n", "line 3"}}) {
    const Imported got = imported(text);
    ASSERT_FALSE(got.profile) << text;
    EXPECT_THAT(got.error.message, HasSubstr(words));
  }
  const Imported cut = imported(std::string(kFile) + "+ ");
  ASSERT_TRUE(cut.profile) << cut.error.message;
  EXPECT_EQ(cut.left.at("import.cut_short"), 1u);
  const Imported twice = imported(std::string(kFile) + "- 1\n- 1\n");
  ASSERT_TRUE(twice.profile) << twice.error.message;
  EXPECT_EQ(twice.left.at("import.release_without_allocation"), 2u);
}

TEST(ImportHeaptrack, WhatDoesNotFitIsCountedAndSumsStayRight) {
  std::string text = "v 10400 3\nX a\na 1000000000000 0\na 7 0\n";
  constexpr int kBeyond = 32768;
  for (int i = 0; i < kBeyond; ++i) text += "+ 0\n";
  const Imported got = imported(text + "+ 1\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  // Sums of so many bytes are more than a profile takes when it is read, which it says itself.
  EXPECT_THAT(costs_text(got), ElementsAre("alloc-count 32768/32768: "));
  EXPECT_EQ(got.left.at("import.cost_out_of_range"), 1u);
}

TEST(ImportHeaptrack, AReleaseOfNothingEndsWhatWasAllocatedLast) {
  const Imported got = imported("v 10400 3\nX a\na 1 0\na 2 0\n+ 1\n- 1\n+ 1\n- 0\n- 1\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  // The last is released after another release: not at once.
  EXPECT_THAT(costs_text(got), testing::Contains("heaptrack.temporary 1/1: "));
}

TEST(ImportHeaptrack, TextsWithLineEndsAndLinesThatNobodyKnows) {
  const Imported got = imported(
      "v 10400 3\nX a\ns 2 /m\ns c one\n+ 0\ntail\ns 4 two\r\ni 1 1 2\n"
      "i 2 1 3\n? 1\nt 1 0\na 8 1\n+ 0\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs_text(got), testing::Contains("alloc-bytes 8/1: one"));
  EXPECT_EQ(got.left.at("import.unknown_line"), 1u);
  EXPECT_EQ(got.left.size(), 1u);
}

// As slow as the file is long: a hundred times as many look-ups would take minutes.
TEST(ImportHeaptrack, InlinedCallsAreExpandedOnceForEachCaller) {
  std::string text = "v 10400 3\nX a\ns 1 m\ns 1 f\ni 1 1";
  for (int i = 0; i < 4000; ++i) text += " 2 0 0";
  text += "\n";
  for (int i = 0; i < 300'000; ++i) text += "t 1 0\n";
  const Imported got = imported(text);
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.profile->stacks().parent.size(), 4001u);
}

}  // namespace
}  // namespace hone::exchange
