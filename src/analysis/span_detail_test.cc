#include "analysis/span_detail.h"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "hone/layout.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

constexpr int64_t kStart = 1'000'000'000;
constexpr int64_t kMs = 1'000'000;

class SpanDetailTest : public testing::Test {
 protected:
  static constexpr std::string_view kSamples = R"(
    @meta run.wall_ns 1000000000
    @meta run.start_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=2 start_ns=1000000000 end_ns=2000000000
    main;step 3 time=1101000000
    main;step;solve 5 time=1102000000
    main;idle 1 time=1099000000
    work 7 thread=worker time=1101000000
  )";
  SpanDetailTest() : tables_(profile::tables_of_text(kSamples)) {}

  StringId text(std::string_view words) {
    return StringId{tables_.append(recording::StringRow{.text = words})};
  }
  SiteId site(std::string_view name) {
    return SiteId{tables_.append(recording::SiteRow{.name = text(name), .kind = 1, .level = 3})};
  }
  void span(SiteId site, int64_t from_ms, int64_t ms, uint8_t depth = 0, uint8_t flags = 0) {
    tables_.append(recording::SpanRow{.thread = ThreadId{1},
                                      .end = TimeNs{kStart + (from_ms + ms) * kMs},
                                      .duration = DurationNs{ms * kMs},
                                      .site = site,
                                      .depth = depth,
                                      .flags = flags});
  }
  void argument(SiteId site, int64_t from_ms, StringId key, uint8_t type, uint64_t value,
                StringId string = {}, int64_t off_ns = 0) {
    tables_.append(recording::SpanArgumentRow{.thread = ThreadId{1},
                                              .time = TimeNs{kStart + from_ms * kMs + off_ns},
                                              .site = site,
                                              .key = key,
                                              .type = type,
                                              .value = value,
                                              .text = string});
  }
  SpanDetail detail(std::string_view name, const SpanDetailOptions& options = {}) {
    auto loaded = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(loaded);
    profile_.emplace(std::move(*loaded));
    return span_detail(*profile_, {}, name, options);
  }

  profile::Tables tables_;
  std::optional<profile::Profile> profile_;
};

TEST_F(SpanDetailTest, DurationsInBuckets) {
  const SiteId one = site("one");
  for (int i = 0; i < 10; ++i) span(one, 2 * i, 1);
  span(one, 50, 0);
  span(one, 60, 100);
  const SpanDetail got = detail("one");
  EXPECT_EQ(got.times.count, 12u);
  EXPECT_EQ(got.self_ns, 110 * kMs);
  ASSERT_FALSE(got.histogram.empty());
  EXPECT_EQ(got.histogram.front().count, 1u);
  EXPECT_EQ(got.histogram.front().from_ns, 0);
  EXPECT_EQ(got.histogram.back().count, 1u);
  uint64_t all = 0;
  for (const DurationBucket& bucket : got.histogram) {
    all += bucket.count;
    if (bucket.count == 10) {
      EXPECT_LE(bucket.from_ns, kMs);
      EXPECT_GT(bucket.to_ns, kMs);
      EXPECT_EQ(bucket.total_ns, 10 * kMs);
    }
  }
  EXPECT_EQ(all, 12u);
}

TEST_F(SpanDetailTest, TheSlowestAndWhatRanInThem) {
  const SiteId step = site("step"), solve = site("solve"), deep = site("deep");
  for (int i = 0; i < 20; ++i) {
    const int64_t at = 20 * i, ms = i == 5 ? 15 : 4;
    span(deep, at + 1, 1, 2);
    span(solve, at + 1, 1, 1);
    span(solve, at + 2, 1, 1);
    span(step, at, ms);
  }
  recording::WaitRow wait{};
  wait.time = TimeNs{kStart + 104 * kMs};
  wait.until = TimeNs{kStart + 108 * kMs};
  wait.thread = ThreadId{1};
  wait.duration = DurationNs{4 * kMs};
  wait.count = 1;
  wait.cause = recording::kCauseLook;
  wait.place = text("futex_wait_queue");
  wait.runnable = DurationNs{-1};
  tables_.append(wait);
  const SpanDetail got = detail("step", {.slowest = 3});
  ASSERT_EQ(got.slowest.size(), 3u);
  const SpanInstance& slow = got.slowest[0];
  EXPECT_EQ(slow.duration_ns, 15 * kMs);
  EXPECT_EQ(slow.since_start_ns, 100 * kMs);
  EXPECT_EQ(slow.self_ns, 13 * kMs);
  EXPECT_EQ(slow.thread, "main");
  ASSERT_EQ(slow.children.size(), 1u);  // right inside it
  EXPECT_EQ(slow.children[0].name, "solve");
  EXPECT_EQ(slow.children[0].count, 2u);
  EXPECT_EQ(slow.children[0].ns, 2 * kMs);
  EXPECT_EQ(slow.samples, 8u);  // of its thread, in its time
  ASSERT_EQ(slow.functions.size(), 2u);
  EXPECT_EQ(slow.functions[0].name, "solve");
  ASSERT_EQ(slow.waits.size(), 1u);
  EXPECT_EQ(slow.waits[0].ns, 4 * kMs);
  // The first of equals.
  EXPECT_EQ(got.slowest[1].since_start_ns, 0);
  EXPECT_TRUE(got.slowest[1].waits.empty());
}

