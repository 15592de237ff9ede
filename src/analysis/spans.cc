#include "analysis/spans.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>
#include <unordered_map>

#include "analysis/derived_plots.h"
#include "analysis/frame_times.h"
#include "analysis/hot_places.h"
#include "analysis/recorded_frames.h"
#include "analysis/recorded_time.h"
#include "analysis/span_sums.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Instrumentation;
using profile::Profile;

bool is_in(const Selection& selection, TimeNs time) {
  return time >= selection.time_first && time <= selection.time_last;
}

std::vector<SpanStats> span_stats(const Profile& p, const Selection& selection,
                                  const SampleFilter& filter, int64_t cost_ns) {
  std::vector<SpanSums> sums = sum_spans(p, selection, filter, cost_ns);
  std::vector<SpanStats> out;
  for (uint32_t i = 1; i < sums.size(); ++i) {
    if (!sums[i].empty()) out.push_back(stats_of_site(p, SiteId{i}, sums[i]));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const SpanStats& a, const SpanStats& b) { return a.self_ns > b.self_ns; });
  return out;
}

FrameStats frame_stats(const FrameSet& set, const SpanOptions& options) {
  FrameStats stats{.name = set.name};
  std::vector<int64_t> durations;
  for (const FrameTime& frame : set.frames) {
    durations.push_back(frame.duration_ns);
    stats.over_budget += frame.duration_ns > options.budget_ns;
    stats.worst.push_back({frame.number, frame.start, frame.duration_ns});
  }
  stats.frames_of_chart = (durations.size() + kChartFrames - 1) / kChartFrames;
  for (size_t i = 0; i < durations.size(); ++i) {
    const auto ns = static_cast<double>(durations[i]);
    if (i % stats.frames_of_chart == 0) stats.chart.push_back(ns);
    stats.chart.back() = std::max(stats.chart.back(), ns);
  }
  const size_t shown = std::min(options.worst, stats.worst.size());
  std::partial_sort(stats.worst.begin(), stats.worst.begin() + static_cast<ptrdiff_t>(shown),
                    stats.worst.end(),
                    [](const Frame& a, const Frame& b) { return a.duration_ns > b.duration_ns; });
  stats.worst.resize(shown);
  stats.times = distribution_of(durations);
  return stats;
}

