#include "analysis/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/finding_rules.h"
#include "analysis/function_names.h"
#include "analysis/metrics.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

Finding nothing_stands_out(const FindingInput& in) {
  Finding f{.kind = FindingKind::kNothingStandsOut, .id = "nothing-stands-out", .severity = 1};
  if (in.functions.rows.empty()) {
    f.sentence = "Nothing stands out: no CPU time was sampled";
  } else {
    const HotSpot& top = in.functions.rows[0];
    f.sentence =
        fmt::format("Nothing stands out: the function with most time of its own, '{}', has {}",
                    short_name(top.name), share_text(top.self));
    f.evidence = {{"top_function", top.name},
                  {"self_share", number_text(top.self.value)},
                  {"self_share_low", number_text(top.self.low)},
                  {"self_share_high", number_text(top.self.high)}};
  }
  f.next_step = "See which call paths add up: hone flamegraph, or hone report --by module";
  const MetricState weight = metric_state(in.profile, in.selection.metric);
  if (weight.metric != Metric::kCpu && !in.functions.rows.empty()) {
    const HotSpot& top = in.functions.rows[0];
    f.sentence =
        fmt::format("'{}' has {} of {} of its own, more than any other", short_name(top.name),
                    base::percent_text(top.self.value), name_in_text(weight));
  } else if (!in.summary.sampled && in.functions.rows.empty()) {
    f.sentence =
        in.profile.meta("import.format").empty()
            ? "No samples: the program recorded itself, so where its CPU time went is not known"
            : "No samples: the file has none, so where CPU time went is not known";
    f.next_step = "Its spans are below; with samples: hone record -- COMMAND";
  }
  f.how = "None of the rules found something to look at (severity 2 or more).";
  return f;
}

}  // namespace

std::string share_text(const Share& share) {
  return fmt::format("{} of CPU time ({} to {})", base::percent_text(share.value),
                     base::percent_text(share.low), base::percent_text(share.high));
}

std::string number_text(double value) {
  return fmt::format("{:.4f}", value);
}

std::string quoted(std::string_view argument) {
  std::string text = "'";
  for (const char c : argument) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

std::vector<Finding> findings(const profile::Profile& profile, const Selection& selection) {
  return findings(profile, selection, span_report(profile, selection, {}));
}

std::vector<Finding> findings(const profile::Profile& profile, const Selection& selection,
                              const SpanReport& spans) {
  const StackWeights weights = weigh(profile, selection);
  const Summary summary = summarise(profile, selection);
  const HotSpots functions = leading_spots(profile, selection, weights, GroupBy::kFunction, 0);
  const Counters counters = summarise_counters(profile, selection);
  const WaitReport waits = wait_report(profile, selection);
  const FindingInput in{profile,        selection, weights,  summary, functions,
                        counters.facts, waits,     counters, spans};
  std::vector<Finding> all;
  if (selection.metric != Metric::kCpu) {
    // The rules judge times; what is not one is said alone.
    find_missing_symbols(in, all);
    find_data_lost(in, all);
    all.insert(all.begin(), nothing_stands_out(in));
    return all;
  }
  find_dominating_function(in, all);
  find_dominating_line(in, all);
  find_script_function(in, all);
  find_single_busy_thread(in, all);
  find_debug_build(in, all);
  find_tall_small_functions(in, all);
  find_missing_symbols(in, all);
  find_broken_stacks(in, all);
  find_too_few_samples(in, all);
  find_data_lost(in, all);
  find_unsampled_cpu(in, all);
  find_throttled(in, all);
  find_memory_limit(in, all);
  find_major_faults(in, all);
  find_page_fault_storm(in, all);
  find_swapped(in, all);
  find_stolen_cpu(in, all);
  find_waiting(in, all);
  find_run_queue_wait(in, all);
  find_cpu_pressure(in, all);
  find_one_thread_holds(in, all);
  find_short_system_calls(in, all);
  find_explaining_event(in, all);
  find_lockstep(in, all);
  find_frames_over_budget(in, all);
  find_span_of_frame(in, all);
  find_spikes(in, all);
  find_bound_by(in, all);
  find_growing_plot(in, all);
  find_low_hit_rate(in, all);
  find_waiting_span(in, all);
  find_lock_waits(in, all);
  find_freed_twice(in, all);
  std::stable_sort(all.begin(), all.end(), [](const Finding& a, const Finding& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    return a.gain_share > b.gain_share;
  });
  // Notes are about the measurement; that nothing was found is said before them.
  if (all.empty() || all[0].severity < 2) all.insert(all.begin(), nothing_stands_out(in));
  return all;
}

}  // namespace hone::analysis
