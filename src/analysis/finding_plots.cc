// Findings about plots and about what spans wait for.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "analysis/finding_rules.h"
#include "analysis/function_names.h"
#include "analysis/span_waits.h"
#include "base/host/text.h"
#include "stats/interval.h"
#include "stats/trend.h"

namespace hone::analysis {
namespace {

using base::percent_text;

// The values of a plot, by time.
struct Series {
  std::string name, unit;
  std::vector<std::pair<TimeNs, double>> values;
};

// As in plot_stats(): a plot is a name; where several processes have it, nobody could tell a trend
// of one from the difference to another, so that each is a series.
std::vector<Series> series_of(const FindingInput& in) {
  const profile::Instrumentation& all = in.profile.instrumentation();
  const SampleFilter filter(in.profile, in.selection);
  std::map<std::pair<std::string, uint32_t>, Series> by_name;
  for (const profile::PlotValue& value : all.plots) {
    if (value.site == SiteId::kNone || !filter.takes_thread(value.thread) ||
        value.time < in.selection.time_first || value.time > in.selection.time_last ||
        !std::isfinite(value.value)) {
      continue;
    }
    const profile::Site& site = all.sites[raw(value.site)];
    std::string name(in.profile.string(site.name));
    const uint32_t process = raw(in.profile.threads()[raw(value.thread)].process);
    Series& series = by_name[{name, process}];
    if (series.values.empty()) {
      series.unit = in.profile.string(site.unit);
      series.name = std::move(name);
    }
    series.values.emplace_back(value.time, value.value);
  }
  std::vector<Series> out;
  for (auto& [key, series] : by_name) {
    std::stable_sort(series.values.begin(), series.values.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    out.push_back(std::move(series));
  }
  return out;
}

// Medians over equal parts of the time, which one value more or less does not change. Parts without
// a value are left out.
std::vector<double> steps_of(const Series& series) {
  const int64_t first = raw(series.values.front().first);
  const int64_t length = raw(series.values.back().first) - first + 1;
  std::vector<std::vector<double>> parts(Thresholds::kTrendSteps);
  for (const auto& [time, value] : series.values) {
    const double at = static_cast<double>(raw(time) - first) / static_cast<double>(length);
    const auto part = static_cast<size_t>(at * static_cast<double>(parts.size()));
    parts[std::min(part, parts.size() - 1)].push_back(value);
  }
  std::vector<double> out;
  for (std::vector<double>& part : parts) {
    if (part.empty()) continue;
    const auto middle = part.begin() + static_cast<ptrdiff_t>(part.size() / 2);
    std::nth_element(part.begin(), middle, part.end());
    out.push_back(*middle);
  }
  return out;
}

struct Rise {
  double tau = 0, first = 0, last = 0;
};

// It rises all along, to a multiple, and does not level off towards the end.
bool rises(const Series& series, Rise& rise) {
  if (series.values.size() < Thresholds::kTrendValues) return false;
  if (raw(series.values.back().first - series.values.front().first) < Thresholds::kTrendNs) {
    return false;
  }
  const std::vector<double> steps = steps_of(series);
  if (steps.size() < Thresholds::kTrendStepsLeast) return false;
  const std::span<const double> all(steps);
  const stats::Trend whole = stats::trend(all);
  if (whole.tau < Thresholds::kTrendTau || whole.slope <= 0) return false;
  const size_t third = steps.size() / 3;
  for (const auto part : {all.first(third), all.subspan(third, third), all.last(third)}) {
    const stats::Trend of_part = stats::trend(part);
    if (of_part.z < Thresholds::kTrendZ || of_part.slope < Thresholds::kTrendKeeps * whole.slope) {
      return false;
    }
  }
  const auto few = static_cast<ptrdiff_t>(std::max<size_t>(1, steps.size() / 20));
  std::vector<double> start(steps.begin(), steps.begin() + few),
      end(steps.end() - few, steps.end());
  std::sort(start.begin(), start.end());
  std::sort(end.begin(), end.end());
  rise = {whole.tau, start[start.size() / 2], end[end.size() / 2]};
  return rise.last - rise.first >= (Thresholds::kTrendTimes - 1) * std::abs(rise.first);
}

std::string value_text(double value, const std::string& unit) {
  const bool whole = std::abs(value) < 1e15 && value == std::floor(value);
  return (whole ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value)) +
         (unit.empty() ? "" : " " + unit);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// "PlanCache::hits" -> "plancache::"; "" when it does not end so.
std::string stem_of(std::string_view name, std::string_view ending) {
  const std::string low = lower(name);
  if (!low.ends_with(ending)) return {};
  return low.substr(0, low.size() - ending.size()) + "/";
}

// Of a count that goes up, what was added; of counts each of its own moment, all of them.
double sum_of(const Series& series) {
  double sum = 0;
  bool rising = series.values.size() > 1;
  for (size_t i = 0; i < series.values.size(); ++i) {
    sum += series.values[i].second;
    rising = rising && (i == 0 || series.values[i].second >= series.values[i - 1].second);
  }
  const double first = series.values.front().second, last = series.values.back().second;
  return rising && last > first ? last - first : sum;
}

void put_hit_rate(const std::string& name, double rate, double high, const std::string& counted,
                  Findings& out) {
  Finding f{.kind = FindingKind::kLowHitRate, .id = "low-hit-rate", .severity = 2};
  f.sentence = fmt::format("'{}' is hit {} of the time{}", name, percent_text(rate), counted);
  f.next_step =
      "Look at what the keys are made of, and at the size: a cache that misses costs its look-ups, "
      "too";
  f.how = fmt::format(
      "Plots of one name that end in hits and misses (of counts that never fall, what was added), "
      "with {:.0f} look-ups or more, and the upper end of the 95% interval under {:.0f}%; or a "
      "plot "
      "that ends in hit rate, by its mean.",
      Thresholds::kLookUps, Thresholds::kHitRate * 100);
  f.evidence = {
      {"plot", name}, {"hit_rate", number_text(rate)}, {"hit_rate_high", number_text(high)}};
  out.push_back(std::move(f));
}

}  // namespace

void find_growing_plot(const FindingInput& in, Findings& out) {
  for (const Series& series : series_of(in)) {
    Rise rise;
    if (!rises(series, rise)) continue;
    const double seconds =
        static_cast<double>(raw(series.values.back().first - series.values.front().first)) * 1e-9;
    Finding f{.kind = FindingKind::kGrowingPlot, .id = "growing-plot", .severity = 2};
    f.sentence =
        fmt::format("'{}' grows as long as it is recorded: from {} to {} in {}", series.name,
                    value_text(rise.first, series.unit), value_text(rise.last, series.unit),
                    base::duration_text(DurationNs{static_cast<int64_t>(seconds * 1e9)}));
    f.next_step =
        "When it is to stay within bounds: see who adds to it and who takes away; a longer "
        "recording "
        "tells whether it ends";
    f.how = fmt::format(
        "Medians of {} equal parts of the time, from {} values and {:.0f} s on: Kendall's tau "
        "{:.1f} "
        "or more, Mann-Kendall's z {:.1f} or more and Theil-Sen's slope {:.0f}% of the whole one's "
        "or "
        "more in each third, and at the end {:.1f} times the value of the start or more. A count "
        "of "
        "all that ever happened grows so, too.",
        Thresholds::kTrendSteps, Thresholds::kTrendValues,
        static_cast<double>(Thresholds::kTrendNs) * 1e-9, Thresholds::kTrendTau,
        Thresholds::kTrendZ, Thresholds::kTrendKeeps * 100, Thresholds::kTrendTimes);
    f.evidence = {{"plot", series.name},
                  {"unit", series.unit},
                  {"first", fmt::format("{:.6g}", rise.first)},
                  {"last", fmt::format("{:.6g}", rise.last)},
                  {"tau", number_text(rise.tau)},
                  {"per_second", fmt::format("{:.6g}", (rise.last - rise.first) / seconds)}};
    out.push_back(std::move(f));
  }
}

void find_low_hit_rate(const FindingInput& in, Findings& out) {
  const std::vector<Series> all = series_of(in);
  for (const Series& hits : all) {
    const std::string stem = stem_of(hits.name, "hits");
    if (stem.empty()) continue;
    for (const Series& misses : all) {
      if (stem_of(misses.name, "misses") != stem) continue;
      const double hit = sum_of(hits), looked = hit + sum_of(misses);
      if (hit < 0 || looked < Thresholds::kLookUps || hit > looked) continue;
      const stats::Interval at = stats::wilson_interval(hit, looked, 0.95);
      if (at.high >= Thresholds::kHitRate) continue;
      put_hit_rate(hits.name, hit / looked, at.high,
                   fmt::format(": {} of {} look-ups", value_text(hit, ""), value_text(looked, "")),
                   out);
      break;
    }
  }
  for (const Series& rate : all) {
    const std::string low = lower(rate.name);
    if (!low.ends_with("hit_rate") && !low.ends_with("hit rate") && !low.ends_with("hitrate")) {
      continue;
    }
    double mean = 0;
    for (const auto& [time, value] : rate.values) mean += value;
    mean /= static_cast<double>(rate.values.size());
    if (rate.unit == "%") mean /= 100;
    if (mean < 0 || mean >= Thresholds::kHitRate || rate.values.size() < Thresholds::kTrendValues) {
      continue;
    }
    put_hit_rate(rate.name, mean, mean, " in the mean", out);
  }
}

void find_waiting_span(const FindingInput& in, Findings& out) {
  if (!in.waits.recorded || in.spans.spans.empty()) return;
  for (const SpanWaits& waits : span_waits(in.profile, in.selection)) {
    const auto span = std::find_if(in.spans.spans.begin(), in.spans.spans.end(),
                                   [&](const SpanStats& one) { return one.site == waits.site; });
    if (span == in.spans.spans.end() || span->self_ns <= 0) continue;
    const double share = static_cast<double>(waits.blocked_ns) / static_cast<double>(span->self_ns);
    if (waits.blocked_ns < Thresholds::kSpanWaitNs) return;  // the next ones waited for less
    if (share < Thresholds::kSpanWaitShare) continue;
    const bool idle = waits.kind == WaitKind::kPoll || waits.kind == WaitKind::kChild ||
                      waits.kind == WaitKind::kOther || waits.kind == WaitKind::kUnknown;
    Finding f{.kind = FindingKind::kWaitingSpan, .id = "waiting-span"};
    f.severity = idle ? 1 : 2;
    f.sentence = fmt::format(
        "Inside '{}' its thread waits {} of the span's own time ({} in {} waits), {}", span->name,
        percent_text(std::min(share, 1.0)), base::duration_text(DurationNs{waits.blocked_ns}),
        base::count_text(waits.count),
        waits.kind == WaitKind::kUnknown ? std::string("for what the recording does not tell")
                                         : fmt::format("most for {}", wait_kind_text(waits.kind)));
    if (!waits.function.empty()) f.sentence += fmt::format(" in '{}'", short_name(waits.function));
    f.next_step =
        "See its slowest, and what they waited for: hone report --span " + quoted(span->name);
    f.how = fmt::format(
        "Waits that began while that span was the innermost of its thread, waiting for a CPU not "
        "counted: {:.0f}% of its self time and {} or more. Waits that the recording only has as "
        "sums "
        "are left out. Severity 1 where it waited for descriptors or children, as what is idle "
        "does.",
        Thresholds::kSpanWaitShare * 100, base::duration_text(DurationNs{Thresholds::kSpanWaitNs}));
    f.evidence = {{"span", span->name},
                  {"blocked_ns", std::to_string(waits.blocked_ns)},
                  {"queued_ns", std::to_string(waits.queued_ns)},
                  {"self_ns", std::to_string(span->self_ns)},
                  {"share", number_text(share)},
                  {"kind", std::string(wait_kind_name(waits.kind))},
                  {"function", waits.function}};
    f.gain_share = span->frame_share * std::min(share, 1.0);
    out.push_back(std::move(f));
    return;
  }
}

}  // namespace hone::analysis
