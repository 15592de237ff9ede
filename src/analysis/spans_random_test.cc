// What comes of spans against what each figure means, worked out the long way: over random rows, in
// chunks as recorders write them and in mixed ones.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/function_table.h"
#include "analysis/path_tree.h"
#include "analysis/spans.h"
#include "profile/profile.h"
#include "profile/span_reader.h"
#include "recording/builder.h"
#include "recording/column_bytes.h"

namespace hone::analysis {
namespace {

using recording::ColumnBytes;
using recording::EncodedColumn;
using recording::SpanRow;

constexpr uint32_t kThreads = 3, kSites = 9;
constexpr int64_t kStart = 50'000'000'000;

uint64_t any_duration(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0:
      return 0;
    case 1:
      return 4090 + random() % 12;  // about where they begin to be kept
    case 2:
      return random() % 3'000'000;
    case 3:
      return random() % 200 != 0 ? 700 : random() % 9'000'000'000;
    default:
      return random() % 2000;
  }
}

SpanRow any_row(std::mt19937_64& random, uint32_t thread, int64_t& time) {
  time += static_cast<int64_t>(random() % 3000);
  SpanRow row{.thread = ThreadId{thread},
              .end = TimeNs{time},
              .duration = DurationNs{static_cast<int64_t>(any_duration(random))},
              .site = SiteId{1 + static_cast<uint32_t>(random() % kSites)},
              .depth = static_cast<uint8_t>(random() % 6)};
  if (random() % 512 == 0) row.flags = recording::kSpanStray;
  if (random() % 1024 == 0) row.flags = recording::kSpanOpen;
  if (random() % 1024 == 0) row.site = SiteId{kSites + 5};        // there is none
  if (random() % 1024 == 0) row.duration = row.end - TimeNs{-1};  // before time began
  return row;
}

// A chunk as a recorder lays it out: of one thread.
void put_chunk(recording::Writer& writer, const std::vector<SpanRow>& rows) {
  std::array<ColumnBytes, 6> bytes;
  std::array<std::vector<uint8_t>, 6> bodies;
  uint64_t last_end = 0, last_depth = 0;
  const auto put = [&](size_t column, uint64_t value) {
    *bytes[column].room(1) = static_cast<uint32_t>(value);
    if (value >> 32 != 0) bytes[column].put_wide(0, value);
    bytes[column].advance(1);
  };
  for (const SpanRow& row : rows) {
    const auto end = static_cast<uint64_t>(raw(row.end));
    put(1, recording::zigzag(end - std::exchange(last_end, end)));
    put(2, static_cast<uint64_t>(raw(row.duration)));
    put(3, raw(row.site));
    put(4, recording::zigzag(row.depth - std::exchange(last_depth, row.depth)));
    put(5, row.flags);
  }
  std::array<EncodedColumn, 6> columns{};
  columns[0].base = raw(rows[0].thread);
  columns[1].transform = recording::Transform::kScaledDelta;
  columns[1].scale = uint64_t{1} << 32;
  columns[4].transform = recording::Transform::kDelta;
  for (size_t i = 1; i < columns.size(); ++i) {
    columns[i].layout = bytes[i].encode(bodies[i]);
    columns[i].body = bodies[i];
  }
  writer.append_encoded(recording::Table::kSpans, static_cast<uint32_t>(rows.size()), rows[0].end,
                        rows.back().end, columns);
}

bool is_possible(const SpanRow& row) {
  return raw(row.site) <= kSites && row.duration <= row.end - TimeNs{};
}

class RandomSpansTest : public testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override {
    std::mt19937_64 random(GetParam());
    path_ = testing::TempDir() + "hone_random_spans_" + std::to_string(getpid()) + "_" +
            std::to_string(GetParam());
    auto writer = recording::Writer::create(path_, {});
    ASSERT_TRUE(writer);
    recording::Builder out(std::move(*writer));
    out.append_id<ProcessId>(recording::ProcessRow{.pid = 7});
    for (uint32_t tid = 7; tid < 7 + kThreads; ++tid) {
      out.append_id<ThreadId>(recording::ThreadRow{.process = ProcessId{1}, .tid = tid});
    }
    for (uint32_t i = 1; i <= kSites; ++i) {
      out.append_id<SiteId>(
          recording::SiteRow{.name = out.string("site " + std::to_string(i)), .kind = 1});
    }
    out.append(recording::MetaRow{.key = "cost.span_ns", .value = "20"});
    out.append(recording::MetaRow{.key = "cost.span_in_parent_ns", .value = "9"});
    std::array<int64_t, kThreads + 1> time;
    time.fill(kStart);
    for (int part = 0; part < 24; ++part) {
      std::vector<SpanRow> rows;
      const auto thread = 1 + static_cast<uint32_t>(random() % kThreads);
      const bool is_mixed = random() % 3 == 0;
      for (uint64_t count = random() % 3000 + 1; count > 0; --count) {
        const uint32_t of = is_mixed ? 1 + static_cast<uint32_t>(random() % kThreads) : thread;
        rows.push_back(any_row(random, of, time[of]));
        if (is_mixed) out.append(rows.back());
      }
      if (!is_mixed) put_chunk(out.writer(), rows);
      rows_.insert(rows_.end(), rows.begin(), rows.end());
    }
    end_ = TimeNs{*std::max_element(time.begin(), time.end())};
    ASSERT_TRUE(out.writer().finish());
    auto reader = recording::Reader::open(path_);
    ASSERT_TRUE(reader);
    auto loaded = profile::Profile::load(*reader, {});
    ASSERT_TRUE(loaded) << loaded.error().message;
    profile_.emplace(std::move(*loaded));
  }
  void TearDown() override { unlink(path_.c_str()); }

