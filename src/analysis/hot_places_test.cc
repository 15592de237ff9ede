#include "analysis/hot_places.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

constexpr int64_t kStart = 1'000'000'000;

// A recording of a program in which one place ('often', of a span that takes from 10 to 210 ns) is
// sampled as libhone does it, and the truth of it.
class HotPlacesTest : public testing::Test {
 protected:
  static constexpr std::string_view kSamples = R"(
    @meta run.wall_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    main 1 time=1005000000
  )";

  SiteId site(profile::Tables& tables, std::string_view name) {
    const auto text = StringId{tables.append(recording::StringRow{.text = name})};
    return SiteId{tables.append(recording::SiteRow{.name = text, .kind = 1, .level = 3})};
  }

  // `per_outer` spans inside each of `outers` others, of which about one in `mean_gap` is timed.
  SpanReport sampled(uint32_t seed, int outers, int per_outer, uint32_t mean_gap) {
    profile::Tables tables = profile::tables_of_text(kSamples);
    const SiteId outer = site(tables, "outer"), often = site(tables, "often");
    std::mt19937 random(seed);
    std::uniform_int_distribution<uint32_t> gaps(1, 2 * mean_gap - 1);
    uint32_t gap = 1, left = 1;
    int64_t now = kStart;
    total_ns_ = outer_self_ns_ = 0;
    for (int i = 0; i < outers; ++i) {
      const int64_t begun = now;
      for (int k = 0; k < per_outer; ++k) {
        now += 20;
        // In two sorts, so that a mean of few is far off.
        const int64_t took = random() % 10 == 0 ? 210 : 10;
        total_ns_ += took;
        outer_self_ns_ += 20;
        if (--left == 0) {
          tables.append(recording::SpanRow{.thread = ThreadId{1},
                                           .end = TimeNs{now + took},
                                           .duration = DurationNs{took},
                                           .site = often,
                                           .depth = 1});
          if (gap > 1) {
            tables.append(recording::SpanArgumentRow{.thread = ThreadId{1},
                                                     .time = TimeNs{now},
                                                     .site = often,
                                                     .type = recording::kStandsFor,
                                                     .value = gap});
          }
          gap = left = gaps(random);
        }
        now += took;
      }
      tables.append(recording::SpanRow{.thread = ThreadId{1},
                                       .end = TimeNs{now},
                                       .duration = DurationNs{now - begun},
                                       .site = outer});
    }
    tables.append(recording::SpanCountRow{
        .thread = ThreadId{1}, .site = often, .time = TimeNs{now}, .count = gap - left});
    auto loaded = profile::Loader::build(tables, nullptr);
    EXPECT_TRUE(loaded);
    profile_.emplace(std::move(*loaded));
    return span_report(*profile_, {}, {});
  }
  static const SpanStats& of(const SpanReport& report, std::string_view name) {
    for (const SpanStats& each : report.spans) {
      if (each.name == name) return each;
    }
    ADD_FAILURE() << name;
    static const SpanStats kNone;
    return kNone;
  }

  std::optional<profile::Profile> profile_;
  int64_t total_ns_ = 0, outer_self_ns_ = 0;
};

TEST_F(HotPlacesTest, CountsAreExactAndTotalsWithinTheirIntervals) {
  constexpr int kRuns = 60;
  int inside = 0;
  double sum_of_ratios = 0, parents = 0;
  for (uint32_t seed = 0; seed < kRuns; ++seed) {
    const SpanReport report = sampled(seed, 20, 2000, 50);
    const SpanStats& often = of(report, "often");
    ASSERT_EQ(often.times.count, 40'000u);
    ASSERT_GT(often.timed, 500u);
    ASSERT_LT(often.timed, 1200u);
    ASSERT_GT(often.total_error_ns, 0);
    // Which is narrow enough to be of use.
    ASSERT_LT(often.total_error_ns, 0.3 * static_cast<double>(total_ns_));
    const double away = std::abs(static_cast<double>(often.times.total_ns - total_ns_));
    inside += away <= often.total_error_ns;
    sum_of_ratios +=
        static_cast<double>(often.times.total_ns) / static_cast<double>(total_ns_) / kRuns;
    parents += static_cast<double>(of(report, "outer").self_ns) /
               static_cast<double>(outer_self_ns_) / kRuns;
    EXPECT_EQ(often.times.p50_ns, 10);
    EXPECT_EQ(often.times.p99_ns, 210);
    EXPECT_EQ(of(report, "outer").timed, 0u);
    EXPECT_EQ(of(report, "outer").times.count, 20u);
  }
  // 95 of 100 on average: 57 of 60, give or take 1.7.
  EXPECT_GE(inside, 52);
  EXPECT_NEAR(sum_of_ratios, 1, 0.02);
  EXPECT_NEAR(parents, 1, 0.05);
}

TEST_F(HotPlacesTest, WhereEachIsTimedNothingIsEstimated) {
  const SpanReport report = sampled(1, 10, 100, 1);
  const SpanStats& often = of(report, "often");
  EXPECT_EQ(often.timed, 0u);
  EXPECT_EQ(often.times.count, 1000u);
  EXPECT_EQ(often.times.total_ns, total_ns_);
  EXPECT_EQ(of(report, "outer").self_ns, outer_self_ns_);
}

// One that no timed span stands for: all that is known is how often.
TEST_F(HotPlacesTest, OfOneTimedSpanNothingIsSure) {
  const SpanReport report = sampled(3, 1, 40, 1000);
  const SpanStats& often = of(report, "often");
  EXPECT_EQ(often.times.count, 40u);
  EXPECT_EQ(often.timed, 1u);
  EXPECT_EQ(often.total_error_ns, static_cast<double>(often.times.total_ns));
}

}  // namespace
}  // namespace hone::analysis
