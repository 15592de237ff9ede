#include "analysis/spans.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_map>

#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Instrumentation;
using profile::Profile;

constexpr size_t kDepths = 256;

// The nearest rank: the least value that at least this share of all does not exceed.
int64_t at_rank(std::vector<int64_t>& values, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<ptrdiff_t>(std::max<size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

bool is_in(const Selection& selection, TimeNs time) {
  return time >= selection.time_first && time <= selection.time_last;
}

// Sums by site, and the durations from which percentiles are taken.
struct Sums {
  int64_t self_ns = 0;
  uint64_t loose = 0, still_open = 0;
  uint32_t threads = 0;
  ThreadId last_thread{};
  std::vector<int64_t> durations;
};

// A hostile file's sums end at what a number holds.
void add_capped(int64_t& to, int64_t ns) {
  if (__builtin_add_overflow(to, ns, &to)) to = INT64_MAX;
}

void see_thread(Sums& sums, ThreadId thread) {
  if (sums.last_thread == thread) return;
  sums.last_thread = thread;
  ++sums.threads;
}

// Spans come in the order of their ends: those inside one come before it, one depth further in.
void add_thread(const profile::Spans& spans, const profile::Spans::OfThread& part,
                const Selection& selection, std::vector<Sums>& sums) {
  std::array<int64_t, kDepths + 1> inside{};
  for (size_t i = part.first; i < part.first + part.count; ++i) {
    const uint32_t depth = spans.depth(i);
    const int64_t duration = spans.duration_ns(i);
    const int64_t children = std::exchange(inside[depth + 1], 0);
    add_capped(inside[depth], duration);
    if (!is_in(selection, spans.end(i))) continue;
    Sums& sum = sums[raw(spans.site(i))];
    // What a clock's granule makes of it: never less than nothing.
    add_capped(sum.self_ns, std::max<int64_t>(duration - children, 0));
    sum.durations.push_back(duration);
    see_thread(sum, part.thread);
  }
}

std::vector<SpanStats> span_stats(const Profile& p, const Selection& selection,
                                  const SampleFilter& filter) {
  const Instrumentation& all = p.instrumentation();
  std::vector<Sums> sums(all.sites.size());
  for (const profile::Spans::OfThread& part : all.spans.threads()) {
    if (filter.takes_thread(part.thread)) add_thread(all.spans, part, selection, sums);
  }
  for (const profile::LooseSpan& span : all.loose) {
    if (!filter.takes_thread(span.thread) || !is_in(selection, span.end)) continue;
    Sums& sum = sums[raw(span.site)];
    if (span.open) {
      ++sum.still_open;
      continue;
    }
    ++sum.loose;
    add_capped(sum.self_ns, raw(span.end - span.start));
    sum.durations.push_back(raw(span.end - span.start));
    see_thread(sum, span.thread);
  }
  std::vector<SpanStats> out;
  for (uint32_t i = 1; i < sums.size(); ++i) {
    Sums& sum = sums[i];
    if (sum.durations.empty() && sum.still_open == 0) continue;
    const profile::Site& site = all.sites[i];
    out.push_back({.site = SiteId{i},
                   .name = std::string(p.string(site.name)),
                   .category = std::string(p.string(site.category)),
                   .function = std::string(p.string(site.function)),
                   .file = std::string(p.string(site.file)),
                   .line = site.line,
                   .times = distribution_of(sum.durations),
                   .self_ns = sum.self_ns,
                   .threads = sum.threads,
                   .loose = sum.loose,
                   .still_open = sum.still_open});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const SpanStats& a, const SpanStats& b) { return a.self_ns > b.self_ns; });
  return out;
}

// A set of frames is one name: marked where one ends and the next begins, or by both its ends.
std::vector<FrameStats> frame_stats(const Profile& p, const Selection& selection,
                                    const SampleFilter& filter, const SpanOptions& options) {
  const Instrumentation& all = p.instrumentation();
  std::map<std::string, std::vector<profile::FrameMark>> sets;
  for (const profile::FrameMark& mark : all.frames) {
    if (mark.site == SiteId::kNone || !filter.takes_thread(mark.thread)) continue;
    sets[std::string(p.string(all.sites[raw(mark.site)].name))].push_back(mark);
  }
  std::vector<FrameStats> out;
  for (auto& [name, marks] : sets) {
    std::stable_sort(marks.begin(), marks.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    FrameStats stats{.name = name};
    std::vector<int64_t> durations;
    TimeNs begin{};
    bool begun = false;
    uint64_t number = 0;
    for (const profile::FrameMark& mark : marks) {
      if (mark.kind != 2 && begun) {
        ++number;
        const Frame frame{number, begin, raw(mark.time - begin)};
        if (is_in(selection, mark.time)) {
          durations.push_back(frame.duration_ns);
          stats.over_budget += frame.duration_ns > options.budget_ns;
          stats.worst.push_back(frame);
        }
      }
      begun = mark.kind != 3;
      begin = mark.time;
    }
    if (durations.empty()) continue;
    const size_t shown = std::min(options.worst, stats.worst.size());
    std::partial_sort(stats.worst.begin(), stats.worst.begin() + static_cast<ptrdiff_t>(shown),
                      stats.worst.end(),
                      [](const Frame& a, const Frame& b) { return a.duration_ns > b.duration_ns; });
    stats.worst.resize(shown);
    stats.times = distribution_of(durations);
    out.push_back(std::move(stats));
  }
  std::stable_sort(out.begin(), out.end(), [](const FrameStats& a, const FrameStats& b) {
    return a.times.count > b.times.count;
  });
  return out;
}

// A plot is one name in one process; values that are no numbers are left out.
std::vector<PlotStats> plot_stats(const Profile& p, const Selection& selection,
                                  const SampleFilter& filter) {
  const Instrumentation& all = p.instrumentation();
  struct Sum {
    PlotStats stats;
    double sum = 0;
    TimeNs last{INT64_MIN};
  };
  std::map<std::string, Sum> sums;
  for (const profile::PlotValue& value : all.plots) {
    if (value.site == SiteId::kNone || !filter.takes_thread(value.thread) ||
        !is_in(selection, value.time) || !std::isfinite(value.value)) {
      continue;
    }
    const profile::Site& site = all.sites[raw(value.site)];
    Sum& sum = sums[std::string(p.string(site.name))];
    PlotStats& stats = sum.stats;
    if (stats.count == 0) {
      stats.name = p.string(site.name);
      stats.unit = p.string(site.unit);
      stats.least = stats.most = value.value;
    }
    ++stats.count;
    stats.least = std::min(stats.least, value.value);
    stats.most = std::max(stats.most, value.value);
    sum.sum += value.value;
    if (value.time >= sum.last) {
      sum.last = value.time;
      stats.last = value.value;
    }
  }
  std::vector<PlotStats> out;
  for (auto& [name, sum] : sums) {
    sum.stats.mean = sum.sum / static_cast<double>(sum.stats.count);
    out.push_back(std::move(sum.stats));
  }
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

Distribution distribution_of(std::vector<int64_t>& durations) {
  Distribution out;
  if (durations.empty()) return out;
  out.count = durations.size();
  double sum = 0;
  out.least_ns = out.most_ns = durations[0];
  for (const int64_t each : durations) {
    sum += static_cast<double>(each);
    out.least_ns = std::min(out.least_ns, each);
    out.most_ns = std::max(out.most_ns, each);
  }
  out.total_ns = sum < 9e18 ? static_cast<int64_t>(std::llround(sum)) : INT64_MAX;
  out.mean_ns = sum / static_cast<double>(durations.size());
  out.p50_ns = at_rank(durations, 0.50);
  out.p95_ns = at_rank(durations, 0.95);
  out.p99_ns = at_rank(durations, 0.99);
  return out;
}

SpanReport span_report(const profile::Profile& profile, const Selection& selection,
                       const SpanOptions& options) {
  SpanReport out;
  out.budget_ns = options.budget_ns;
  out.lost = number_of(profile, "spans.lost") + number_of(profile, "spans.marks_lost");
  out.refused = number_of(profile, "spans.programs_refused");
  if (profile.instrumentation().empty()) return out;
  const SampleFilter filter(profile, selection);
  out.spans = span_stats(profile, selection, filter);
  out.frames = frame_stats(profile, selection, filter, options);
  out.plots = plot_stats(profile, selection, filter);
  out.messages = message_stats(profile, selection, filter);
  return out;
}

}  // namespace hone::analysis