  // What is nested, of one thread, in the order of the file.
  std::vector<SpanRow> nested(uint32_t thread) const {
    std::vector<SpanRow> out;
    for (const SpanRow& row : rows_) {
      if (raw(row.thread) == thread && row.flags == 0 && is_possible(row)) out.push_back(row);
    }
    return out;
  }

  struct Expected {
    std::vector<int64_t> durations;
    int64_t self_ns = 0;
    uint64_t loose = 0, open = 0;
    std::map<uint32_t, int> threads;
  };
  std::map<uint32_t, Expected> expected(const Selection& selection) const {
    std::map<uint32_t, Expected> out;
    const auto is_in = [&](const SpanRow& row) {
      return row.end >= selection.time_first && row.end <= selection.time_last;
    };
    for (uint32_t thread = 1; thread <= kThreads; ++thread) {
      if (!selection.thread.empty() && selection.thread != std::to_string(6 + thread)) continue;
      const std::vector<SpanRow> rows = nested(thread);
      for (size_t i = 0; i < rows.size(); ++i) {
        if (!is_in(rows[i])) continue;
        int64_t children = 0;
        for (size_t k = i; k-- > 0 && rows[k].depth != rows[i].depth;) {
          if (rows[k].depth == rows[i].depth + 1) children += raw(rows[k].duration) + 9;
        }
        Expected& of = out[raw(rows[i].site)];
        of.durations.push_back(raw(rows[i].duration));
        of.self_ns += std::max<int64_t>(0, raw(rows[i].duration) - children);
        ++of.threads[thread];
      }
      for (const SpanRow& row : rows_) {
        if (raw(row.thread) != thread || row.flags == 0 || !is_possible(row) || !is_in(row)) {
          continue;
        }
        Expected& of = out[raw(row.site)];
        if ((row.flags & recording::kSpanOpen) != 0) {
          ++of.open;
          continue;
        }
        ++of.loose;
        of.durations.push_back(raw(row.duration));
        of.self_ns += raw(row.duration);
        ++of.threads[thread];
      }
    }
    return out;
  }

