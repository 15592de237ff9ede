// The tracks of a timeline that are not a thread's: frames, GPUs, plots, locks, pools, messages,
// counters.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <utility>

#include "analysis/counters.h"
#include "analysis/derived_plots.h"
#include "analysis/recorded_stretches.h"
#include "analysis/timeline.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;

// Shorter pauses than the longest so many are taken for recorded time.
constexpr size_t kPausesMax = 1000;

void set_bounds(TimelineTrack& track, const ValueSeries& series) {
  const ValueSeries::Part all = series.all();
  track.least = all.least;
  track.most = all.most;
  track.events = series.size();
}

std::string unit_of(const profile::Track& track) {
  using recording::TrackUnit;
  std::string unit;
  switch (track.unit) {
    case TrackUnit::kBytes:
      unit = "bytes";
      break;
    case TrackUnit::kNanoseconds:
      unit = "ns";
      break;
    case TrackUnit::kHertz:
      unit = "Hz";
      break;
    case TrackUnit::kCelsius:
      unit = "°C";
      break;
    case TrackUnit::kShare:
      unit = "share";
      break;
    default:
      break;
  }
  return track.kind == recording::TrackKind::kCumulative ? unit + "/s" : unit;
}

// A gauge holds until the next reading. A cumulative one's rate is of the time from one reading to
// the next, pauses apart, and stands where that begins.
ValueSeries series_of(const Profile& p, const profile::Track& track,
                      const RecordedStretches& recorded) {
  ValueSeries out;
  const profile::TrackValues& all = p.track_values();
  const auto divisor = static_cast<double>(track.divisor);
  for (size_t i = track.first; i < size_t{track.first} + track.count; ++i) {
    const auto value = static_cast<double>(all.value[i]);
    if (track.kind != recording::TrackKind::kCumulative) {
      out.add(all.time[i], value / divisor);
      continue;
    }
    if (i + 1 == size_t{track.first} + track.count) break;
    const auto ns = static_cast<double>(recorded.length(all.time[i], all.time[i + 1]));
    if (ns <= 0) continue;
    out.add(all.time[i], (static_cast<double>(all.value[i + 1]) - value) / divisor / (ns * 1e-9));
  }
  out.finish();
  return out;
}

}  // namespace

void Timeline::add_frames() {
  const Selection everything;
  std::vector<FrameSet> sets =
      analysis::frame_sets(profile_, everything, SampleFilter(profile_, everything));
  if (sets.size() > kFrameSetsMax) sets.resize(kFrameSetsMax);
  for (FrameSet& set : sets) {
    std::vector<TrackRow> rows;
    for (const FrameTime& frame : set.frames) {
      rows.push_back({.start = frame.start,
                      .end = frame.start + DurationNs{frame.duration_ns},
                      .original = static_cast<uint32_t>(rows.size())});
    }
    const std::string name = set.name;
    frames_.push_back({std::move(set), tracks_.size()});
    const size_t count = rows.size();
    add_track({.id = id_of("frames", name),
               .kind = TimelineKind::kFrames,
               .name = name,
               .group = "Frames",
               .what = "Frames that the program marks.",
               .events = count,
               .part = rows_.add(std::move(rows))});
  }
}

void Timeline::add_gpu() {
  const profile::Instrumentation& all = profile_.instrumentation();
  std::vector<std::vector<TrackRow>> by_queue(all.gpu_queues.size());
  constexpr uint8_t kNotKnown = 255;
  std::vector<bool> has_depths(all.gpu_queues.size(), true);
  for (size_t i = 0; i < all.gpu_spans.size(); ++i) {
    const profile::GpuSpan& span = all.gpu_spans[i];
    by_queue[raw(span.queue)].push_back({.start = span.start,
                                         .end = span.end,
                                         .name = raw(span.site),
                                         .original = static_cast<uint32_t>(i),
                                         .depth = span.depth});
    if (span.depth == kNotKnown) has_depths[raw(span.queue)] = false;
  }
  for (size_t i = 0; i < by_queue.size(); ++i) {
    std::vector<TrackRow>& rows = by_queue[i];
    if (rows.empty()) continue;
    const profile::GpuQueue& queue = all.gpu_queues[i];
    uint32_t depth = 0;
    if (has_depths[i]) {
      for (const TrackRow& row : rows) depth = std::max<uint32_t>(depth, row.depth + 1u);
    } else {
      depth = assign_depths(rows, 0, kDepthsMax);
    }
    const size_t count = rows.size();
    add_track(
        {.id = fmt::format("gpu:{}", i),
         .kind = TimelineKind::kGpu,
         .name = fmt::format("{} {}", profile_.string(queue.device), profile_.string(queue.name)),
         .group = "GPU",
         .what = "What ran on this queue, by the GPU's own clock, which is compared with ours.",
         .process = queue.process,
         .depth = depth,
         .events = count,
         .part = rows_.add(std::move(rows))});
  }
}

