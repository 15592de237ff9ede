// What the events of a recording are to count and tell: the kernel's attributes of each kind.
//
//   perf_event_attr attr = sampler_attr(options, plan);   // then perf_event_open(&attr, ...)
//
// Pure: nothing is asked of the kernel here.
#pragma once

#include <linux/perf_event.h>

#include <cstdint>
#include <vector>

#include "capture/perf_events.h"

namespace hone::capture {

// What all events here have in common.
perf_event_attr perf_common_attr();
// The register mask of a sample and the DWARF number of each register in it, in order.
uint64_t perf_register_mask();
const std::vector<uint8_t>& perf_register_numbers();

// Takes samples; without tellers in the plan it tells of tasks, too.
perf_event_attr sampler_attr(const PerfOptions& options, const PerfPlan& plan);
// Tells of starts, names, mappings and ends of tasks, and counts nothing of use.
perf_event_attr teller_attr(const PerfOptions& options, const PerfPlan& plan);
// Counts CPU time.
perf_event_attr counter_attr(const PerfOptions& options, const PerfPlan& plan);

}  // namespace hone::capture