double mean(double sum, uint64_t count) {
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

// How frames spend their time, into `spans` and a comparison.
FrameComparison compare_frames(const Profile& p, const FrameSet& set, int64_t budget_ns,
                               std::vector<SpanStats>& spans) {
  FrameComparison out{.set = set.name};
  const std::vector<FrameKind> kinds = frame_kinds(set, budget_ns);
  double all_ns = 0;
  for (size_t i = 0; i < kinds.size(); ++i) {
    const auto ns = static_cast<double>(set.frames[i].duration_ns);
    all_ns += ns;
    if (kinds[i] == FrameKind::kSlow) {
      ++out.slow;
      out.slow_mean_ns += ns;
    } else if (kinds[i] == FrameKind::kTypical) {
      ++out.typical;
      out.typical_mean_ns += ns;
    }
  }
  const SpansInFrames in = spans_in_frames(p, set, kinds);
  const auto& slow = in.self_ns[static_cast<size_t>(FrameKind::kSlow)];
  const auto& typical = in.self_ns[static_cast<size_t>(FrameKind::kTypical)];
  for (SpanStats& span : spans) {
    const size_t site = raw(span.site);
    if (all_ns > 0) {
      span.frame_share = in.total_ns[site] / all_ns;
      for (const std::vector<double>& self : in.self_ns) span.frame_self_share += self[site];
      span.frame_self_share /= all_ns;
    }
    span.slow_self_ns = mean(slow[site], out.slow);
    span.typical_self_ns = mean(typical[site], out.typical);
  }
  // What no span was around is taken from entry 0.
  out.slow_unmarked_ns = mean(out.slow_mean_ns + slow[0], out.slow);
  out.typical_unmarked_ns = mean(out.typical_mean_ns + typical[0], out.typical);
  out.slow_mean_ns = mean(out.slow_mean_ns, out.slow);
  out.typical_mean_ns = mean(out.typical_mean_ns, out.typical);
  return out;
}

struct PlotSums {
  PlotStats stats;
  double sum = 0;
  TimeNs last{INT64_MIN};
  std::array<double, kPlotSteps> of_step{};
  std::array<uint32_t, kPlotSteps> count_of_step{};

  void add(TimeNs time, double value, size_t step) {
    if (stats.count == 0) stats.least = stats.most = value;
    ++stats.count;
    stats.least = std::min(stats.least, value);
    stats.most = std::max(stats.most, value);
    sum += value;
    if (time >= last) {
      last = time;
      stats.last = value;
    }
    of_step[step] += value;
    ++count_of_step[step];
  }
  PlotStats done() {
    stats.mean = sum / static_cast<double>(stats.count);
    for (size_t i = 0; i < kPlotSteps; ++i) {
      stats.points.push_back(count_of_step[i] > 0 ? of_step[i] / count_of_step[i] : NAN);
    }
    return std::move(stats);
  }
};

// A plot is a name; values that are no numbers are left out.
std::vector<PlotStats> plot_stats(const Profile& p, const Selection& selection,
                                  const SampleFilter& filter) {
  const Instrumentation& all = p.instrumentation();
  const RecordedTime time = recorded_time(p, selection);
  const double length = std::max(1.0, static_cast<double>(raw(time.end) - raw(time.start)));
  std::map<std::string, PlotSums> sums;
  std::vector<PlotSums*> by_site(all.sites.size(), nullptr);
  for (const profile::PlotValue& value : all.plots) {
    if (value.site == SiteId::kNone || !filter.takes_thread(value.thread) ||
        !is_in(selection, value.time) || !std::isfinite(value.value)) {
      continue;
    }
    PlotSums*& of_site = by_site[raw(value.site)];
    if (of_site == nullptr) {
      const profile::Site& site = all.sites[raw(value.site)];
      std::string name(p.string(site.name));
      of_site = &sums[name];
      if (of_site->stats.name.empty()) {
        of_site->stats.unit = p.string(site.unit);
        of_site->stats.name = std::move(name);
      }
    }
    const double at = static_cast<double>(raw(value.time) - raw(time.start)) / length;
    const double step = std::clamp(at * kPlotSteps, 0.0, kPlotSteps - 1.0);
    of_site->add(value.time, value.value, static_cast<size_t>(step));
  }
  std::vector<PlotStats> out;
  out.reserve(sums.size());
  for (auto& [name, sum] : sums) out.push_back(sum.done());
  return out;
}

std::vector<MessageStats> message_stats(const Profile& p, const Selection& selection,
                                        const SampleFilter& filter) {
  const Instrumentation& all = p.instrumentation();
  std::unordered_map<uint32_t, size_t> known;
  std::vector<MessageStats> out;
  for (const profile::Message& message : all.messages) {
    if (message.site == SiteId::kNone || !filter.takes_thread(message.thread) ||
        !is_in(selection, message.time)) {
      continue;
    }
    const auto [at, is_new] = known.try_emplace(raw(message.site), out.size());
    if (is_new) {
      const profile::Site& site = all.sites[raw(message.site)];
      out.push_back({.text = std::string(p.string(site.name)),
                     .level = site.level,
                     .first = message.time,
                     .last = message.time});
    }
    MessageStats& stats = out[at->second];
    ++stats.count;
    stats.first = std::min(stats.first, message.time);
    stats.last = std::max(stats.last, message.time);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const MessageStats& a, const MessageStats& b) { return a.first < b.first; });
  return out;
}

uint64_t number_of(const Profile& p, std::string_view key) {
  uint64_t out = 0;
  for (const char c : p.meta(key)) {
    if (c < '0' || c > '9' || out > UINT64_MAX / 16) return out;
    out = out * 10 + static_cast<uint64_t>(c - '0');
  }
  return out;
}

}  // namespace

SpanReport span_report(const profile::Profile& profile, const Selection& selection,
                       const SpanOptions& options) {
  SpanReport out;
  out.budget_ns = options.budget_ns;
  out.frame_every = frame_every(profile);
  out.lost = number_of(profile, "spans.lost") + number_of(profile, "spans.marks_lost");
  out.refused = number_of(profile, "spans.programs_refused");
  out.cost = own_cost(profile);
  if (profile.instrumentation().empty()) return out;
  const SampleFilter filter(profile, selection);
  out.spans = span_stats(profile, selection, filter, out.cost.in_parent_ns);
  const std::vector<FrameSet> sets = frame_sets(profile, selection, filter);
  for (const FrameSet& set : sets) out.frames.push_back(frame_stats(set, options));
  if (!sets.empty()) {
    out.comparison = compare_frames(profile, sets[0], options.budget_ns, out.spans);
  }
  correct_hot_places(profile, selection, filter, out.cost.in_parent_ns, out.spans);
  out.plots = plot_stats(profile, selection, filter);
  add_derived_plots(profile, selection, out);
  out.messages = message_stats(profile, selection, filter);
  return out;
}

}  // namespace hone::analysis