void Timeline::add_plots(const Selection& rules) {
  const profile::Instrumentation& all = profile_.instrumentation();
  std::map<std::pair<ProcessId, std::string_view>, std::vector<size_t>> by_name;
  for (size_t i = 0; i < all.plots.size(); ++i) {
    if (!std::isfinite(all.plots[i].value)) continue;
    const ProcessId process = profile_.threads()[raw(all.plots[i].thread)].process;
    by_name[{process, profile_.string(all.sites[raw(all.plots[i].site)].name)}].push_back(i);
  }
  const auto add = [&](std::string_view name, std::string_view unit, ProcessId process,
                       ValueSeries series, std::string what) {
    series.finish();
    TimelineTrack track{.id = id_of("plot", name),
                        .kind = TimelineKind::kPlot,
                        .name = std::string(name),
                        .group = "Plots",
                        .unit = std::string(unit),
                        .what = std::move(what),
                        .process = process,
                        .part = series_.size()};
    set_bounds(track, series);
    series_.push_back(std::move(series));
    add_track(std::move(track));
  };
  size_t count = 0;
  for (auto& [key, rows] : by_name) {
    if (++count > kPlotsMax) break;
    std::stable_sort(rows.begin(), rows.end(),
                     [&](size_t a, size_t b) { return all.plots[a].time < all.plots[b].time; });
    ValueSeries series;
    for (const size_t row : rows) series.add(all.plots[row].time, all.plots[row].value);
    const profile::Site& site = all.sites[raw(all.plots[rows[0]].site)];
    add(key.second, profile_.string(site.unit), key.first, std::move(series),
        "A plot of the program: a value holds until the next.");
  }
  Selection of_plots;
  of_plots.plots = rules.plots;
  for (const DerivedPlot& plot : derived_plots(profile_, of_plots)) {
    if (plot.value.empty()) continue;
    ValueSeries series;
    for (size_t i = 0; i < plot.value.size(); ++i) series.add(plot.time[i], plot.value[i]);
    add(plot.name, plot.unit, ProcessId::kNone, std::move(series), "= " + plot.expression);
  }
}

void Timeline::add_locks() {
  const profile::Instrumentation& all = profile_.instrumentation();
  struct Uses {
    std::vector<uint32_t> rows;
    double wait_ns = 0;
  };
  std::map<std::pair<ProcessId, uint64_t>, Uses> by_lock;
  for (size_t i = 0; i < all.locks.size(); ++i) {
    const profile::LockUse& use = all.locks[i];
    Uses& uses = by_lock[{profile_.threads()[raw(use.thread)].process, use.lock}];
    uses.rows.push_back(static_cast<uint32_t>(i));
    uses.wait_ns += static_cast<double>(use.wait_ns);
  }
  std::vector<std::pair<std::pair<ProcessId, uint64_t>, Uses>> locks(
      std::make_move_iterator(by_lock.begin()), std::make_move_iterator(by_lock.end()));
  std::stable_sort(locks.begin(), locks.end(), [](const auto& a, const auto& b) {
    if (a.second.wait_ns != b.second.wait_ns) return a.second.wait_ns > b.second.wait_ns;
    return a.second.rows.size() > b.second.rows.size();
  });
  if (locks.size() > kLocksMax) {
    locks_hidden_ = locks.size() - kLocksMax;
    locks.resize(kLocksMax);
  }
  for (const auto& [key, uses] : locks) {
    std::vector<TrackRow> held, waited;
    for (const uint32_t i : uses.rows) {
      const profile::LockUse& use = all.locks[i];
      TrackRow row{.start = use.obtained(), .end = use.end, .name = raw(use.thread), .original = i};
      const bool was_held = (use.flags & (recording::kLockGaveUp | recording::kLockStillWaiting |
                                          recording::kLockHoldUnknown)) == 0;
      if (was_held) held.push_back(row);
      if (use.wait_ns <= 0) continue;
      row.end = std::exchange(row.start, use.asked());
      waited.push_back(row);
    }
    const uint32_t waiters = assign_depths(waited, 1, kDepthsMax);
    held.insert(held.end(), waited.begin(), waited.end());
    const size_t count = held.size();
    const std::string_view name =
        profile_.string(all.sites[raw(all.locks[uses.rows[0]].site)].name);
    add_track({.id = fmt::format("lock:{:x}", key.second),
               .kind = TimelineKind::kLock,
               .name = fmt::format("{} {:#x}", name, key.second),
               .group = "Locks",
               .what = "First row: which thread held it. Below: which threads waited for it.",
               .process = key.first,
               .depth = 1 + waiters,
               .events = count,
               .part = rows_.add(std::move(held))});
  }
}

