#include "capture/wait_facts.h"

#include <fmt/format.h>

#include "capture/switch_events.h"

namespace hone::capture {

Facts wait_facts(const PerfPlan& plan, uint64_t lost_stacks, const Collector& collector) {
  if (!plan.switches) return {};
  const WaitLedger& waits = collector.waits();
  const CollectorCounts& counts = collector.counts();
  Facts facts = {{"waits.tier", plan.switch_stacks ? "stacks at the switch" : "looks at /proc"},
                 {"waits.switches", fmt::format("{}", waits.switches())},
                 {"waits.looks", fmt::format("{}", counts.looks)}};
  if (plan.switch_stacks) {
    facts.emplace_back("waits.stacks", fmt::format("{}", counts.wait_stacks));
    facts.emplace_back("waits.stacks_per_cpu_second_max",
                       fmt::format("{:.0f}", SwitchPace::kStacksPerSecond));
    if (lost_stacks > 0) facts.emplace_back("waits.stacks_lost", fmt::format("{}", lost_stacks));
  } else {
    facts.emplace_back("waits.look_interval_ns", fmt::format("{}", Collector::kLookIntervalNs));
  }
  if (waits.contradictions() > 0) {
    facts.emplace_back("waits.switches_lost", fmt::format("{}", waits.contradictions()));
  }
  facts.emplace_back("waits.wakers", plan.wakeup_pid_offset >= 0 ? "yes" : why_no_wakeups());
  return facts;
}

Facts account_facts(const Collector& collector) {
  if (!collector.accounts_waits()) return {};
  return {{"waits.tier", "accounts and looks at /proc"},
          {"waits.looks", fmt::format("{}", collector.counts().looks)},
          {"waits.look_interval_ns", fmt::format("{}", Collector::kLookIntervalNs)},
          {"waits.wakers", "the sampler by timers is told of no switches"}};
}

}  // namespace hone::capture
