// What the time, or whatever else, is that views of stacks show: CPU time, blocked time, waits for
// locks, spans, ... Which of them a recording has, and what to do for the others.
//
//   for (const MetricState& each : metrics_of(profile)) use(each.id, each.why);
//   const StackWeights weights = weigh(profile, selection, Metric::kOffCpu);
//
// Samples and waits are summed by stack (this header); spans nest instead (path_tree.h). Samples
// stand for the CPU time that they weigh. Waits are measured, each, and count with the stack that
// they were seen at; of several that the recording has in one row, the part that lies in a
// selection of time is taken evenly. Costs have no time: they are taken with all of it, or not.
// With a selection of spans, such rows are left out: nobody knows in which spans they were.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/metric.h"
#include "analysis/selection.h"
#include "analysis/weights.h"
#include "base/host/function_ref.h"
#include "profile/profile.h"

namespace hone::analysis {

struct MetricState {
  Metric metric{};
  std::string_view id;    // "off-cpu": stable, for machines
  std::string_view name;  // "Blocked time"
  std::string_view unit;  // "ns", "count", "bytes"
  // What it is summed from: "samples", "waits", "spans", "gpu", "costs"; "" nothing.
  std::string_view what;
  std::string_view why;      // it is absent, a sentence; "" when it is there
  std::string_view command;  // that would record it; "" when none does
  bool present() const { return why.empty(); }
};

// All of them: those before kOwn in the order of Metric, then the recording's own in its order.
// Texts of the latter are the profile's.
std::vector<MetricState> metrics_of(const profile::Profile& profile);
// Of that name, whether a recording has it or not.
Metric metric_named(std::string_view id);
MetricState metric_state(const profile::Profile& profile, Metric metric);
// As it stands in a sentence: "CPU time", "instructions".
std::string name_in_text(const MetricState& state);
// What is shown where nobody says which: CPU time, or else the first that is there by stack.
MetricState default_metric(const profile::Profile& profile);
// Whether it is summed by stack: then weigh() and for_each_weighed() tell it.
bool is_of_stacks(Metric metric);

struct Weighed {
  ThreadId thread{};
  StackId stack{};  // kNone: not known
  int64_t weight = 0;
  uint32_t count = 0;  // samples or waits
  bool broken = false;
  TimeNs start{}, end{};  // of a wait; of a sample both are its time
  bool one = true;        // false: several waits, somewhere between start and end
  // False: of how many events it is a sum is not known, and `count` is 1. Then nobody knows either
  // how much chance is in it.
  bool is_counted = true;
};
// In the order of the recording, samples before waits. The sum of all weights does not overflow.
void for_each_weighed(const profile::Profile& profile, const Selection& selection, Metric metric,
                      base::FunctionRef<void(const Weighed&)> see);

// `cpu_ns` is the sum of the metric; `effective_count` is of samples and waits together: what a sum
// of so many independent events of different weights is worth, (sum w)^2 / sum w^2.
StackWeights weigh(const profile::Profile& profile, const Selection& selection, Metric metric);

}  // namespace hone::analysis