void Timeline::add_pools() {
  const std::vector<profile::Allocation>& marks = profile_.instrumentation().allocations;
  std::map<std::pair<ProcessId, std::string_view>, std::vector<size_t>> by_name;
  for (size_t i = 0; i < marks.size(); ++i) {
    const profile::Site& site = profile_.instrumentation().sites[raw(marks[i].site)];
    const ProcessId process = profile_.threads()[raw(marks[i].thread)].process;
    by_name[{process, profile_.string(site.name)}].push_back(i);
  }
  size_t count = 0;
  for (auto& [key, rows] : by_name) {
    if (++count > kPoolsMax) break;
    std::stable_sort(rows.begin(), rows.end(),
                     [&](size_t a, size_t b) { return marks[a].time < marks[b].time; });
    std::unordered_map<uint64_t, double> live;
    double bytes = 0;
    ValueSeries series;
    for (const size_t row : rows) {
      const profile::Allocation& mark = marks[row];
      if (mark.kind == recording::kPoolReset) {
        live.clear();
        bytes = 0;
      } else {
        const auto at = live.find(mark.address);
        if (at != live.end()) {
          bytes = std::max(0.0, bytes - at->second);
          live.erase(at);
        }
        if (mark.kind == recording::kAllocated) {
          live[mark.address] = static_cast<double>(mark.bytes);
          bytes += static_cast<double>(mark.bytes);
        }
      }
      series.add(mark.time, bytes);
    }
    series.finish();
    TimelineTrack track{.id = id_of("pool", key.second),
                        .kind = TimelineKind::kPool,
                        .name = std::string(key.second),
                        .group = "Memory",
                        .unit = "bytes",
                        .what = "Live bytes of this pool, of what the program marks.",
                        .process = key.first,
                        .part = series_.size()};
    set_bounds(track, series);
    series_.push_back(std::move(series));
    add_track(std::move(track));
  }
}

void Timeline::add_messages() {
  const std::vector<profile::Message>& messages = profile_.instrumentation().messages;
  if (messages.empty()) return;
  std::vector<TrackRow> rows;
  for (size_t i = 0; i < messages.size(); ++i) {
    rows.push_back({.start = messages[i].time,
                    .end = messages[i].time,
                    .name = raw(messages[i].site),
                    .original = static_cast<uint32_t>(i)});
  }
  add_track({.id = "messages",
             .kind = TimelineKind::kMessages,
             .name = "Messages",
             .what = "What the program wrote.",
             .events = messages.size(),
             .part = rows_.add(std::move(rows))});
}

void Timeline::add_counters() {
  const RecordedStretches recorded(profile_, kPausesMax);
  for (const TrackSummary& summary : summarise_counters(profile_, {}).tracks) {
    const profile::Track& from = profile_.tracks()[raw(summary.id)];
    ValueSeries series = series_of(profile_, from, recorded);
    if (series.size() == 0) continue;
    const bool is_rate = from.kind == recording::TrackKind::kCumulative;
    TimelineTrack track{.id = fmt::format("counter:{}", raw(summary.id)),
                        .kind = TimelineKind::kCounter,
                        .name = fmt::format("{} of {}", summary.name, summary.owner),
                        .group = "Counters",
                        .unit = unit_of(from),
                        .what = is_rate ? "How much came each second, from one reading to the next."
                                        : "Each reading holds until the next.",
                        .process = from.process,
                        .thread = from.thread,
                        .part = series_.size()};
    set_bounds(track, series);
    series_.push_back(std::move(series));
    add_track(std::move(track));
  }
}

}  // namespace hone::analysis
