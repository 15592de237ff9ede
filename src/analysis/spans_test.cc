#include "analysis/spans.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "analysis/weights.h"
#include "profile/loader.h"
#include "profile/span_reader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::Tables;

constexpr int64_t kStart = 1'000'000'000;
constexpr int64_t kMs = 1'000'000;

class SpansTest : public testing::Test {
 protected:
  static constexpr std::string_view kSamples = R"(
    @meta run.wall_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=2 start_ns=1000000000 end_ns=2000000000
    main;step 3 time=1005000000
    main;draw 5 time=1015000000
    main;idle 1 time=1095000000
    work 7 thread=worker time=1005000000
  )";
  SpansTest() : tables_(profile::tables_of_text(kSamples)) {}

  SiteId site(std::string_view name, uint8_t kind = 1) {
    const auto text = StringId{tables_.append(recording::StringRow{.text = name})};
    return SiteId{tables_.append(recording::SiteRow{.name = text, .kind = kind, .level = 3})};
  }
  void span(SiteId site, int64_t from_ms, int64_t ms, uint8_t depth = 0, uint32_t thread = 1,
            uint8_t flags = 0) {
    tables_.append(recording::SpanRow{.thread = ThreadId{thread},
                                      .end = TimeNs{kStart + (from_ms + ms) * kMs},
                                      .duration = DurationNs{ms * kMs},
                                      .site = site,
                                      .depth = depth,
                                      .flags = flags});
  }
  // Marks, each so many ms after the one before.
  void frames(const std::vector<int64_t>& after) {
    const SiteId frame = site("frame", 3);
    int64_t at = 0;
    for (const int64_t ms : after) {
      at += ms;
      tables_.append(recording::FrameMarkRow{
          .thread = ThreadId{1}, .time = TimeNs{kStart + at * kMs}, .site = frame, .kind = 1});
    }
  }
  SpanReport report(const Selection& selection = {}, const SpanOptions& options = {}) {
    auto loaded = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(loaded);
    profile_.emplace(std::move(*loaded));
    return span_report(*profile_, selection, options);
  }
  const SpanStats& of(const SpanReport& report, std::string_view name) {
    for (const SpanStats& each : report.spans) {
      if (each.name == name) return each;
    }
    ADD_FAILURE() << name;
    static const SpanStats kNone;
    return kNone;
  }

  Tables tables_;
  std::optional<Profile> profile_;
};

TEST_F(SpansTest, SelfTimeIsWithoutTheSpansInside) {
  const SiteId frame = site("frame"), step = site("step"), solve = site("solve");
  for (int i = 0; i < 10; ++i) {
    span(solve, 100 * i + 5, 10, 2);
    span(solve, 100 * i + 20, 10, 2);
    span(step, 100 * i, 40, 1);
    span(frame, 100 * i, 90, 0);
  }
  const SpanReport got = report();
  EXPECT_EQ(of(got, "frame").self_ns, 10 * 50 * kMs);
  EXPECT_EQ(of(got, "step").self_ns, 10 * 20 * kMs);
  EXPECT_EQ(of(got, "solve").self_ns, 20 * 10 * kMs);
  EXPECT_EQ(of(got, "solve").times.count, 20u);
  EXPECT_EQ(got.spans.front().name, "frame");
}

TEST_F(SpansTest, PercentilesAreExact) {
  const SiteId one = site("one");
  for (int i = 1; i <= 100; ++i) span(one, i, i);
  const SpanReport got = report();
  const Distribution& t = of(got, "one").times;
  EXPECT_EQ(t.p50_ns, 50 * kMs);
  EXPECT_EQ(t.p95_ns, 95 * kMs);
  EXPECT_EQ(t.p99_ns, 99 * kMs);
  EXPECT_EQ(t.most_ns, 100 * kMs);
  EXPECT_EQ(t.least_ns, 1 * kMs);
  EXPECT_DOUBLE_EQ(t.mean_ns, 50.5 * kMs);
}

