#include "analysis/gpu_spans.h"

#include <gtest/gtest.h>

#include <optional>

#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Tables;

constexpr int64_t kStart = 1'000'000'000;
constexpr int64_t kMs = 1'000'000;

class GpuSpansTest : public testing::Test {
 protected:
  static constexpr std::string_view kSamples = R"(
    @meta run.wall_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=2 start_ns=1000000000 end_ns=2000000000
    main;draw 5 time=1015000000
    work 7 thread=worker time=1005000000
  )";
  GpuSpansTest() : tables_(profile::tables_of_text(kSamples)) {}

  StringId text(std::string_view text) {
    return StringId{tables_.append(recording::StringRow{.text = text})};
  }
  SiteId site(std::string_view name) {
    return SiteId{tables_.append(recording::SiteRow{.name = text(name), .kind = 1, .level = 3})};
  }
  GpuQueueId queue(std::string_view name, uint8_t kind = 2) {
    return GpuQueueId{tables_.append(recording::GpuQueueRow{.thread = ThreadId{1},
                                                            .number = 1,
                                                            .name = text(name),
                                                            .device = text("made up"),
                                                            .device_kind = kind,
                                                            .calibration = 1})};
  }
  void span(GpuQueueId queue, SiteId site, int64_t from_ms, int64_t to_ms, uint8_t depth,
            uint32_t thread = 1) {
    tables_.append(recording::GpuSpanRow{.queue = queue,
                                         .start = TimeNs{kStart + from_ms * kMs},
                                         .end = TimeNs{kStart + to_ms * kMs},
                                         .site = site,
                                         .thread = ThreadId{thread},
                                         .issued = TimeNs{kStart},
                                         .depth = depth});
  }
  GpuReport report(const Selection& selection = {}) {
    auto loaded = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(loaded);
    return gpu_report(*loaded, selection);
  }
  static const SpanStats& of(const GpuQueueStats& queue, std::string_view name) {
    for (const SpanStats& each : queue.spans) {
      if (each.name == name) return each;
    }
    ADD_FAILURE() << name;
    static const SpanStats kNone;
    return kNone;
  }

  Tables tables_;
};

TEST_F(GpuSpansTest, NestedSpansAndBusyTime) {
  const GpuQueueId main = queue("graphics");
  const SiteId frame = site("frame"), shadow = site("shadow"), light = site("light");
  for (int64_t at : {0, 100}) {
    // In the order in which they are told of: any.
    span(main, light, at + 20, at + 60, 1);
    span(main, frame, at + 0, at + 60, 0);
    span(main, shadow, at + 0, at + 20, 1);
  }
  const GpuReport report = this->report();
  ASSERT_EQ(report.queues.size(), 1u);
  const GpuQueueStats& stats = report.queues[0];
  EXPECT_EQ(stats.device, "made up");
  EXPECT_EQ(stats.process, "app");
  EXPECT_FALSE(stats.software);
  EXPECT_EQ(stats.busy_ns, 120 * kMs);
  EXPECT_EQ(raw(stats.last - stats.first), 160 * kMs);
  EXPECT_EQ(stats.overlapping, 0u);
  EXPECT_EQ(of(stats, "frame").times.total_ns, 120 * kMs);
  EXPECT_EQ(of(stats, "frame").self_ns, 0);
  EXPECT_EQ(of(stats, "light").self_ns, 80 * kMs);
  EXPECT_EQ(of(stats, "light").times.p50_ns, 40 * kMs);
  EXPECT_EQ(stats.spans[0].name, "light");
}

TEST_F(GpuSpansTest, OfTheSameTimesTheDepthSaysWhichIsInside) {
  const GpuQueueId main = queue("graphics", 4);
  const SiteId outer = site("outer"), inner = site("inner");
  span(main, inner, 0, 10, 1);
  span(main, outer, 0, 10, 0);
  const GpuQueueStats stats = report().queues.at(0);
  EXPECT_TRUE(stats.software);
  EXPECT_EQ(of(stats, "outer").self_ns, 0);
  EXPECT_EQ(of(stats, "inner").self_ns, 10 * kMs);
}

TEST_F(GpuSpansTest, SpansBesideEachOtherAreCountedOnceAsBusy) {
  const GpuQueueId main = queue("graphics");
  const SiteId a = site("a"), b = site("b");
  span(main, a, 0, 10, 0);
  span(main, b, 5, 15, 0);
  const GpuQueueStats stats = report().queues.at(0);
  EXPECT_EQ(stats.busy_ns, 15 * kMs);
  EXPECT_EQ(stats.overlapping, 1u);
  EXPECT_EQ(of(stats, "a").self_ns, 10 * kMs);
}

TEST_F(GpuSpansTest, QueuesApartBusiestFirstAndWhatTheyLeftOut) {
  const GpuQueueId copy = queue("copy"), main = queue("graphics"), idle = queue("idle");
  const SiteId a = site("a");
  span(copy, a, 0, 10, 0);
  span(main, a, 0, 20, 0);
  const auto clock = [&](GpuQueueId queue, int64_t error, int64_t correction, uint64_t left_out) {
    tables_.append(recording::GpuClockRow{.time = TimeNs{kStart},
                                          .queue = queue,
                                          .error = DurationNs{error},
                                          .correction = DurationNs{correction},
                                          .left_out = left_out});
  };
  clock(main, 100, 0, 0);
  clock(main, 300, -2000, 7);
  clock(idle, 100, 0, 0);
  const GpuReport report = this->report();
  ASSERT_EQ(report.queues.size(), 2u);
  EXPECT_EQ(report.queues[0].name, "graphics");
  EXPECT_EQ(report.queues[0].error_ns, 300);
  EXPECT_EQ(report.queues[0].correction_ns, 2000);
  EXPECT_EQ(report.queues[0].left_out, 7u);
  EXPECT_EQ(report.queues[1].name, "copy");
  EXPECT_EQ(report.queues[1].error_ns, -1);
}

TEST_F(GpuSpansTest, ASelectionTakesThreadsAndTimes) {
  const GpuQueueId main = queue("graphics");
  const SiteId a = site("a");
  span(main, a, 0, 10, 0, 1);
  span(main, a, 20, 25, 0, 2);
  EXPECT_EQ(report({.thread = "worker"}).queues.at(0).busy_ns, 5 * kMs);
  EXPECT_EQ(report({.time_last = TimeNs{kStart + 15 * kMs}}).queues.at(0).busy_ns, 10 * kMs);
}

TEST_F(GpuSpansTest, WhatCannotBeIsLeftOut) {
  const SiteId a = site("a");
  span(GpuQueueId{77}, a, 0, 10, 0, 99);  // of no queue and no thread: nothing is known of it
  span(GpuQueueId{1}, SiteId{99}, 0, 10, 0);
  span(GpuQueueId{1}, a, 10, 0, 0);
  const GpuReport report = this->report();
  ASSERT_EQ(report.queues.size(), 1u);
  EXPECT_EQ(report.queues[0].name, "not told of");
  EXPECT_EQ(report.queues[0].count, 1u);
}

}  // namespace
}  // namespace hone::analysis
