// Spans and waits as paths: what flame graphs and function tables show of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "analysis/flame_text_test.h"
#include "analysis/function_table.h"
#include "analysis/path_rows.h"
#include "analysis/span_view.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::profile_of_text;
using Lines = std::vector<std::string>;

const char* const kText = R"(
  @meta waits.tier stacks at the switch
  @span step start=0 ns=100000000
  @span solve start=10000000 ns=40000000 depth=1
  @span solve start=12000000 ns=10000000 depth=2
  @span step start=200000000 ns=50000000
  @span draw start=0 ns=300000000 thread=gl
  @wait main;lock;[kernel]futex_wait start=15000000 ns=5000000
  @wait main;read;[kernel]vfs_read start=210000000 ns=20000000 runnable=3000000
  @wait main;nap start=400000000 ns=90000000 until=800000000 count=3
  main;work 3 time=15000000
  main;work 2 time=60000000
  main;late 1 time=150000000
  main;draw 4 time=1 thread=gl
)";

std::string flame(const Profile& p, Metric metric, const FlameOptions& options = {},
                  const PathOptions& paths = {}) {
  const PackedPaths tree = drawn_tree(p, "", paths, metric);
  return drawn(flame_tree({.a = &tree}, options));
}

TEST(SpanPaths, NestAndHaveTheirOwnTime) {
  const Profile p = profile_of_text(kText);
  EXPECT_EQ(flame(p, Metric::kSpans),
            "all 450/0\n  draw 300/300\n  step 150/110\n    solve 40/30\n      solve 10/10\n");
  EXPECT_EQ(flame(p, Metric::kSpans, {.way = FlameWay::kInverted}),
            "all 450/0\n  draw 300/300\n  step 110/110\n  solve 40/0\n    step 30/30\n"
            "    solve 10/0\n      step 10/10\n");
  EXPECT_EQ(flame(p, Metric::kSpans, {}, {.by = PathBy::kThread}).substr(0, 35),
            "all 450/0\n  gl 300/0\n    draw 300/3");
  const PackedPaths tree = drawn_tree(p, "", {}, Metric::kSpans);
  const FlameTree nodes = flame_tree({.a = &tree}, {});
  EXPECT_EQ(nodes.nodes[0].samples, 5u);
  EXPECT_EQ(nodes.nodes[2].samples, 2u);  // steps
  // By the end of a span; what is around it stands there without its own time.
  const PackedPaths part = drawn_tree(p, "", {}, Metric::kSpans, {.time_last = TimeNs{60'000'000}});
  EXPECT_EQ(drawn(flame_tree({.a = &part}, {})),
            "all 40/0\n  step 40/0\n    solve 40/30\n      solve 10/10\n");
}

// Weight and count, index = row.
std::vector<std::pair<int64_t, uint64_t>> own_of_rows(const PathTree& tree) {
  std::vector<std::pair<int64_t, uint64_t>> out(tree.size());
  for (const PathTree::Own& own : tree.own) {
    out[own.row].first += own.weight;
    out[own.row].second += own.count;
  }
  return out;
}

TEST(SpanPaths, AreTheSameOnAnyNumberOfThreads) {
  std::string text;
  for (int thread = 0; thread < 9; ++thread) {
    for (int step = 0; step < 50; ++step) {
      const int at = step * 1000;
      text += fmt::format("@span s{} start={} ns=900 thread=t{}\n", step % 7, at, thread % 5);
      text += fmt::format("@span in{} start={} ns={} depth=1 thread=t{}\n", (step + thread) % 11,
                          at, 100 + thread, thread % 5);
    }
  }
  const Profile p = profile_of_text(text);
  for (const PathBy by : {PathBy::kFunction, PathBy::kThread}) {
    const PathTree one = span_paths(p, {}, {.by = by}, 1, 1);
    EXPECT_GT(one.size(), 80u);
    for (const unsigned threads : {2u, 3u, 8u}) {
      const PathTree many = span_paths(p, {}, {.by = by}, threads, 1);
      EXPECT_EQ(many.parent, one.parent);
      EXPECT_EQ(many.name, one.name);
      EXPECT_EQ(own_of_rows(many), own_of_rows(one));
      for (size_t i = 0; i < one.names->all.size(); ++i) {
        EXPECT_EQ(many.names->all[i].name, one.names->all[i].name);
      }
    }
  }
}