TEST_F(SpansTest, SpansOfNoLengthCount) {
  const SiteId one = site("one");
  span(one, 3, 0);
  span(one, 3, 0);
  const SpanReport got = report();
  EXPECT_EQ(of(got, "one").times.count, 2u);
  EXPECT_EQ(of(got, "one").times.most_ns, 0);
}

TEST_F(SpansTest, LooseOnesAreInNoOther) {
  const SiteId outer = site("outer"), handed = site("handed"), open = site("open");
  span(handed, 10, 30, 1, 1, recording::kSpanStray);
  span(outer, 0, 50);
  span(open, 0, 90, 0, 2, recording::kSpanOpen);
  const SpanReport got = report();
  EXPECT_EQ(of(got, "outer").self_ns, 50 * kMs);
  EXPECT_EQ(of(got, "handed").loose, 1u);
  EXPECT_EQ(of(got, "handed").times.count, 1u);
  EXPECT_EQ(of(got, "open").still_open, 1u);
  EXPECT_EQ(of(got, "open").times.count, 0u);
}

TEST_F(SpansTest, LongerThanFourSeconds) {
  const SiteId one = site("one");
  span(one, 0, 10'000);
  EXPECT_EQ(of(report(), "one").times.most_ns, 10'000 * kMs);
}

TEST_F(SpansTest, FramesAgainstTheirBudget) {
  const SiteId frame = site("frame", 3);
  int64_t at = 0;
  const auto mark = [&](uint8_t kind) {
    tables_.append(recording::FrameMarkRow{
        .thread = ThreadId{1}, .time = TimeNs{kStart + at * kMs}, .site = frame, .kind = kind});
  };
  mark(1);
  for (int i = 0; i < 9; ++i) {
    at += 10;
    mark(1);
  }
  at += 40;
  mark(3);
  at += 1000;  // between its end and the next begin is no frame
  mark(2);
  at += 20;
  mark(3);
  const SpanReport got = report();
  ASSERT_EQ(got.frames.size(), 1u);
  EXPECT_EQ(got.frames[0].times.count, 11u);
  EXPECT_EQ(got.frames[0].over_budget, 2u);
  EXPECT_EQ(got.frames[0].worst[0].number, 10u);
  EXPECT_EQ(got.frames[0].worst[0].duration_ns, 40 * kMs);
  EXPECT_EQ(report({}, {.budget_ns = 5 * kMs, .worst = 3}).frames[0].over_budget, 11u);
}

TEST_F(SpansTest, WhatRecordingCostIsNotTheParents) {
  tables_.append(recording::MetaRow{.key = "cost.span_ns", .value = "20000"});
  tables_.append(recording::MetaRow{.key = "cost.span_in_parent_ns", .value = "11000.4"});
  tables_.append(recording::MetaRow{.key = "cost.mark_ns", .value = "9000"});
  const SiteId outer = site("outer"), inner = site("inner"), full = site("full");
  for (int i = 0; i < 10; ++i) span(inner, 2 * i, 1, 1);
  span(outer, 0, 40);
  // Its spans inside leave it nothing.
  span(inner, 50, 10, 1);
  span(full, 50, 10);
  frames({0, 10, 10});
  const SpanReport got = report();
  EXPECT_EQ(of(got, "outer").self_ns, 30 * kMs - 10 * 11'000);
  EXPECT_EQ(of(got, "outer").times.total_ns, 40 * kMs);
  EXPECT_EQ(of(got, "full").self_ns, 0);
  EXPECT_EQ(of(got, "inner").self_ns, 20 * kMs);
  ASSERT_TRUE(got.cost.known);
  EXPECT_EQ(got.cost.in_parent_ns, 11'000);
  EXPECT_EQ(got.cost.spans, 13u);
  EXPECT_EQ(got.cost.marks, 3u);
  EXPECT_EQ(got.cost.total_ns, 13 * 20'000 + 3 * 9'000);
  EXPECT_GT(got.cost.share, 0);
}

TEST_F(SpansTest, ACostThatIsNotStatedOrMakesNoSenseIsNone) {
  const SiteId outer = site("outer"), inner = site("inner");
  span(inner, 0, 1, 1);
  span(outer, 0, 40);
  EXPECT_FALSE(report().cost.known);
  tables_.append(recording::MetaRow{.key = "cost.span_ns", .value = "1e300"});
  tables_.append(recording::MetaRow{.key = "cost.span_in_parent_ns", .value = "-4"});
  const SpanReport got = report();
  EXPECT_FALSE(got.cost.known);
  EXPECT_EQ(of(got, "outer").self_ns, 39 * kMs);
}

TEST_F(SpansTest, SharesAreOfTheFramesOfTheirThread) {
  const SiteId step = site("step"), solve = site("solve"), other = site("other");
  frames({0, 10, 10, 20});
  // Recursion counts once; what is before the first frame and on other threads does not count.
  span(solve, -5, 3);
  span(solve, 2, 2, 2);
  span(solve, 1, 4, 1);
  span(step, 0, 10);
  span(step, 12, 6);
  span(other, 0, 40, 0, 2);
  span(step, 35, 20);  // its second half is behind the last frame
  const SpanReport got = report();
  EXPECT_EQ(got.comparison.set, "frame");
  EXPECT_DOUBLE_EQ(of(got, "step").frame_share, 21.0 / 40);
  EXPECT_DOUBLE_EQ(of(got, "solve").frame_share, 4.0 / 40);
  EXPECT_EQ(of(got, "other").frame_share, 0);
}

TEST_F(SpansTest, SlowFramesAgainstTheMedianOne) {
  const SiteId step = site("step"), solve = site("solve");
  std::vector<int64_t> all{0};
  int64_t at = 0;
  for (int i = 0; i < 20; ++i) {
    const bool slow = i % 10 == 5;
    all.push_back(slow ? 30 : 10);
    span(solve, at + 1, slow ? 20 : 4, 1);
    span(step, at, slow ? 24 : 8);
    at += all.back();
  }
  frames(all);
  const SpanReport got = report({}, {.budget_ns = 16 * kMs});
  const FrameComparison& frames = got.comparison;
  EXPECT_EQ(frames.slow, 2u);
  EXPECT_EQ(frames.typical, 5u);  // the median's own, and a tenth to each side
  EXPECT_DOUBLE_EQ(frames.slow_mean_ns, 30 * kMs);
  EXPECT_DOUBLE_EQ(frames.typical_mean_ns, 10 * kMs);
  EXPECT_DOUBLE_EQ(of(got, "solve").slow_self_ns, 20 * kMs);
  EXPECT_DOUBLE_EQ(of(got, "solve").typical_self_ns, 4 * kMs);
  EXPECT_DOUBLE_EQ(of(got, "step").slow_self_ns, 4 * kMs);
  EXPECT_DOUBLE_EQ(of(got, "step").typical_self_ns, 4 * kMs);
  EXPECT_DOUBLE_EQ(frames.slow_unmarked_ns, 6 * kMs);
  EXPECT_DOUBLE_EQ(frames.typical_unmarked_ns, 2 * kMs);
  // All are over it: then no frame is a typical one.
  EXPECT_EQ(report({}, {.budget_ns = 5 * kMs}).comparison.typical, 0u);
}

TEST_F(SpansTest, SpansOutOfOrderAreOnlyWrong) {
  const SiteId one = site("one");
  frames({0, 10, 10, 10});
  for (const int from : {25, 3, 17, 29, 1, 12}) span(one, from, 2, static_cast<uint8_t>(from % 4));
  EXPECT_LE(of(report(), "one").frame_share, 1);
}

TEST_F(SpansTest, PlotsAndMessages) {
  const SiteId hits = site("hits", 2), said = site("loaded", 4);
  for (int i = 0; i < 5; ++i) {
    tables_.append(recording::PlotRow{.thread = ThreadId{1},
                                      .time = TimeNs{kStart + i},
                                      .site = hits,
                                      .value = static_cast<double>(i)});
  }
  tables_.append(recording::PlotRow{
      .thread = ThreadId{1}, .time = TimeNs{kStart + 9}, .site = hits, .value = NAN});
  tables_.append(
      recording::MessageRow{.thread = ThreadId{2}, .time = TimeNs{kStart}, .site = said});
  const SpanReport got = report();
  ASSERT_EQ(got.plots.size(), 1u);
  EXPECT_EQ(got.plots[0].count, 5u);
  EXPECT_EQ(got.plots[0].least, 0);
  EXPECT_EQ(got.plots[0].mean, 2);
  EXPECT_EQ(got.plots[0].last, 4);
  ASSERT_EQ(got.messages.size(), 1u);
  EXPECT_EQ(got.messages[0].text, "loaded");
}

TEST_F(SpansTest, SamplesInsideASpanAreOfItsThreadAlone) {
  span(site("physics"), 0, 10);
  span(site("render"), 10, 10);
  report();
  const StackWeights inside = weigh(*profile_, {.inside = "phys*"});
  EXPECT_EQ(inside.sample_count, 3u);
  EXPECT_EQ(weigh(*profile_, {.inside = "render"}).sample_count, 5u);
  EXPECT_EQ(weigh(*profile_, {.inside = "none"}).sample_count, 0u);
}

// Rows of several threads between each other, with those among them that are long or not nested.
TEST_F(SpansTest, RowsOfThreadsAreSorted) {
  const SiteId outer = site("outer"), inner = site("inner");
  int64_t outer_ms = 0;
  for (int i = 0; i < 30; ++i) {
    for (uint32_t thread = 2; thread >= 1; --thread) {
      // Every tenth lasts longer than 32 bits of ns say.
      const int64_t ms = i % 10 == 9 ? 6000 + i : 50 + i;
      span(inner, 10'000 * i, 30, 1, thread);
      if (i % 7 == 0) span(inner, 10'000 * i, 20, 1, thread, 1);
      span(outer, 10'000 * i, ms, 0, thread);
      outer_ms += ms;
    }
  }
  const SpanReport got = report();
  EXPECT_EQ(of(got, "outer").times.count, 60u);
  EXPECT_EQ(of(got, "outer").times.total_ns, outer_ms * kMs);
  EXPECT_EQ(of(got, "outer").self_ns, (outer_ms - 60 * 30) * kMs);
  EXPECT_EQ(of(got, "outer").times.most_ns, 6029 * kMs);
  EXPECT_EQ(of(got, "inner").times.count, 70u);
  EXPECT_EQ(of(got, "inner").loose, 10u);
  profile::SpanReader spans(profile_->instrumentation().spans);
  ASSERT_EQ(spans.threads().size(), 2u);
  for (const auto& part : spans.threads()) {
    EXPECT_EQ(part.count, 60u);
    for (size_t i = part.first + 1; i < part.first + part.count; ++i) {
      EXPECT_LE(spans.end(i - 1), spans.end(i));
    }
  }
}

TEST_F(SpansTest, NonsenseIsLeftOutAndCounted) {
  const SiteId one = site("one");
  span(one, 0, 10, 255);
  span(SiteId{77}, 0, 10);
  span(one, 0, 10, 0, 99);
  tables_.append(recording::SpanRow{
      .thread = ThreadId{1}, .end = TimeNs{5}, .duration = DurationNs{10}, .site = one});
  tables_.append(recording::SpanRow{
      .thread = ThreadId{1}, .end = TimeNs{INT64_MAX}, .duration = DurationNs{-1}, .site = one});
  const SpanReport got = report();
  EXPECT_EQ(of(got, "one").times.count, 1u);
  const auto said = profile_->diagnostics();
  const auto found = std::find_if(said.begin(), said.end(), [](const auto& each) {
    return each.name == "load.span_out_of_range";
  });
  ASSERT_NE(found, said.end());
  EXPECT_EQ(found->count, 4u);
}

}  // namespace
}  // namespace hone::analysis
