#include "analysis/function_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/call_edges.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::profile_of_text;
using Lines = std::vector<std::string>;

constexpr int64_t kMs = 1'000'000;
const Selection kAll;

FunctionTable compared(const Profile& a, const Profile& b, TableBy by = TableBy::kFunction,
                       Metric metric = Metric::kCpu) {
  return function_table({&a, &kAll}, {&b, &kAll}, metric, by);
}
FunctionTable of_one(const Profile& a, TableBy by = TableBy::kFunction,
                     Metric metric = Metric::kCpu) {
  return function_table({&a, &kAll}, {}, metric, by);
}

// "name self/total | self/total verdict" in ms (or counts), by name.
Lines shown(const FunctionTable& table, DeltaOf of = DeltaOf::kShare, int64_t unit = kMs) {
  Lines lines;
  const auto sums = [&](const TableSums& one) {
    return one.here ? std::to_string(one.self / unit) + "/" + std::to_string(one.total / unit)
                    : std::string("-");
  };
  for (const FunctionRow& row : table.rows) {
    std::string line = row.name + " " + sums(row.a);
    if (table.compared) {
      line += " | " + sums(row.b) + " " + std::string(verdict_name(table.verdict(row, of)));
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(FunctionTable, OfOneRecordingAsInHotSpots) {
  const auto p = profile_of_text(R"(
    main;work;[inlined]helper 30
    main;fib;fib 4
    main;/usr/lib/libc.so.6!read;[kernel]copy 2
    - 1
  )");
  const FunctionTable table = of_one(p);
  EXPECT_EQ(shown(table), (Lines{"[no stack] 1/1", "copy 2/2", "fib 4/4", "helper 30/30",
                                 "main 0/36", "read 0/2", "work 0/30"}));
  EXPECT_EQ(table.a.total, 37 * kMs);
  EXPECT_EQ(table.a.samples, 37u);
  for (const FunctionRow& row : table.rows) {
    EXPECT_NE(row.key, 0u);
    EXPECT_EQ(row.inlined, row.name == "helper");
    const CodeKind kind = row.name == "copy"   ? CodeKind::kKernel
                          : row.name == "read" ? CodeKind::kSystem
                                               : CodeKind::kUser;
    EXPECT_EQ(row.kind, kind) << row.name;
  }
}

TEST(FunctionTable, StaticFunctionsOfOneNameAreOneRow) {
  const auto p = profile_of_text(R"(
    @function helper start=0x1000 file=a.cc line=1
    main;helper 3
    main;/opt/app!helper 2
    main;/usr/bin/other!helper 5
  )");
  // Of /usr/bin/app and /opt/app: modules go by file name.
  EXPECT_EQ(shown(of_one(p)), (Lines{"helper 5/5", "helper 5/5", "main 0/10"}));
}

TEST(FunctionTable, APlantedRegressionIsFoundAndTheRestIsNot) {
  const auto a = profile_of_text("main;parse 1000\nmain;draw 1000\nmain;sort 2000\nmain 2");
  const auto b = profile_of_text("main;parse 1500\nmain;draw 1000\nmain;sort 2000\nmain 3");
  EXPECT_EQ(
      shown(compared(a, b), DeltaOf::kTotal),
      (Lines{"draw 1000/1000 | 1000/1000 inconclusive", "main 2/4002 | 3/4503 no change",
             "parse 1000/1000 | 1500/1500 regressed", "sort 2000/2000 | 2000/2000 inconclusive"}));
  // As shares of each side, what the others lost is seen too.
  const FunctionTable table = compared(a, b);
  for (const FunctionRow& row : table.rows) {
    if (row.name == "parse") {
      EXPECT_EQ(table.verdict(row, DeltaOf::kShare), Verdict::kRegressed);
      EXPECT_NEAR(table.delta(row, DeltaOf::kShare), 1500.0 / 4503 - 1000.0 / 4002, 1e-12);
      EXPECT_EQ(table.delta(row, DeltaOf::kTotal), 500e6);
    }
  }
}

TEST(FunctionTable, FewSamplesAreInconclusiveAndManyOfTheSameAreNoChange) {
  const auto few = profile_of_text("main;parse 5\nmain;draw 15");
  const auto few_more = profile_of_text("main;parse 8\nmain;draw 12");
  EXPECT_EQ(shown(compared(few, few_more)),
            (Lines{"draw 15/15 | 12/12 inconclusive", "main 0/20 | 0/20 inconclusive",
                   "parse 5/5 | 8/8 inconclusive"}));
  const auto many = profile_of_text("main;parse 50000\nmain;draw 150000");
  EXPECT_EQ(shown(compared(many, many)), (Lines{"draw 150000/150000 | 150000/150000 no change",
                                                "main 0/200000 | 0/200000 no change",
                                                "parse 50000/50000 | 50000/50000 no change"}));
}

TEST(FunctionTable, UnequalWeightsAreWorthFewerSamples) {
  // 100 samples that weigh 1 ms and one that weighs 400 ms: an effective 1.6 samples.
  const auto a = profile_of_text("main;parse 100\nmain;draw 1 weight=400000000");
  const auto b = profile_of_text("main;parse 200\nmain;draw 1 weight=400000000");
  EXPECT_EQ(shown(compared(a, b), DeltaOf::kTotal),
            (Lines{"draw 400/400 | 400/400 inconclusive", "main 0/500 | 0/600 inconclusive",
                   "parse 100/100 | 200/200 inconclusive"}));
}

TEST(FunctionTable, WhatOnlyOneSideHasIsListed) {
  const auto a = profile_of_text("main;old_sort 10\nmain;parse 90");
  const auto b = profile_of_text("main;new_sort 10\nmain;parse 90");
  EXPECT_EQ(shown(compared(a, b)),
            (Lines{"main 0/100 | 0/100 inconclusive", "new_sort - | 10/10 only in b",
                   "old_sort 10/10 | - only in a", "parse 90/90 | 90/90 inconclusive"}));
}

TEST(FunctionTable, WithoutSamplesNothingIsSaid) {
  const auto none = profile_of_text("@process app");
  const auto some = profile_of_text("main 3");
  EXPECT_EQ(shown(of_one(none)), Lines{});
  EXPECT_EQ(shown(compared(none, some)), (Lines{"main - | 3/3 only in b"}));
  EXPECT_EQ(shown(compared(some, none)), (Lines{"main 3/3 | - only in a"}));
  EXPECT_EQ(of_one(none).self_share({}, of_one(none).a).high, 1);
}

TEST(FunctionTable, ThreadsGoByNameWhenTheyAreCompared) {
  const auto a = profile_of_text(R"(
    main 6
    main 2 thread=io
    main 1 thread=io process=other
  )");
  EXPECT_EQ(shown(of_one(a, TableBy::kThread)),
            (Lines{"io (tid 1001) 2/2", "io (tid 1002) 1/1", "main 6/6"}));
  EXPECT_EQ(shown(of_one(a, TableBy::kProcess)), (Lines{"app 8/8", "other 1/1"}));
  EXPECT_EQ(shown(compared(a, a, TableBy::kThread)),
            (Lines{"io 3/3 | 3/3 inconclusive", "main 6/6 | 6/6 inconclusive"}));
}

TEST(FunctionTable, ByLineModuleAndSubsystem) {
  const auto p = profile_of_text(R"(
    main@m.cc:3;work@m.cc:10;[inlined]get@vec.h:7 6
    main@m.cc:3;libc.so.6!memcpy 1
  )");
  EXPECT_EQ(shown(of_one(p, TableBy::kLine)),
            (Lines{"m.cc:10 0/6", "m.cc:3 0/7", "memcpy 1/1", "vec.h:7 6/6"}));
  EXPECT_EQ(shown(of_one(p, TableBy::kModule)), (Lines{"/usr/bin/app 6/7", "libc.so.6 1/1"}));
  Selection rules;
  rules.subsystems = {{.name = "copying", .function = {"mem*"}}};
  EXPECT_EQ(shown(function_table({&p, &rules}, {}, Metric::kCpu, TableBy::kSubsystem)),
            (Lines{"(other) 6/6", "copying 1/1"}));
}

TEST(FunctionTable, NamesOfAnyLengthAndKind) {
  const std::string name(10'000, 'x');
  const auto p = profile_of_text("main;" + name + " 2\nmain;<script>alert(1)</script> 1");
  EXPECT_EQ(shown(of_one(p)), (Lines{"<script>alert(1)</script> 1/1", "main 0/3", name + " 2/2"}));
}

TEST(FunctionTable, SamplesCountEachAsOne) {
  const auto p = profile_of_text("main;a 2 weight=5000000\nmain;b 1");
  EXPECT_EQ(shown(of_one(p, TableBy::kFunction, Metric::kSamples), DeltaOf::kShare, 1),
            (Lines{"a 2/2", "b 1/1", "main 0/3"}));
}

TEST(FunctionNeighbours, OfTwoRecordings) {
  const auto a = profile_of_text(R"(
    main;read;parse;malloc 4
    main;read;parse 2
    main;parse;parse;free 1
  )");
  const auto b = profile_of_text(R"(
    main;parse;malloc 9
    main;send 5
  )");
  uint64_t key = 0;
  for (const FunctionRow& row : of_one(a).rows) {
    if (row.name == "parse") key = row.key;
  }
  const FunctionNeighbours n = function_neighbours({&a, &kAll}, {&b, &kAll}, Metric::kCpu, key);
  EXPECT_EQ(n.function.name, "parse");
  EXPECT_EQ(n.function.a.self, 2 * kMs);
  EXPECT_EQ(n.function.a.total, 7 * kMs);
  EXPECT_EQ(n.function.b.total, 9 * kMs);
  EXPECT_EQ(n.b.total, 14 * kMs);
  const auto rows = [](const std::vector<NeighbourRow>& from) {
    Lines lines;
    for (const NeighbourRow& row : from) {
      lines.push_back(row.name + " " + (row.in_a ? std::to_string(row.a.ns / kMs) : "-") + "|" +
                      (row.in_b ? std::to_string(row.b.ns / kMs) : "-"));
    }
    return lines;
  };
  EXPECT_EQ(rows(n.callers), (Lines{"main 1|9", "read 6|-", "parse 1|-"}));
  EXPECT_EQ(rows(n.callees), (Lines{"malloc 4|9", "free 1|-", "parse 1|-"}));
  EXPECT_EQ(function_neighbours({&a, &kAll}, {}, Metric::kCpu, 12345).function.name, "");
}

TEST(Difference, Verdicts) {
  const auto of = [](double estimate, double low, double high) {
    return verdict_name(judge(estimate, {low, high}, 1));
  };
  EXPECT_EQ(of(0.1, -0.5, 0.7), "no change");
  EXPECT_EQ(of(0.5, 0.3, 0.7), "no change");
  EXPECT_EQ(of(2, 0.1, 4), "regressed");
  EXPECT_EQ(of(-2, -3, -1.5), "improved");
  EXPECT_EQ(of(2, -0.1, 4), "inconclusive");
  EXPECT_EQ(of(0, -3, 3), "inconclusive");
  EXPECT_EQ(of(0.9, 0.2, 1.6), "inconclusive");
}

}  // namespace
}  // namespace hone::analysis