TEST(SpanPaths, WaitsByStack) {
  const Profile p = profile_of_text(kText);
  EXPECT_EQ(flame(p, Metric::kOffCpu),
            "all 112/0\n  main 112/0\n    nap 90/90\n    read 17/0\n      vfs_read 17/17 kernel\n"
            "    lock 5/0\n      futex_wait 5/5 kernel\n");
  EXPECT_EQ(flame(p, Metric::kLockWait),
            "all 5/0\n  main 5/0\n    lock 5/0\n      futex_wait 5/5 kernel\n");
  EXPECT_EQ(flame(p, Metric::kRunnable),
            "all 3/0\n  main 3/0\n    read 3/0\n      vfs_read 3/3 kernel\n");
  EXPECT_EQ(flame(p, Metric::kWall).substr(0, 23), "all 125/0\n  main 125/0\n");
  // Inside a span: those in one row with others are left out.
  const PackedPaths tree = drawn_tree(p, "", {}, Metric::kOffCpu, {.inside = "step"});
  EXPECT_EQ(tree.weight(0), 22'000'000);
  const PackedPaths user = drawn_tree(p, "", {}, Metric::kLockWait, {.include_kernel = false});
  EXPECT_EQ(drawn(flame_tree({.a = &user}, {})), "all 5/0\n  main 5/0\n    lock 5/5\n");
}

// "name self/total" in ms, by name.
Lines rows(const Profile& p, Metric metric, TableBy by) {
  const Selection all;
  Lines out;
  for (const FunctionRow& row : function_table({&p, &all}, {}, metric, by).rows) {
    out.push_back(row.name + " " + std::to_string(row.a.self / 1'000'000) + "/" +
                  std::to_string(row.a.total / 1'000'000) + " " +
                  std::to_string(row.a.self_samples));
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(SpanPaths, AsRowsOfATable) {
  const Profile p = profile_of_text(kText);
  EXPECT_EQ(rows(p, Metric::kSpans, TableBy::kFunction),
            (Lines{"draw 300/300 1", "solve 40/40 2", "step 110/150 2"}));
  EXPECT_EQ(rows(p, Metric::kCpu, TableBy::kSpan),
            (Lines{"[no span] 1/1 1", "draw 4/4 4", "solve 3/3 3", "step 2/5 2"}));
  EXPECT_EQ(rows(p, Metric::kOffCpu, TableBy::kSpan),
            (Lines{"[not known] 90/90 3", "solve 5/5 1", "step 17/22 1"}));
}

TEST(DurationCounts, StepsAndTheirEdges) {
  for (const uint64_t ns : {0ULL, 1ULL, 31ULL, 32ULL, 33ULL, 63ULL, 64ULL, 1000ULL, 123456789ULL,
                            (1ULL << 62) + 5, (1ULL << 63) - 1}) {
    const size_t step = DurationCounts::step_of(ns);
    EXPECT_LT(step, DurationCounts::kSteps);
    EXPECT_LE(DurationCounts::edge_of(step), static_cast<int64_t>(ns));
    EXPECT_TRUE(DurationCounts::edge_of(step + 1) > static_cast<int64_t>(ns) ||
                DurationCounts::edge_of(step + 1) == INT64_MAX)
        << ns;
  }
  DurationCounts a, b;
  for (uint64_t ns = 100; ns < 200; ++ns) a.add(ns);
  b.add(5);
  const DurationCounts::Bars bars = DurationCounts::bars(a, &b, 10);
  EXPECT_LE(bars.counts.size(), 10u);
  EXPECT_EQ(bars.edges.size(), bars.counts.size() + 1);
  EXPECT_EQ(bars.edges[0], 5);
  uint64_t sum = 0;
  for (const uint64_t count : bars.counts) sum += count;
  EXPECT_EQ(sum, 100u);
  EXPECT_EQ(bars.counts_b[0], 1u);
  EXPECT_TRUE(DurationCounts::bars({}, nullptr, 10).counts.empty());
}

}  // namespace
}  // namespace hone::analysis