  void check(const Selection& selection) {
    std::map<uint32_t, Expected> all = expected(selection);
    const SpanReport got = span_report(*profile_, selection, {});
    EXPECT_EQ(got.spans.size(), all.size());
    for (const SpanStats& span : got.spans) {
      Expected& of = all[raw(span.site)];
      std::vector<int64_t>& ns = of.durations;
      std::sort(ns.begin(), ns.end());
      const auto rank = [&](double share) {
        return ns[static_cast<size_t>(
            std::max(1.0, std::ceil(share * static_cast<double>(ns.size()))) - 1)];
      };
      ASSERT_EQ(span.times.count, ns.size());
      int64_t total = 0, spikes_ns = 0;
      uint64_t spikes = 0;
      for (const int64_t each : ns) {
        total += each;
        if (each < std::max<int64_t>(100'000, 10 * rank(0.5))) continue;
        ++spikes;
        spikes_ns += each;
      }
      EXPECT_EQ(span.times.total_ns, total);
      EXPECT_EQ(span.times.mean_ns, static_cast<double>(total) / static_cast<double>(ns.size()));
      EXPECT_EQ(span.times.least_ns, ns.front());
      EXPECT_EQ(span.times.p50_ns, rank(0.50));
      EXPECT_EQ(span.times.p95_ns, rank(0.95));
      EXPECT_EQ(span.times.p99_ns, rank(0.99));
      EXPECT_EQ(span.times.most_ns, ns.back());
      EXPECT_EQ(span.self_ns, of.self_ns);
      EXPECT_EQ(span.loose, of.loose);
      EXPECT_EQ(span.still_open, of.open);
      EXPECT_EQ(span.threads, of.threads.size());
      EXPECT_EQ(span.spikes, spikes);
      EXPECT_EQ(span.spikes_ns, spikes_ns);
    }
  }

  std::string path_;
  std::vector<SpanRow> rows_;
  TimeNs end_{};
  std::optional<profile::Profile> profile_;
};

TEST_P(RandomSpansTest, EveryFigureIsThatOfItsMeaning) {
  check({});
  check({.thread = "8"});
  const int64_t length = raw(end_) - kStart;
  check({.time_first = TimeNs{kStart + length / 3}, .time_last = TimeNs{kStart + length / 2}});
}

// The table goes by names alone; the paths know all that is around a span.
TEST_P(RandomSpansTest, ATableOfNamesIsThatOfTheirPaths) {
  const int64_t length = raw(end_) - kStart;
  for (const Selection& selection : {Selection{}, Selection{.thread = "8"},
                                     Selection{.time_first = TimeNs{kStart + length / 3},
                                     .time_last = TimeNs{kStart + length / 2}}}) {
    const PathTree tree = path_tree(*profile_, selection, Metric::kSpans, {});
    std::map<std::string_view, TableSums> expected;
    for (const PathTree::Own& own : tree.own) {
      TableSums& of = expected[tree.names->all[tree.name_of(own.row)].name];
      of.self += own.weight;
      of.self_samples += own.count;
      std::set<uint32_t> around;
      for (uint32_t at = own.row; at != 0; at = tree.parent[at]) around.insert(tree.name_of(at));
      for (const uint32_t name : around) {
        expected[tree.names->all[name].name].total += own.weight;
      }
    }
    const FunctionTable table =
        function_table({&*profile_, &selection}, {}, Metric::kSpans, TableBy::kFunction);
    EXPECT_GT(table.rows.size(), 5u);
    int64_t self = 0;
    for (const FunctionRow& row : table.rows) {
      EXPECT_EQ(row.a.self, expected[row.name].self) << row.name;
      EXPECT_EQ(row.a.total, expected[row.name].total) << row.name;
      EXPECT_EQ(row.a.self_samples, expected[row.name].self_samples) << row.name;
      self += row.a.self;
    }
    EXPECT_EQ(table.a.total, self);
  }
}

TEST_P(RandomSpansTest, RowsAreThoseOfTheFileFromAnySide) {
  profile::SpanReader spans(profile_->instrumentation().spans);
  const auto check_row = [&](size_t i, const SpanRow& row) {
    ASSERT_EQ(spans.end(i), row.end);
    ASSERT_EQ(spans.start(i), TimeNs{raw(row.end) - raw(row.duration)});
    ASSERT_EQ(spans.duration_ns(i), raw(row.duration));
    ASSERT_EQ(spans.site(i), row.site);
    ASSERT_EQ(spans.depth(i), row.depth);
  };
  std::mt19937_64 random(GetParam());
  size_t first = 0;
  for (const auto& part : spans.threads()) {
    const std::vector<SpanRow> rows = nested(raw(part.thread));
    ASSERT_EQ(part.first, first);
    ASSERT_EQ(part.count, rows.size());
    first += part.count;
    for (size_t i = 0; i < rows.size(); ++i) check_row(part.first + i, rows[i]);
    for (size_t i = rows.size(); i-- > 0;) check_row(part.first + i, rows[i]);
    for (int i = 0; i < 300; ++i) {
      const size_t at = random() % rows.size();
      check_row(part.first + at, rows[at]);
    }
  }
  EXPECT_EQ(spans.size(), first);
}

TEST_P(RandomSpansTest, WhatCannotBeIsCounted) {
  const auto bad = static_cast<uint64_t>(std::count_if(
      rows_.begin(), rows_.end(), [](const SpanRow& row) { return !is_possible(row); }));
  ASSERT_GT(bad, 0u);
  const auto all = profile_->diagnostics();
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& each) {
    return each.name == "load.span_out_of_range";
  });
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->count, bad);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSpansTest, testing::Values(1, 2, 3, 4));

// Of many the ranks are found by buckets.
TEST(Durations, ManyLongOnesAsAVectorOfThem) {
  std::mt19937_64 random(5);
  Durations durations;
  std::vector<int64_t> all;
  int64_t total_ns = 0;
  for (int i = 0; i < 200'000; ++i) {
    const uint64_t ns = random() >> (random() % 44 + 20);
    durations.add(ns);
    all.push_back(static_cast<int64_t>(ns));
    total_ns += all.back();
  }
  const Distribution got = durations.distribution(), expected = distribution_of(all);
  EXPECT_EQ(got.count, expected.count);
  EXPECT_EQ(got.p50_ns, expected.p50_ns);
  EXPECT_EQ(got.p95_ns, expected.p95_ns);
  EXPECT_EQ(got.p99_ns, expected.p99_ns);
  EXPECT_EQ(got.least_ns, expected.least_ns);
  EXPECT_EQ(got.most_ns, expected.most_ns);
  EXPECT_EQ(got.total_ns, total_ns);
}

}  // namespace
}  // namespace hone::analysis
