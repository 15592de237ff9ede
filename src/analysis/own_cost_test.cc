// What each kind of mark adds to the cost that a report states.
#include "analysis/own_cost.h"

#include <gtest/gtest.h>

#include "analysis/spans.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

constexpr int64_t kStart = 1'000'000'000;

class OwnCostTest : public testing::Test {
 protected:
  OwnCostTest()
      : tables_(profile::tables_of_text(R"(
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    main 10
  )")) {
    fact("cost.span_ns", "100");
    fact("cost.mark_ns", "10");
    fact("cost.lock_ns", "1000");
    fact("cost.counted_ns", "2");
  }
  void fact(std::string_view key, std::string_view value) {
    tables_.append(recording::MetaRow{.key = key, .value = value});
  }
  SiteId site(std::string_view name, uint8_t kind = 1) {
    const auto text = StringId{tables_.append(recording::StringRow{.text = name})};
    return SiteId{tables_.append(recording::SiteRow{.name = text, .kind = kind, .level = 4})};
  }
  void span() {
    tables_.append(recording::SpanRow{.thread = ThreadId{1},
                                      .end = TimeNs{kStart + 10},
                                      .duration = DurationNs{5},
                                      .site = site("span")});
  }
  OwnCost cost() {
    auto loaded = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(loaded);
    // As reports say it.
    return span_report(*loaded, {}, {}).cost;
  }

  profile::Tables tables_;
};

TEST_F(OwnCostTest, NothingMarkedNothingSpent) {
  EXPECT_FALSE(cost().known);
}

TEST_F(OwnCostTest, SpansThatWereNotTimed) {
  span();
  const SiteId hot{1};
  tables_.append(recording::SpanArgumentRow{.thread = ThreadId{1},
                                            .time = TimeNs{kStart + 5},
                                            .site = hot,
                                            .type = recording::kStandsFor,
                                            .value = 101});
  tables_.append(recording::SpanCountRow{
      .thread = ThreadId{1}, .site = hot, .time = TimeNs{kStart + 20}, .count = 50});
  const OwnCost got = cost();
  EXPECT_EQ(got.spans, 1u);
  EXPECT_EQ(got.spans_counted, 150u);
  EXPECT_EQ(got.total_ns, 100 + 150 * 2);
}

TEST_F(OwnCostTest, ProbedCallsAreNoSpansOfTheProgramsOwn) {
  tables_ = profile::tables_of_text("main 10");
  const SiteId probed = site("probed");
  for (int i = 0; i < 3; ++i) {
    tables_.append(recording::SpanRow{.thread = ThreadId{1},
                                      .end = TimeNs{kStart + 100 * i + 50},
                                      .duration = DurationNs{50},
                                      .site = probed});
  }
  tables_.append(recording::SpanCountRow{
      .thread = ThreadId{1}, .site = probed, .time = TimeNs{kStart + 20}, .count = 7});
  fact("probes.calls", "10");
  fact("probes.calls_timed", "3");
  EXPECT_FALSE(cost().known);  // nobody measured what one costs
  fact("cost.probe_ns", "2000");
  fact("cost.probe_in_parent_ns", "1500");
  const OwnCost got = cost();
  ASSERT_TRUE(got.known);
  EXPECT_EQ(got.spans, 0u);
  EXPECT_EQ(got.spans_counted, 0u);
  EXPECT_EQ(got.probed_calls, 10u);
  EXPECT_EQ(got.in_parent_ns, 1500);
  EXPECT_EQ(got.total_ns, 20'000);
}

TEST_F(OwnCostTest, LocksAlone) {
  const SiteId mu = site("mu", 6);
  for (int i = 0; i < 3; ++i) {
    tables_.append(recording::LockRow{.thread = ThreadId{1},
                                      .end = TimeNs{kStart + 100 * (i + 1)},
                                      .hold = DurationNs{50},
                                      .site = mu,
                                      .lock = 0x10});
  }
  const OwnCost got = cost();
  ASSERT_TRUE(got.known);
  EXPECT_EQ(got.locks, 3u);
  EXPECT_EQ(got.total_ns, 3000);
}

TEST_F(OwnCostTest, AnOlderRecordingDoesNotTellOfLocks) {
  tables_ = profile::tables_of_text("main 10");
  fact("cost.span_ns", "100");
  tables_.append(recording::LockRow{.thread = ThreadId{1},
                                    .end = TimeNs{kStart + 100},
                                    .hold = DurationNs{50},
                                    .site = site("mu", 6),
                                    .lock = 0x10});
  EXPECT_EQ(cost().total_ns, 100);
}

TEST_F(OwnCostTest, AllocationsAndSpansOfTheGpu) {
  const SiteId pool = site("pool", 5), draw = site("draw");
  for (uint8_t kind : {recording::kAllocated, recording::kFreed}) {
    tables_.append(recording::AllocationRow{.thread = ThreadId{1},
                                            .time = TimeNs{kStart + kind},
                                            .site = pool,
                                            .kind = kind,
                                            .address = 16,
                                            .bytes = 8});
  }
  EXPECT_EQ(cost().marks, 2u);
  EXPECT_EQ(cost().total_ns, 20);
  tables_.append(recording::GpuSpanRow{.start = TimeNs{kStart},
                                       .end = TimeNs{kStart + 9},
                                       .site = draw,
                                       .thread = ThreadId{1},
                                       .issued = TimeNs{kStart}});
  EXPECT_EQ(cost().marks, 3u);
  EXPECT_EQ(cost().gpu_spans, 1u);
}

TEST_F(OwnCostTest, SpansLeftOutAsShortCostAsMuch) {
  fact("spans.short", "40");
  EXPECT_EQ(cost().total_ns, 4000);  // all of them were
  span();
  const OwnCost got = cost();
  EXPECT_EQ(got.spans, 1u);
  EXPECT_EQ(got.spans_short, 40u);
  EXPECT_EQ(got.total_ns, 4100);
}

TEST_F(OwnCostTest, OfAPartOfARecordingNobodyKnowsHowManyWereShort) {
  fact("spans.short", "40");
  fact("trim.from_ns", "5");
  span();
  EXPECT_EQ(cost().total_ns, 100);
}

}  // namespace
}  // namespace hone::analysis
