#include "analysis/own_cost.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "analysis/summary.h"

namespace hone::analysis {
namespace {

// No clock takes so long; a file that says so is not believed.
constexpr double kMostNs = 100'000;

double cost_of(const profile::Profile& profile, std::string_view key) {
  const std::string_view text = profile.meta(key);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value > 0 && value < kMostNs ? value : 0;
}

uint64_t count_of(const profile::Profile& profile, std::string_view key) {
  const std::string_view text = profile.meta(key);
  uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

// Those of one span or message are one mark.
uint64_t argument_marks(const std::vector<profile::SpanArgument>& arguments) {
  uint64_t count = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    count += i == 0 || arguments[i].time != arguments[i - 1].time ||
             arguments[i].thread != arguments[i - 1].thread ||
             arguments[i].site != arguments[i - 1].site;
  }
  return count;
}

}  // namespace

OwnCost own_cost(const profile::Profile& profile) {
  OwnCost out{.span_ns = cost_of(profile, "cost.span_ns"),
              .mark_ns = cost_of(profile, "cost.mark_ns"),
              .lock_ns = cost_of(profile, "cost.lock_ns"),
              .counted_ns = cost_of(profile, "cost.counted_ns"),
              .spans_short = count_of(profile, "spans.short")};
  // Of a part of a recording nobody knows how many were left out.
  if (!profile.meta("trim.from_ns").empty()) out.spans_short = 0;
  const profile::Instrumentation& all = profile.instrumentation();
  // Of a part of a recording nobody knows how many of its calls were stopped at.
  out.probe_ns = profile.meta("trim.from_ns").empty() ? cost_of(profile, "cost.probe_ns") : 0;
  if (out.probe_ns > 0) out.probed_calls = count_of(profile, "probes.calls");
  const bool has_spans = out.span_ns > 0 && (!all.empty() || out.spans_short > 0);
  if (!has_spans && out.probed_calls == 0) return out;
  // An older recording does not tell; a lock is two readings of the clock, as a span is.
  if (out.lock_ns <= 0) out.lock_ns = out.span_ns;
  out.known = true;
  // In a program that has spans of its own, too, it is theirs.
  const double in_parent =
      out.span_ns > 0 ? std::min(cost_of(profile, "cost.span_in_parent_ns"), out.span_ns)
                      : std::min(cost_of(profile, "cost.probe_in_parent_ns"), out.probe_ns);
  out.in_parent_ns = std::llround(in_parent);
  const uint64_t probed_timed = std::min(count_of(profile, "probes.calls_timed"), out.probed_calls);
  out.spans = all.spans.size() + all.loose.size();
  out.spans -= std::min(out.spans, probed_timed);
  for (const profile::SpanWeight& weight : all.weights) out.spans_counted += weight.count - 1;
  for (const profile::SpanCount& count : all.counts) out.spans_counted += count.count;
  out.spans_counted -= std::min(out.spans_counted, out.probed_calls - probed_timed);
  out.locks = all.locks.size();
  out.gpu_spans = all.gpu_spans.size();
  out.marks = all.frames.size() + all.plots.size() + all.messages.size() + all.flows.size() +
              all.allocations.size() + all.gpu_spans.size() + argument_marks(all.arguments);
  const double spans = static_cast<double>(out.spans) + static_cast<double>(out.spans_short);
  const double total = out.span_ns * spans + out.mark_ns * static_cast<double>(out.marks) +
                       out.lock_ns * static_cast<double>(out.locks) +
                       out.counted_ns * static_cast<double>(out.spans_counted) +
                       out.probe_ns * static_cast<double>(out.probed_calls);
  out.total_ns = std::llround(std::min(total, 9e18));
  const double cpu_ns = recorded_cpu_ns(profile);
  if (cpu_ns > 0) out.share = total / cpu_ns;
  return out;
}

}  // namespace hone::analysis
