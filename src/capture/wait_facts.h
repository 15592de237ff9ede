// What a recording says of how its waits were measured.
#pragma once

#include "capture/collector.h"
#include "capture/facts.h"
#include "capture/perf_events.h"

namespace hone::capture {

// waits.tier is one of: "stacks at the switch", "looks at /proc", "accounts and looks at /proc";
// nothing at all when waits were not asked for.
Facts wait_facts(const PerfPlan& plan, uint64_t lost_stacks, const Collector& collector);
// The same where no switches are told of.
Facts account_facts(const Collector& collector);

}  // namespace hone::capture
