// Bars of windows against all spans, looked at one by one.
#include "profile/span_levels.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "profile/profile.h"
#include "profile/span_window.h"
#include "recording/builder.h"

namespace hone::profile {
namespace {

using Random = std::mt19937_64;

void put(SpanColumns& rows, int64_t start, int64_t end, uint32_t site, uint32_t depth) {
  rows.end_ns.push_back(static_cast<uint64_t>(end));
  rows.duration_ns.push_back(static_cast<uint64_t>(end - start));
  rows.site.push_back(site);
  rows.depth.push_back(static_cast<uint8_t>(depth));
}

// Trees one after the other, between pauses of all lengths.
struct Trees {
  Random random;
  uint32_t depth_max = 6;
  int64_t leaf_ns = 300;
  bool bursts = true;

  explicit Trees(uint64_t seed) : random(seed) {}
  uint64_t below(uint64_t n) { return random() % n; }

  // Gives when it ended.
  int64_t tree(SpanColumns& rows, int64_t start, uint32_t depth) {
    int64_t time = start + static_cast<int64_t>(below(50));
    if (depth < depth_max) {
      for (uint64_t i = below(4); i > 0; --i) {
        time = tree(rows, time, depth + 1) + static_cast<int64_t>(below(3) == 0 ? 0 : below(200));
      }
    }
    if (below(5) != 0) time += static_cast<int64_t>(below(static_cast<uint64_t>(leaf_ns)));
    put(rows, start, time, 1 + static_cast<uint32_t>(below(90)), depth);
    return time;
  }
  SpanColumns make(size_t count) {
    SpanColumns rows;
    int64_t time = 1'000'000;
    while (rows.size() < count) {
      time = tree(rows, time, 0);
      if (bursts && below(100) == 0) time += int64_t{1} << below(34);
      if (below(3) == 0) leaf_ns = 1 + (int64_t{1} << below(16));
    }
    return rows;
  }
};

struct Rows {
  const SpanColumns& columns;
  size_t size() const { return columns.size(); }
  int64_t end(size_t i) const { return static_cast<int64_t>(columns.end_ns[i]); }
  int64_t length(size_t i) const { return static_cast<int64_t>(columns.duration_ns[i]); }
  int64_t start(size_t i) const { return end(i) - length(i); }
  bool is_in(size_t i, int64_t from, int64_t to) const {
    return std::max(end(i), start(i) + 1) > from && start(i) < to;
  }
};

struct Case {
  const Rows& rows;
  size_t first;  // number of the first row
  const SpanWindow& window;
  const std::vector<SpanBar>& bars;
  int64_t bucket() const { return int64_t{1} << window.step; }
  int64_t slack() const { return bucket() * window.fold; }
  int64_t time(int64_t at) const { return raw(window.begin) + at * bucket(); }
};

void expect_in_order(const Case& c) {
  for (size_t i = 0; i < c.bars.size(); ++i) {
    const SpanBar& bar = c.bars[i];
    ASSERT_LT(bar.start, bar.end);
    ASSERT_LE(bar.end, c.window.buckets);
    ASSERT_GE(bar.count, 1u);
    ASSERT_LT(bar.longest - c.first, c.rows.size());
    const size_t longest = bar.longest - c.first;
    ASSERT_EQ(bar.longest_ns, c.rows.length(longest));
    ASSERT_EQ(bar.site, c.rows.columns.site[longest]);
    ASSERT_EQ(bar.depth, c.rows.columns.depth[longest]);
    if (bar.count == 1) {
      ASSERT_EQ(bar.total_ns, bar.longest_ns);
    }
    if (i == 0 || c.bars[i - 1].depth != bar.depth) continue;
    ASSERT_GE(bar.start, c.bars[i - 1].end);
    ASSERT_GT(bar.depth + 1, c.bars[i - 1].depth);
  }
}

// Each span in one bar; a fold at an edge may bring some from beside it.
void expect_all_counted(const Case& c) {
  uint64_t bars = 0, exact = 0, most = 0;
  const int64_t begin = raw(c.window.begin), end = raw(c.window.end());
  for (const SpanBar& bar : c.bars) bars += bar.count;
  for (size_t i = 0; i < c.rows.size(); ++i) {
    exact += c.rows.is_in(i, begin, end);
    most += c.rows.is_in(i, begin - c.slack(), end + c.slack());
  }
  EXPECT_GE(bars, exact);
  EXPECT_LE(bars, most);
}

// A span is where it is drawn, within a fold; long ones have bars of their own.
void expect_spans_shown(const Case& c) {
  const int64_t n = c.window.buckets, off = c.window.fold + 1;
  for (size_t i = 0; i < c.rows.size(); ++i) {
    if (!c.rows.is_in(i, raw(c.window.begin), raw(c.window.end()))) continue;
    const int64_t from = (c.rows.start(i) - raw(c.window.begin)) >> c.window.step;
    const int64_t to = ((c.rows.end(i) - raw(c.window.begin)) >> c.window.step) + 1;
    const uint8_t depth = c.rows.columns.depth[i];
    auto bar = std::partition_point(c.bars.begin(), c.bars.end(), [&](const SpanBar& b) {
      return b.depth < depth || (b.depth == depth && b.end + off <= from);
    });
    ASSERT_TRUE(bar != c.bars.end() && bar->depth == depth && bar->start < to + off)
        << "span " << i << " at " << from << " to " << to << " is nowhere";
    int64_t longest = 0;
    for (auto near = bar; near != c.bars.end() && near->depth == depth && near->start < to + off;
         ++near) {
      longest = std::max(longest, near->longest_ns);
    }
    ASSERT_GE(longest, c.rows.length(i)) << "span " << i << " is in a bar of a shorter one";
    const int64_t seen = std::min(to - 1, n) - std::max<int64_t>(from, 0);
    if (seen < 3 || c.window.fold > 1) continue;
    while (bar != c.bars.end() && bar->longest != c.first + i) ++bar;
    ASSERT_TRUE(bar != c.bars.end()) << "span " << i << " has no bar of its own";
    EXPECT_EQ(bar->count, 1u);
    EXPECT_LE(std::abs(int64_t{bar->start} - std::max<int64_t>(from, 0)), 1);
    EXPECT_LE(std::abs(int64_t{bar->end} - std::min(to, n)), 1);
    EXPECT_EQ(bar->began_before, from < 0);
    EXPECT_EQ(bar->goes_on, c.rows.end(i) > raw(c.window.end()));
  }
}

// What a bar is called by is the longest of what lies well inside it, and does lie there.
void expect_longest(const Case& c) {
  for (const SpanBar& bar : c.bars) {
    const int64_t from = c.time(bar.start), to = c.time(bar.end);
    const size_t longest = bar.longest - c.first;
    EXPECT_TRUE(c.rows.is_in(longest, from - c.slack(), to + c.slack()));
  }
  for (size_t i = 0; i < c.rows.size(); ++i) {
    const auto bar = std::partition_point(c.bars.begin(), c.bars.end(), [&](const SpanBar& b) {
      return b.depth < c.rows.columns.depth[i] ||
             (b.depth == c.rows.columns.depth[i] && c.time(b.end) <= c.rows.start(i));
    });
    if (bar == c.bars.end() || bar->depth != c.rows.columns.depth[i]) continue;
    if (c.rows.start(i) < c.time(bar->start) || c.rows.end(i) >= c.time(bar->end)) continue;
    // In the last bucket of a bar what is folded may belong to the next one.
    if (c.rows.end(i) >= c.time(int64_t{bar->end} - c.window.fold)) continue;
    if (c.rows.start(i) < c.time(int64_t{bar->start} + c.window.fold)) continue;
    EXPECT_LE(c.rows.length(i), bar->longest_ns);
  }
}

SpanWindow any_window(const Rows& rows, Random& random) {
  SpanWindow window;
  window.buckets = static_cast<uint32_t>(1 + random() % 300);
  window.step = static_cast<unsigned>(random() % 30);
  const size_t at = random() % rows.size();
  const int64_t width = int64_t{window.buckets} << window.step;
  window.begin =
      TimeNs{rows.end(at) -
             static_cast<int64_t>(random() % static_cast<uint64_t>(width + rows.length(at) + 1))};
  window.fold = random() % 3 == 0 ? static_cast<uint32_t>(1 + random() % 40) : 1;
  return window;
}

void check_windows(const SpanSource& source, const std::vector<SpanColumns>& parts, Random& random,
                   int windows, bool is_nested) {
  const SpanLevels levels = SpanLevels::of(source, 2);
  ASSERT_EQ(levels.part_count(), parts.size());
  for (int round = 0; round < windows; ++round) {
    const size_t part = random() % parts.size();
    const Rows rows{parts[part]};
    if (rows.size() == 0) {
      EXPECT_TRUE(span_bars(levels, source, part, {.buckets = 9}).empty());
      continue;
    }
    const SpanWindow window = any_window(rows, random);
    const std::vector<SpanBar> bars = span_bars(levels, source, part, window);
    const Case c{rows, source.parts()[part].first, window, bars};
    SCOPED_TRACE(testing::Message()
                 << "part " << part << " begin " << raw(window.begin) << " step " << window.step
                 << " buckets " << window.buckets << " fold " << window.fold);
    expect_in_order(c);
    expect_all_counted(c);
    if (is_nested) {
      expect_spans_shown(c);
      expect_longest(c);
    }
    if (testing::Test::HasFailure()) return;
  }
}

class SpanLevelsTest : public testing::TestWithParam<uint64_t> {};

TEST_P(SpanLevelsTest, BarsAreWhatSpansAre) {
  Trees trees(GetParam());
  std::vector<SpanColumns> parts;
  for (const size_t count : {5000, 1, 0, 200, 20'000}) {
    trees.depth_max = static_cast<uint32_t>(trees.below(12));
    trees.bursts = trees.below(2) == 0;
    parts.push_back(count == 0 ? SpanColumns{} : trees.make(count));
  }
  const ColumnSpanSource source(parts);
  check_windows(source, parts, trees.random, 200, true);
}

TEST_P(SpanLevelsTest, RowsThatAreNotNestedAreCountedToo) {
  Random random(GetParam());
  std::vector<SpanColumns> parts(3);
  for (SpanColumns& rows : parts) {
    int64_t end = 5'000'000;
    for (int i = 0; i < 6000; ++i) {
      end += static_cast<int64_t>(random() % 1000);
      if (random() % 500 == 0) end -= 90'000;  // a clock that jumps
      const auto length = static_cast<int64_t>(random() % 9 == 0 ? random() % 4'000'000 : 0);
      put(rows, end - std::min(length, end), end, static_cast<uint32_t>(1 + random() % 70),
          static_cast<uint32_t>(random() % 256));
    }
  }
  const ColumnSpanSource source(parts);
  check_windows(source, parts, random, 100, false);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SpanLevelsTest, testing::Range<uint64_t>(1, 7));

TEST(SpanLevelsMemoryTest, StaysBelowThreeBytesASpanHoweverDeepStacksAre) {
  for (const uint32_t depth : {0u, 3u, 12u, 60u, 254u}) {
    SpanColumns rows;
    int64_t time = 1'000'000;
    while (rows.size() < 300'000) {
      for (uint32_t at = depth + 1; at-- > 0;) {
        time += 300;
        put(rows, time - 300 * (depth - at + 1), time, 1, at);
      }
      // A pause after each tree: most of them must not end a node.
      time += 10'000'000;
    }
    std::vector<SpanColumns> parts;
    parts.push_back(std::move(rows));
    const ColumnSpanSource source(std::move(parts));
    const SpanLevels levels = SpanLevels::of(source, 1);
    EXPECT_LT(static_cast<double>(levels.bytes()), 3.0 * 300'000) << "depth " << depth;
  }
}

TEST(SpanLevelsExtremesTest, TimesAtTheEndsOfTheirRange) {
  SpanColumns rows;
  const int64_t most = (int64_t{1} << 62) - 1, longest = int64_t{1} << 53;
  for (int i = 0; i < 2000; ++i) put(rows, 0, i % 2 == 0 ? 0 : longest, 1, 0);
  for (int i = 0; i < 2000; ++i) put(rows, most - longest, most, 2, 1);
  std::vector<SpanColumns> parts{rows};
  const ColumnSpanSource source(parts);
  const SpanLevels levels = SpanLevels::of(source, 2);
  for (const unsigned step : {0u, 20u, SpanWindow::kStepMax}) {
    for (const int64_t begin : {int64_t{0}, longest, most - 5, most, -(int64_t{1} << 62)}) {
      const SpanWindow window{.begin = TimeNs{begin},
                              .step = step,
                              .buckets = SpanWindow::kBucketsMax,
                              .fold = step == 0 ? SpanWindow::kFoldMax : 1};
      uint64_t count = 0, expected = 0;
      for (const SpanBar& bar : span_bars(levels, source, 0, window)) count += bar.count;
      const Rows each{rows};
      for (size_t i = 0; i < each.size(); ++i) {
        expected += each.is_in(i, begin, raw(window.end()));
      }
      EXPECT_GE(count, expected) << step << " " << begin;
      EXPECT_LE(count, each.size());
    }
  }
}

// A span around all others ends long after the window; so do many threads.
TEST(SpanLevelsManyTest, WhatLiesAroundTheWindowIsFound) {
  std::vector<SpanColumns> parts;
  for (int thread = 0; thread < 200; ++thread) {
    SpanColumns rows;
    for (int i = 0; i < 3000; ++i) put(rows, 1000 + i * 100, 1050 + i * 100, 3, 2);
    put(rows, 950, 301'000, 2, 1);
    put(rows, 900, 301'010, 1, 0);
    parts.push_back(std::move(rows));
  }
  const ColumnSpanSource source(std::move(parts));
  const SpanLevels levels = SpanLevels::of(source, 2);
  const SpanWindow window{.begin = TimeNs{4000}, .step = 2, .buckets = 64};
  for (size_t part = 0; part < 200; ++part) {
    const std::vector<SpanBar> bars = span_bars(levels, source, part, window);
    ASSERT_EQ(bars.size(), 5u);
    EXPECT_EQ(bars[0].site, 1u);
    EXPECT_EQ(bars[0].longest, part * 3002 + 3001);
    EXPECT_EQ(bars[1].site, 2u);
    EXPECT_TRUE(bars[1].began_before && bars[1].goes_on);
    EXPECT_EQ(bars[1].end, 64u);
    EXPECT_EQ(bars[2].longest, part * 3002 + 30);
    EXPECT_EQ(bars[2].start, 0u);
    EXPECT_EQ(bars[2].end, 13u);
    EXPECT_EQ(bars[3].start, 25u);
  }
}

// As a recorder writes them: a chunk holds one thread's.
class PackedSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    Trees trees(5);
    path_ = testing::TempDir() + "hone_span_levels_" + std::to_string(getpid());
    auto writer = recording::Writer::create(path_, {.chunk_rows_max = 1000});
    ASSERT_TRUE(writer);
    recording::Builder out(std::move(*writer));
    out.append_id<ProcessId>(recording::ProcessRow{.pid = 7});
    for (uint32_t i = 0; i < 90; ++i) out.append(recording::SiteRow{.kind = 1});
    for (uint32_t thread = 1; thread <= 5; ++thread) {
      out.append_id<ThreadId>(recording::ThreadRow{.process = ProcessId{1}, .tid = thread});
      // Whole chunks, so that none is of two threads.
      SpanColumns rows = trees.make(20'000);
      rows.resize(20'000);
      for (size_t i = 0; i < rows.size(); ++i) {
        out.append(
            recording::SpanRow{.thread = ThreadId{thread},
                               .end = TimeNs{static_cast<int64_t>(rows.end_ns[i])},
                               .duration = DurationNs{static_cast<int64_t>(rows.duration_ns[i])},
                               .site = SiteId{rows.site[i]},
                               .depth = rows.depth[i]});
      }
      parts_.push_back(std::move(rows));
    }
    ASSERT_TRUE(out.writer().finish());
    auto reader = recording::Reader::open(path_);
    ASSERT_TRUE(reader);
    auto loaded = Profile::load(*reader, {});
    ASSERT_TRUE(loaded);
    profile_.emplace(std::move(*loaded));
  }
  void TearDown() override { unlink(path_.c_str()); }
  const Spans& spans() const { return profile_->instrumentation().spans; }

  std::string path_;
  std::vector<SpanColumns> parts_;
  std::optional<Profile> profile_;
};

TEST_F(PackedSourceTest, BarsAreThoseOfTheUnpackedRows) {
  Random random(6);
  const PackedSpanSource source(spans(), 4000);
  check_windows(source, parts_, random, 300, true);
}

// With room for hardly any, so that blocks come and go while others read them.
TEST_F(PackedSourceTest, ThreadsShareBlocks) {
  const PackedSpanSource source(spans(), 3000);
  const SpanLevels levels = SpanLevels::of(source, 2);
  std::vector<std::jthread> workers;
  std::vector<int> wrong(4, 0);
  for (size_t worker = 0; worker < wrong.size(); ++worker) {
    workers.emplace_back([&, worker] {
      Random random(worker);
      for (int round = 0; round < 2000; ++round) {
        const size_t row = random() % spans().size();
        const SpanSource::Held held = source.block(row);
        const size_t part = row / 20'000, at = row % 20'000;
        wrong[worker] += held->columns->end_ns[row - held->first] != parts_[part].end_ns[at] ||
                         held->columns->site[row - held->first] != parts_[part].site[at];
      }
    });
  }
  workers.clear();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST(SpanLevelsEmptyTest, NoSpansAreNoBars) {
  const Spans none;
  const PackedSpanSource source(none);
  const SpanLevels levels = SpanLevels::of(source, 2);
  EXPECT_EQ(levels.part_count(), 0u);
}

}  // namespace
}  // namespace hone::profile
