#include "analysis/metrics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/flame_text_test.h"
#include "analysis/function_table.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::profile_of_text;

const MetricState* state_of(const std::vector<MetricState>& all, std::string_view id) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const MetricState& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

const char* const kCosts = R"(
  @cost instructions main;work value=70 count=7
  @cost instructions main;work;[kernel]read value=20 count=2
  @cost instructions main value=10 count=1 thread=io
  @cost Dw main;work value=5 unit=2 title=Written
  @cost cpu main;work value=3000000 unit=3 count=3
  @cost samples main;work value=3 unit=2
)";

TEST(Metrics, WhatARecordingHasSumsOfIsThere) {
  const Profile p = profile_of_text(kCosts);
  const std::vector<MetricState> all = metrics_of(p);
  ASSERT_NE(state_of(all, "instructions"), nullptr);
  EXPECT_TRUE(state_of(all, "instructions")->present());
  EXPECT_EQ(state_of(all, "instructions")->what, "costs");
  EXPECT_TRUE(state_of(all, "cpu")->present());
  EXPECT_FALSE(state_of(all, "cycles")->present());
  // Bytes are no samples, whatever the file calls them.
  EXPECT_FALSE(state_of(all, "samples")->present());
  const MetricState* own = state_of(all, "Dw");
  ASSERT_NE(own, nullptr);
  EXPECT_EQ(own->name, "Written");
  EXPECT_EQ(own->unit, "bytes");
  EXPECT_EQ(own->metric, metric_named("Dw"));
  EXPECT_NE(own->metric, metric_named("Dr"));
  EXPECT_TRUE(is_of_stacks(own->metric));
  EXPECT_EQ(default_metric(p).id, "cpu");
  EXPECT_EQ(default_metric(profile_of_text("@cost Dw main value=5")).id, "Dw");
}

TEST(Metrics, CostsAreWeighedWithTheirStacksAndThreads) {
  const Profile p = profile_of_text(kCosts);
  const StackWeights all = weigh(p, {}, Metric::kInstructions);
  EXPECT_EQ(all.cpu_ns, 100);
  EXPECT_EQ(all.sample_count, 10u);
  EXPECT_EQ(weigh(p, {}).cpu_ns, 3'000'000);
  const Selection io{.thread = "io"};
  EXPECT_EQ(weigh(p, io, Metric::kInstructions).cpu_ns, 10);
  // Nobody knows when they were.
  const Selection part{.time_first = TimeNs{5}};
  EXPECT_EQ(weigh(p, part, Metric::kInstructions).cpu_ns, 0);
  const Selection user{.include_kernel = false};
  const PackedPaths tree = drawn_tree(p, "", {}, Metric::kInstructions, user);
  EXPECT_EQ(drawn(flame_tree({.a = &tree}, {}), false, 1),
            "all 100/0\n  main 100/10\n    work 90/90\n");
}

TEST(Metrics, CostsAreComparedByFunctionAndThread) {
  const Profile a = profile_of_text(kCosts);
  const Profile b = profile_of_text("@cost Dw main;work value=9\n@cost Dw main;more value=4");
  const Selection everything;
  const FunctionTable table =
      function_table({&a, &everything}, {&b, &everything}, metric_named("Dw"), TableBy::kFunction);
  std::string rows;
  for (const FunctionRow& row : table.rows) {
    rows += fmt::format("{} {} {}\n", row.name, row.a.self, row.b.self);
  }
  EXPECT_NE(rows.find("work 5 9\n"), std::string::npos) << rows;
  EXPECT_NE(rows.find("more 0 4\n"), std::string::npos) << rows;
  // Of how many events these are the sums is not known: they have shares, and no interval.
  const auto work = std::find_if(table.rows.begin(), table.rows.end(),
                                 [](const FunctionRow& row) { return row.name == "work"; });
  ASSERT_NE(work, table.rows.end());
  EXPECT_EQ(table.self_share(work->b, table.b).value, 9.0 / 13);
  EXPECT_EQ(table.self_share(work->b, table.b).high, 9.0 / 13);
  EXPECT_EQ(table.verdict(*work, DeltaOf::kShare), Verdict::kNone);
  const FunctionTable threads =
      function_table({&a, &everything}, {}, Metric::kInstructions, TableBy::kThread);
  EXPECT_EQ(threads.rows.size(), 2u);
}

// How sure a share is depends on how many events it is of, where that is known.
TEST(Metrics, SumsOfEventsThatNobodyCountedHaveNoInterval) {
  const StackWeights all = weigh(profile_of_text(kCosts), {}, metric_named("Dw"));
  EXPECT_EQ(all.share(5).low, 1);
  EXPECT_EQ(all.share(5).high, 1);
  const StackWeights counted = weigh(profile_of_text(kCosts), {}, Metric::kInstructions);
  EXPECT_LT(counted.share(70).low, 0.6);
  // Of samples the sum is the number.
  const Profile folded =
      profile_of_text("@cost samples main;a value=30\n@cost samples main value=10");
  const StackWeights samples = weigh(folded, {}, Metric::kSamples);
  EXPECT_EQ(samples.sample_count, 40u);
  EXPECT_NEAR(samples.effective_count, 40, 1e-9);
}

TEST(Metrics, SumsThatCannotBeAreLeftOut) {
  const Profile p = profile_of_text(R"(
    @cost Dw main value=-1
    @cost Dw main value=0x7fffffffffffffff
    @cost Dw main value=0x1000000000000000
    @cost Dw main value=0x1000000000000000
    @cost Dw main value=0x1000000000000000
  )");
  // The sum of what is left does not overflow.
  EXPECT_EQ(weigh(p, {}, metric_named("Dw")).cpu_ns, 0x1000000000000000);
  const auto counted =
      std::find_if(p.diagnostics().begin(), p.diagnostics().end(),
                   [](const auto& one) { return one.name == "load.cost_out_of_range"; });
  ASSERT_NE(counted, p.diagnostics().end());
  EXPECT_EQ(counted->count, 4u);
}

}  // namespace
}  // namespace hone::analysis
