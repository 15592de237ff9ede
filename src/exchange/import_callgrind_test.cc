#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "exchange/costs_test_support.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The example of the manual, once with names and once with numbers for them.
constexpr std::string_view kPlain = R"(# callgrind format
events: Instructions

fl=file1.c
fn=main
16 20
cfn=func1
calls=1 50
16 400
cfi=file2.c
cfn=func2
calls=3 20
16 400

fn=func1
51 100
cfi=file2.c
cfn=func2
calls=2 20
51 300

fl=file2.c
fn=func2
20 700
)";
constexpr std::string_view kCompressed = R"(# callgrind format
version: 1
events: Instructions
fl=(1) file1.c
fl=(2) file2.c
fn=(1) main
fn=(2) func1
fn=(3) func2

fl=(1)
fn=(1)
16 20
cfn=(2)
calls=1 50
* 400
cfi=(2)
cfn=(3)
calls=3 +4
+0 0x190

fn=(2)
+35 100
jump=3 -2
*
jcnd=1/2 +3
*
cfl=(2)
cfn=(3)
calls=2 20
* 300

fl=(2)
fn=(3)
-31 700
totals: 820
)";

TEST(ImportCallgrind, WhatIsSpentIsSplitAsCallsAre) {
  for (const std::string_view text : {kPlain, kCompressed}) {
    const Imported got = imported(std::string(text));
    ASSERT_TRUE(got.profile) << got.error.message;
    EXPECT_THAT(
        costs(got),
        ElementsAre("Instructions: main (file1.c:16) 20",
                    "Instructions: main (file1.c:16);func1 (file1.c:51) 100",
                    "Instructions: main (file1.c:16);func1 (file1.c:51);func2 (file2.c:20) 300",
                    "Instructions: main (file1.c:16);func2 (file2.c:20) 400"));
    EXPECT_EQ(got.left.at("callgrind.stacks_worked_out"), 4u);
    EXPECT_EQ(got.left.size(), 1u);
  }
}

TEST(ImportCallgrind, ColumnsInlinedFilesAndObjects) {
  const Imported got = imported(
      "version: 1\ncreator: callgrind-3\ncmd: ./app 7\npositions: instr line\n"
      "event: Xy : A title\nevents: Ir Dr Xy\n\n"
      "ob=/usr/bin/app\nfl=a.cc\nfn=main\n0x1000 3 10 5 1\n+4 * 2\nfi=b.h\n+4 +4 7 0 2\nfe=a.cc\n"
      "* -3 1\nfn=other\n+1 8 9\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(
      costs(got),
      ElementsAre("Dr: app!main (a.cc:3) 5", "Xy: app!main (a.cc:3) 1", "Xy: app!main (b.h:7) 2",
                  "instructions: app!main (a.cc:3) 12", "instructions: app!main (a.cc:4) 1",
                  "instructions: app!main (b.h:7) 7", "instructions: app!other (a.cc:8) 9"));
  EXPECT_EQ(got.profile->meta("run.command"), "./app 7");
  EXPECT_EQ(got.profile->string(got.profile->cost_metrics()[3].title), "A title");
  EXPECT_EQ(got.left.at("callgrind.addresses"), 1u);
}

TEST(ImportCallgrind, PartsAndThreadsAddUpAndAreChecked) {
  const Imported got = imported(
      "# callgrind format\npid: 12\nthread: 1\npart: 1\nevents: Ir Dr\nsummary: 5 1\n"
      "fl=(1) a.c\nfn=(1) f\n1 5 1\ntotals: 5 1\n"
      "part: 2\nevents: Dr Ir\nfl=(1)\nfn=(1)\n1 2 40\ntotals: 2 41\n"
      "part: 1\nthread: 2\nevents: Ir Dr\nsummary: 7\nfl=(1)\nfn=(1)\n1 8\ntotals: 8\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("Dr 1: f (a.c:1) 3", "instructions 1: f (a.c:1) 45",
                                      "instructions 2: f (a.c:1) 8"));
  EXPECT_EQ(got.left.at("callgrind.totals_differ"), 1u);
  EXPECT_EQ(got.left.at("callgrind.summary_differ"), 1u);
  EXPECT_EQ(got.profile->processes()[1].pid, 12u);
}

