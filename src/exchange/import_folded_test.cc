#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/costs_test_support.h"
#include "exchange/stack_depth.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ImportFolded, OneCostALine) {
  const Imported got = imported(
      "main;a b(int, char);c 12\r\n"
      "main;a b(int, char) 3\n"
      "\n"
      "main;a b(int, char);c;d\t4\n"
      "other 7");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got),
              ElementsAre("samples: main;a b(int, char) 3", "samples: main;a b(int, char);c 12",
                          "samples: main;a b(int, char);c;d 4", "samples: other 7"));
  EXPECT_EQ(got.left.at("folded.no_unit"), 1u);
  EXPECT_EQ(got.left.size(), 1u);
}

TEST(ImportFolded, WhatStackcollapseSaysOfFrames) {
  const Imported got = imported(
      "app;main;inner_[i];innermost_[i];read_[k] 5\n"
      "app;main;inner_[i] 1\n"
      "app;main;jitted_[j] 2\n"
      "my-app-12/34;main 3\n"
      "my-app-?/35;main;_[k] 4\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got),
              ElementsAre("samples my-app: main 3", "samples my-app: main;_[k] 4",
                          "samples: app;main;[jit]!jitted 2", "samples: app;main>inner 1",
                          "samples: app;main>inner>innermost;[kernel]!read 5"));
  EXPECT_EQ(got.profile->processes()[1].pid, 12u);
}

TEST(ImportFolded, FractionsKeepTheirParts) {
  const Imported got = imported("a;b 0.25\na;c 3\na 1.5e1\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got),
              ElementsAre("value-millionths: a 15000000", "value-millionths: a;b 250000",
                          "value-millionths: a;c 3000000"));
  EXPECT_EQ(got.left.at("folded.fractions"), 1u);
}

TEST(ImportFolded, NumbersTooSmallAreCounted) {
  const Imported got = imported("a;b 0.0000004\na;c 1e-9\na;d 0.000001\na;e 0.0\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("folded.too_small"), 2u);
  EXPECT_THAT(costs(got), ElementsAre("value-millionths: a;d 1", "value-millionths: a;e 0"));
}

TEST(ImportFolded, LinesOfTheSameStackAreOneSum) {
  std::string text = "a-1/2;b 9223372036854775807\n";
  constexpr int kLines = 3'000'000;
  for (int i = 0; i < kLines; ++i) text += i % 2 == 0 ? "a;b 1\n" : "a;c 2\n";
  const Imported got = imported(text + "a-1/2;b 3\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_LT(got.profile->costs().size(), 2u << 20);
  int64_t b = 0, c = 0;
  for (const profile::Cost& cost : got.profile->costs()) {
    if (cost.thread != ThreadId::kNone) continue;
    (stack_words(*got.profile, cost.stack) == "a;b" ? b : c) += cost.value;
  }
  EXPECT_EQ(b, kLines / 2);
  EXPECT_EQ(c, kLines);
}

TEST(ImportFolded, NumbersThatDoNotFitAreCounted) {
  const Imported got = imported("a;b -3\na;c 99999999999999999999\na;d 9000000000000000000\na 1.5");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("value-millionths: a 1500000"));
  EXPECT_EQ(got.left.at("import.negative_cost"), 1u);
  EXPECT_EQ(got.left.at("import.cost_out_of_range"), 2u);
}

TEST(ImportFolded, DifferencesAreRefusedAndNamesMayEndInNumbers) {
  const Imported refused = imported("a;b 1 2\na;c 3 4\n");
  ASSERT_FALSE(refused.profile);
  EXPECT_EQ(refused.error.code, Code::Unsupported);
  EXPECT_THAT(refused.error.message, HasSubstr("difference"));
  const Imported got = imported("a;worker 1 2\na;c 3\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("samples: a;c 3", "samples: a;worker 1 2"));
  // Of one line nobody knows; names that end so are more usual.
  const Imported one = imported("a;thread 3 5\n");
  ASSERT_TRUE(one.profile) << one.error.message;
  EXPECT_THAT(costs(one), ElementsAre("samples: a;thread 3 5"));
  EXPECT_EQ(one.left.at("folded.two_numbers"), 1u);
}

TEST(ImportFolded, VeryLongLines) {
  std::string line = "root";
  for (int i = 0; i < 20'000; ++i) line += ";a_function_with_quite_a_long_name";
  const Imported got = imported("a;b 1\n" + line + " 7\n" + line + ";more 8\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.stack_too_deep"), 2u);
  EXPECT_EQ(got.profile->costs().size(), 3u);
  EXPECT_EQ(got.profile->stacks().size(), 1u + 2 + 8192);
}

TEST(ImportFolded, WhatIsInlinedIsOfTheDepthToo) {
  std::string line = "root";
  for (int i = 0; i < 20'000; ++i) line += ";f_[i]";
  const Imported got = imported("a;b 1\n" + line + ";g 7\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.stack_too_deep"), 1u);
  EXPECT_EQ(got.profile->lines().function.size(), 1 + 2 + kStackDepthMost);
}

TEST(ImportFolded, WhatIsNoStackIsRefusedWithItsLine) {
  const Imported got = imported("a;b 1\n\nno number here\na;b 2\n", "folded");
  ASSERT_FALSE(got.profile);
  EXPECT_EQ(got.error.code, Code::Corrupt);
  EXPECT_THAT(got.error.message, HasSubstr("line 3"));
  const Imported cut = imported("a;b 1\na;ma");
  ASSERT_TRUE(cut.profile) << cut.error.message;
  EXPECT_EQ(cut.left.at("import.cut_short"), 1u);
  EXPECT_EQ(imported("no frames 1\n").error.code, Code::Unsupported);
  EXPECT_EQ(imported("a; b\na; c 1\n").error.code, Code::Unsupported);
}

TEST(ImportFolded, NothingButItsHeadIsNoError) {
  const Imported got = imported("# a comment\n", "folded");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), IsEmpty());
}

}  // namespace
}  // namespace hone::exchange