TEST_F(SpanDetailTest, ByTheValuesOfAnArgument) {
  const SiteId plan = site("plan");
  const StringId cache = text("cache"), hit = text("hit"), miss = text("miss");
  for (int i = 0; i < 100; ++i) {
    const bool is_hit = i % 10 != 0;
    span(plan, 10 * i, is_hit ? 1 : 8);
    // Both ways of turning the clock into ns differ by a little.
    argument(plan, 10 * i, cache, HONE_ARGUMENT_STRING, 0, is_hit ? hit : miss, i % 3 - 1);
  }
  const SpanDetail got = detail("plan");
  ASSERT_EQ(got.arguments.size(), 1u);
  const ArgumentStats& by = got.arguments[0];
  EXPECT_EQ(by.key, "cache");
  EXPECT_FALSE(by.ranges);
  ASSERT_EQ(by.values.size(), 2u);
  EXPECT_EQ(by.values[0].text, "hit");  // 90 ms against 80
  EXPECT_EQ(by.values[0].times.count, 90u);
  EXPECT_EQ(by.values[0].times.p99_ns, kMs);
  EXPECT_EQ(by.values[1].text, "miss");
  EXPECT_EQ(by.values[1].times.count, 10u);
  EXPECT_EQ(by.values[1].times.p50_ns, 8 * kMs);
  ASSERT_EQ(got.slowest[0].arguments.size(), 1u);
  EXPECT_EQ(got.slowest[0].arguments[0].second, "miss");
}

TEST_F(SpanDetailTest, ManyNumbersBecomeRanges) {
  const SiteId spawn = site("spawn");
  const StringId count = text("count"), cost = text("cost");
  for (int i = 0; i < 60; ++i) {
    span(spawn, 10 * i, i < 30 ? 1 : 2);
    argument(spawn, 10 * i, count, HONE_ARGUMENT_INTEGER, static_cast<uint64_t>(i - 30));
    const double real = 0.5 * i;
    uint64_t word = 0;
    std::memcpy(&word, &real, sizeof word);
    argument(spawn, 10 * i, cost, HONE_ARGUMENT_REAL, word);
  }
  const SpanDetail got = detail("spawn");
  ASSERT_EQ(got.arguments.size(), 2u);
  EXPECT_EQ(got.arguments[0].key, "cost");
  const ArgumentStats& by = got.arguments[1];
  EXPECT_TRUE(by.ranges);
  ASSERT_EQ(by.values.size(), 6u);
  EXPECT_EQ(by.values[0].text, "-30 to -21");
  EXPECT_EQ(by.values[0].times.p99_ns, kMs);
  EXPECT_EQ(by.values[5].times.p50_ns, 2 * kMs);
  uint64_t all = 0;
  for (const ArgumentValue& value : by.values) all += value.times.count;
  EXPECT_EQ(all, 60u);
}

TEST_F(SpanDetailTest, ArgumentsOfNoSpanAreNobodys) {
  const SiteId one = site("one");
  span(one, 0, 1);
  argument(one, 50, text("n"), HONE_ARGUMENT_INTEGER, 1);
  tables_.append(recording::SpanArgumentRow{
      .thread = ThreadId{1}, .time = TimeNs{INT64_MIN}, .site = one, .key = text("n"), .type = 1});
  EXPECT_TRUE(detail("one").arguments.empty());
}

TEST_F(SpanDetailTest, AnExactNameGoesBeforeAPattern) {
  span(site("a*"), 0, 1);
  span(site("ab"), 2, 2);
  EXPECT_EQ(detail("a*").times.count, 1u);
  EXPECT_EQ(detail("?b").names, std::vector<std::string>{"ab"});
  EXPECT_EQ(detail("*").times.count, 2u);
}

TEST_F(SpanDetailTest, LooseAndOpenOnes) {
  const SiteId one = site("one");
  span(one, 0, 30, 1, recording::kSpanStray);
  span(one, 0, 90, 0, recording::kSpanOpen);
  const SpanDetail got = detail("one");
  EXPECT_EQ(got.times.count, 1u);
  EXPECT_EQ(got.loose, 1u);
  EXPECT_EQ(got.still_open, 1u);
  EXPECT_TRUE(got.slowest[0].across_threads);
}

}  // namespace
}  // namespace hone::analysis