TEST(ImportCallgrind, RecursionIsClosed) {
  // main calls even; even and odd call each other; odd calls itself, and leaf.
  const Imported got = imported(
      "# callgrind format\nevents: Ir\nfn=main\n1 1\ncfn=even\ncalls=1 0\n1 100\n"
      "fn=even\n2 30\ncfn=odd\ncalls=5 0\n2 90\n"
      "fn=odd\n3 40\ncfn=even\ncalls=4 0\n3 60\ncfn=odd\ncalls=2 0\n3 20\ncfn=leaf\ncalls=9 0\n"
      "3 30\nfn=leaf\n4 30\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got),
              ElementsAre("instructions: main (:1) 1", "instructions: main (:1);even (:2) 30",
                          "instructions: main (:1);even (:2);odd (:3) 40",
                          "instructions: main (:1);even (:2);odd (:3);leaf (:4) 30"));
  EXPECT_EQ(got.left.at("callgrind.recursion"), 2u);
}

TEST(ImportCallgrind, OwnCostsStayExactInAnyGraph) {
  // A function's number of callers, costs and lines as a generator has them: circles, too.
  uint32_t state = 7;
  const auto below = [&](uint32_t limit) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % limit;
  };
  for (int round = 0; round < 20; ++round) {
    std::string text = "# callgrind format\nevents: Ir Dr\n";
    std::map<std::string, int64_t> expected;
    for (int f = 0; f < 30; ++f) {
      const std::string name = "f" + std::to_string(f);
      text += "fn=" + name + "\n";
      for (uint32_t line = 1; line <= 1 + below(3); ++line) {
        const uint32_t ir = below(1'000'000), dr = below(7);
        text += std::to_string(line) + " " + std::to_string(ir) + " " + std::to_string(dr) + "\n";
        expected["Ir " + name + ":" + std::to_string(line)] += ir;
        expected["Dr " + name + ":" + std::to_string(line)] += dr;
      }
      for (uint32_t calls = below(4); calls > 0; --calls) {
        text += "cfn=f" + std::to_string(below(30)) + "\ncalls=" + std::to_string(below(9)) +
                " 0\n1 " + std::to_string(below(2'000'000)) + " 3\n";
      }
    }
    const Imported got = imported(text);
    ASSERT_TRUE(got.profile) << got.error.message;
    const profile::Profile& p = *got.profile;
    std::map<std::string, int64_t> sums;
    for (const profile::Cost& cost : p.costs()) {
      const bool is_ir = raw(cost.metric) == 1;
      const uint32_t row = p.frames().first_line[raw(p.stacks().frame[raw(cost.stack)])];
      const auto& function = p.functions()[raw(p.lines().function[row])];
      sums[(is_ir ? "Ir " : "Dr ") + std::string(p.string(function.name)) + ":" +
           std::to_string(p.lines().line[row])] += cost.value;
    }
    std::erase_if(expected, [](const auto& each) { return each.second == 0; });
    EXPECT_EQ(sums, expected) << round;
  }
}

TEST(ImportCallgrind, CostsOfCachegrindStandByLine) {
  const Imported got = imported(
      "desc: I1 cache: 32768 B\ncmd: ./app\nevents: Ir I1mr D1mr\nfl=a.c\nfn=main\n3 10 1 0\n"
      "4 5 0 2\nfl=???\nfn=???\n0 7 0 0\nsummary: 22 1 2\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("D1mr: main (a.c:4) 2", "I1mr: main (a.c:3) 1",
                                      "instructions: [unknown] 7", "instructions: main (a.c:3) 10",
                                      "instructions: main (a.c:4) 5"));
  EXPECT_TRUE(got.left.empty());
}

TEST(ImportCallgrind, NonsenseIsRefusedWithItsLine) {
  const auto error = [](std::string_view text) {
    const Imported got = imported("# callgrind format\n" + std::string(text));
    EXPECT_FALSE(got.profile) << text;
    return got.error.message;
  };
  EXPECT_THAT(error("events: Ir\nfn=f\n1 2 3\n"), HasSubstr("line 4"));
  EXPECT_THAT(error("fn=f\n1 2\n"), HasSubstr("names its events"));
  EXPECT_THAT(error("events: Ir\nfn=f\n1 x\n"), HasSubstr("line 4"));
  EXPECT_THAT(error("version: 2\n"), HasSubstr("line 2"));
  EXPECT_THAT(error("events: Ir\nwhat is this\n"), HasSubstr("line 3"));
  const Imported unknown =
      imported("# callgrind format\nevents: Ir\nfn=(7)\n1 99999999999999999999999\n");
  EXPECT_FALSE(unknown.profile);
  const Imported large =
      imported("# callgrind format\nevents: Ir\nfn=(7)\n1 18446744073709551615\n2 1\n");
  ASSERT_TRUE(large.profile) << large.error.message;
  EXPECT_EQ(large.left.at("import.cost_out_of_range"), 1u);
  EXPECT_EQ(large.left.at("callgrind.missing_name"), 1u);
}

}  // namespace
}  // namespace hone::exchange
