#include "drain/span_cost.h"

#include <gtest/gtest.h>

#include "hone/layout.h"

namespace hone::drain {
namespace {

TEST(SpanCost, OfEachClock) {
  for (const uint32_t clock : {HONE_CLOCK_COUNTER, HONE_CLOCK_NS}) {
    const SpanCosts costs = span_costs(clock);
    EXPECT_GT(costs.span_ns, 1) << clock;
    EXPECT_LT(costs.span_ns, 100'000) << clock;
    // Two readings: one falls into the span's own times, one is outside of them.
    EXPECT_GT(costs.in_parent_ns, 0) << clock;
    EXPECT_LT(costs.in_parent_ns, costs.span_ns) << clock;
    EXPECT_GT(costs.mark_ns, 0) << clock;
    EXPECT_GT(costs.lock_ns, costs.mark_ns) << clock;  // two readings, and one
  }
}

TEST(SpanCost, ChainedSpansLeaveNothingToTheirParents) {
  const SpanCosts costs = span_costs(HONE_CLOCK_COUNTER | HONE_CLOCK_CHAINED);
  EXPECT_GT(costs.span_ns, 1);
  EXPECT_LT(costs.in_parent_ns, 0.2 * costs.span_ns + 1);
}

TEST(SpanCost, IsMeasuredOnce) {
  EXPECT_EQ(span_costs(HONE_CLOCK_COUNTER).span_ns, span_costs(HONE_CLOCK_COUNTER).span_ns);
}

TEST(SpanCost, NoProgramNoFacts) {
  EXPECT_TRUE(span_cost_facts(0).empty());
  const auto facts = span_cost_facts(HONE_CLOCK_COUNTER);
  ASSERT_EQ(facts.size(), 5u);
  EXPECT_EQ(facts[0].first, "cost.span_ns");
}

}  // namespace
}  // namespace hone::drain
