#include "analysis/counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "analysis/recorded_stretches.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using recording::TrackKind;
using recording::TrackScope;
using recording::TrackUnit;

// A rate of less time says more of when it was read than of what went on.
constexpr int64_t kStepMinNs = 100'000'000;
constexpr size_t kStepsMax = 600;  // about the pixels of a chart
// A file may claim any number of tracks; a recorder makes some thousand at most.
constexpr size_t kTracksMax = 16384;
// Shorter ones than the longest thousand are taken for recorded time: each is looked at for each
// track.
constexpr size_t kPausesMax = 1000;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Readings {
  std::span<const TimeNs> time;
  std::span<const int64_t> value;
  size_t size() const { return time.size(); }
};

Readings readings_of(const Profile& p, const profile::Track& track) {
  const profile::TrackValues& all = p.track_values();
  return {std::span(all.time).subspan(track.first, track.count),
          std::span(all.value).subspan(track.first, track.count)};
}

struct Window {
  TimeNs first{INT64_MAX}, last{INT64_MIN};
};

int64_t length(TimeNs from, TimeNs to) {
  int64_t ns = 0;
  return __builtin_sub_overflow(raw(to), raw(from), &ns) ? INT64_MAX : std::max<int64_t>(ns, 0);
}

Window window_of(const Profile& p, const Selection& selection) {
  Window w;
  for (const TimeNs time : p.track_values().time) {
    w.first = std::min(w.first, time);
    w.last = std::max(w.last, time);
  }
  w.first = std::max(w.first, selection.time_first);
  w.last = std::min(w.last, selection.time_last);
  return w;
}

// Of a cumulative track at a time between two readings: on the straight line between them.
double value_at(const Readings& r, TimeNs time) {
  const auto behind = std::upper_bound(r.time.begin(), r.time.end(), time);
  if (behind == r.time.begin()) return static_cast<double>(r.value.front());
  const auto i = static_cast<size_t>(behind - r.time.begin());
  const auto before = static_cast<double>(r.value[i - 1]);
  if (i == r.size()) return before;
  const auto whole = static_cast<double>(length(r.time[i - 1], r.time[i]));
  if (whole <= 0) return before;
  const double part = static_cast<double>(length(r.time[i - 1], time)) / whole;
  return before + (static_cast<double>(r.value[i]) - before) * part;
}

// How much came together between two times, pauses apart.
double increase(const Readings& r, const RecordedStretches& recorded, TimeNs from, TimeNs to) {
  double sum = value_at(r, to) - value_at(r, from);
  recorded.for_each_pause(
      from, to, [&](TimeNs begin, TimeNs end) { sum -= value_at(r, end) - value_at(r, begin); });
  return std::max(sum, 0.0);
}

void summarise_cumulative(const Readings& r, const Counters& grid, const Window& w,
                          const RecordedStretches& recorded, double divisor, TrackSummary& out) {
  const TimeNs first = std::max(r.time.front(), w.first), last = std::min(r.time.back(), w.last);
  out.span_ns = recorded.length(first, last);
  out.total = increase(r, recorded, first, last) / divisor;
  const double seconds = static_cast<double>(out.span_ns) * 1e-9;
  out.mean = seconds > 0 ? out.total / seconds : 0;
  out.least = out.most = out.mean;
  bool any = false;
  for (size_t i = 0; i < grid.steps; ++i) {
    const TimeNs begin = grid.begin + DurationNs{static_cast<int64_t>(i) * grid.step_ns};
    const TimeNs from = std::max(begin, first);
    const TimeNs to = std::min(begin + DurationNs{grid.step_ns}, last);
    if (to <= from) continue;
    const auto ns = static_cast<double>(recorded.length(from, to));
    // The ends of a track may touch a step by a hair, and so may those of a pause: what is divided
    // by that is no rate.
    if (ns <= 0 || (ns * 2 < static_cast<double>(grid.step_ns) && grid.steps > 1)) continue;
    const double rate = increase(r, recorded, from, to) / divisor / (ns * 1e-9);
    out.points[i] = rate;
    out.least = any ? std::min(out.least, rate) : rate;
    out.most = any ? std::max(out.most, rate) : rate;
    any = true;
  }
}

// A value holds until the next reading, or a pause.
void summarise_gauge(const Readings& r, const Counters& grid, const Window& w,
                     const RecordedStretches& recorded, double divisor, TrackSummary& out) {
  bool any = false;
  double sum = 0, weight = 0;
  for (size_t i = 0; i < r.size(); ++i) {
    const TimeNs until = i + 1 < r.size() ? r.time[i + 1] : r.time[i];
    const TimeNs from = std::max(r.time[i], w.first), to = std::min(until, w.last);
    if (to < from) continue;
    const double value = static_cast<double>(r.value[i]) / divisor;
    out.least = any ? std::min(out.least, value) : value;
    out.most = any ? std::max(out.most, value) : value;
    out.last = value;
    any = true;
    const auto ns = static_cast<double>(recorded.length(from, to));
    sum += value * ns;
    weight += ns;
    if (grid.step_ns <= 0) continue;
    const auto step_of = [&](TimeNs time) {
      return std::min(grid.steps - 1, static_cast<size_t>(length(grid.begin, time) / grid.step_ns));
    };
    for (size_t at = step_of(from); at <= step_of(to); ++at) {
      const TimeNs begin = grid.begin + DurationNs{static_cast<int64_t>(at) * grid.step_ns};
      if (recorded.length(begin, begin + DurationNs{grid.step_ns}) * 2 < grid.step_ns) continue;
      double& point = out.points[at];
      point = std::isnan(point) ? value : std::max(point, value);
    }
  }
  out.span_ns = r.size() > 0 ? recorded.length(r.time.front(), r.time.back()) : 0;
  out.mean = weight > 0 ? sum / weight : out.last;
}

std::string owner_of(const Profile& p, const profile::Track& track) {
  const std::string what(p.string(track.what));
  switch (track.scope) {
    case TrackScope::kMachine:
      return "the machine";
    case TrackScope::kCpu:
      return fmt::format("CPU {}", track.cpu);
    case TrackScope::kProgram: {
      const std::string_view attached = p.meta("run.attached");
      return attached.empty() ? "the program" : std::string(attached);
    }
    case TrackScope::kProcess: {
      const profile::Process& process = p.processes()[raw(track.process)];
      return fmt::format("{} (pid {})", p.string(process.name), process.pid);
    }
    case TrackScope::kThread: {
      const profile::Thread& thread = p.threads()[raw(track.thread)];
      return fmt::format("{} (tid {})", p.string(thread.name), thread.tid);
    }
    case TrackScope::kCgroup:
      return "control group " + what;
    case TrackScope::kDevice:
      return what;
  }
  return what;
}

int rank_of(TrackScope scope) {
  switch (scope) {
    case TrackScope::kProgram:
      return 0;
    case TrackScope::kProcess:
      return 1;
    case TrackScope::kThread:
      return 2;
    case TrackScope::kCgroup:
      return 3;
    case TrackScope::kMachine:
      return 4;
    case TrackScope::kCpu:
      return 5;
    case TrackScope::kDevice:
      return 6;
  }
  return 7;
}

std::vector<uint8_t> selected_processes(const Profile& p, const Selection& selection) {
  std::vector<uint8_t> taken(p.processes().size(), 1);
  if (selection.process.empty() && selection.thread.empty()) return taken;
  std::fill(taken.begin(), taken.end(), 0);
  const SampleFilter filter(p, selection);
  for (uint32_t i = 1; i < p.threads().size(); ++i) {
    if (filter.takes_thread(ThreadId{i})) taken[raw(p.threads()[i].process)] = 1;
  }
  return taken;
}

double meta_number(const Profile& p, std::string_view key) {
  const std::string_view text = p.meta(key);
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && std::isfinite(value) && value > 0 ? value : -1;
}

double total_of(const Counters& c, TrackScope scope, std::string_view name) {
  double sum = -1;
  for (const TrackSummary& track : c.tracks) {
    if (track.scope != scope || track.name != name) continue;
    sum = std::max(sum, 0.0) + track.total;
  }
  return sum;
}

double most_of(const Counters& c, TrackScope scope, std::string_view name) {
  double most = -1;
  for (const TrackSummary& track : c.tracks) {
    if (track.scope == scope && track.name == name) most = std::max(most, track.most);
  }
  return most;
}

// The kernel's account of the program, or what was read of its processes.
double of_program(const Counters& c, std::string_view name, bool whole) {
  const double exact = whole ? total_of(c, TrackScope::kProgram, name) : -1;
  return exact >= 0 ? exact : total_of(c, TrackScope::kProcess, name);
}

double peak_memory(const Profile& p, const Counters& c, bool whole) {
  std::vector<double> sum(c.steps, 0);
  for (const TrackSummary& track : c.tracks) {
    if (track.scope != TrackScope::kProcess || track.name != "memory.resident") continue;
    for (size_t i = 0; i < c.steps; ++i) {
      if (!std::isnan(track.points[i])) sum[i] += track.points[i];
    }
  }
  double peak = sum.empty() ? 0 : *std::max_element(sum.begin(), sum.end());
  // Between two readings one may have had more: the kernel keeps the most of each.
  for (const profile::Process& process : p.processes()) {
    if (whole) peak = std::max(peak, static_cast<double>(process.peak_memory_bytes));
  }
  return peak > 0 ? peak : -1;
}

SystemFacts facts_of(const Profile& p, const Counters& c, bool whole) {
  SystemFacts f;
  using enum TrackScope;
  f.peak_memory_bytes = peak_memory(p, c, whole);
  f.minor_faults = of_program(c, "faults.minor", whole);
  f.major_faults = of_program(c, "faults.major", whole);
  f.voluntary_switches = total_of(c, kProgram, "switches.voluntary");
  f.involuntary_switches = total_of(c, kProgram, "switches.involuntary");
  f.read_bytes = of_program(c, "io.read", whole);
  f.written_bytes = of_program(c, "io.written", whole);
  f.cpu_limit = meta_number(p, "cgroup.cpu_limit");
  f.memory_limit_bytes = meta_number(p, "cgroup.memory_limit_bytes");
  f.throttled_ns = total_of(c, kCgroup, "cpu.throttled");
  f.periods = total_of(c, kCgroup, "cpu.periods");
  f.throttled_periods = total_of(c, kCgroup, "cpu.periods_throttled");
  f.group_memory_most = most_of(c, kCgroup, "memory.used");
  f.times_at_limit = total_of(c, kCgroup, "memory.at_limit");
  f.killed = total_of(c, kCgroup, "memory.killed");
  f.swapped_bytes = most_of(c, kProcess, "memory.swapped");
  f.cpu_ns = total_of(c, kProcess, "cpu.busy");
  f.system_ns = total_of(c, kProcess, "cpu.system");
  const TrackSummary* pressure = c.find(kCgroup, "pressure.cpu.some");
  f.group_pressure = pressure != nullptr;
  if (!f.group_pressure) pressure = c.find(kMachine, "pressure.cpu.some");
  if (pressure != nullptr) f.cpu_pressure = pressure->mean * 1e-9;
  const TrackSummary* stolen = c.find(kMachine, "cpu.stolen");
  const double cpus = meta_number(p, "host.cpu_count");
  if (stolen != nullptr && cpus > 0) f.stolen_share = stolen->mean * 1e-9 / cpus;
  return f;
}

}  // namespace

const TrackSummary* Counters::find(TrackScope scope, std::string_view name) const {
  for (const TrackSummary& track : tracks) {
    if (track.scope == scope && track.name == name) return &track;
  }
  return nullptr;
}

Counters summarise_counters(const Profile& profile, const Selection& selection) {
  Counters out;
  const Window window = window_of(profile, selection);
  if (window.last < window.first) return out;
  out.begin = window.first;
  const int64_t span_ns = length(window.first, window.last);
  out.step_ns = std::max<int64_t>(kStepMinNs, span_ns / static_cast<int64_t>(kStepsMax) + 1);
  out.steps = std::max<size_t>(1, static_cast<size_t>(span_ns / out.step_ns));
  if (out.steps == 1) out.step_ns = std::max<int64_t>(span_ns, 1);
  const std::vector<uint8_t> taken = selected_processes(profile, selection);
  std::vector<double> counted(profile.tracks().size(), 1);
  const RecordedStretches recorded(profile, kPausesMax);
  for (uint32_t i = 1; i < profile.tracks().size(); ++i) {
    const profile::Track& track = profile.tracks()[i];
    const Readings readings = readings_of(profile, track);
    if (readings.size() == 0) continue;
    if (track.scope == TrackScope::kProcess && taken[raw(track.process)] == 0) continue;
    if (readings.time.back() < window.first || readings.time.front() > window.last) continue;
    if (track.qualifies != TrackId::kNone && track.unit == TrackUnit::kShare) {
      counted[raw(track.qualifies)] =
          std::clamp(static_cast<double>(readings.value.back()) / track.divisor, 0.0, 1.0);
      continue;
    }
    if (out.tracks.size() == kTracksMax) break;
    TrackSummary& one = out.tracks.emplace_back();
    one.id = TrackId{i};
    one.name = profile.string(track.name);
    one.what = profile.string(track.what);
    one.owner = owner_of(profile, track);
    one.unit = track.unit;
    one.kind = track.kind;
    one.scope = track.scope;
    one.process = track.process;
    one.readings = readings.size();
    one.points.assign(out.steps, kNone);
    if (track.kind == TrackKind::kCumulative) {
      summarise_cumulative(readings, out, window, recorded, track.divisor, one);
    } else {
      summarise_gauge(readings, out, window, recorded, track.divisor, one);
    }
  }
  for (TrackSummary& track : out.tracks) track.counted_share = counted[raw(track.id)];
  std::stable_sort(out.tracks.begin(), out.tracks.end(),
                   [](const TrackSummary& a, const TrackSummary& b) {
                     const int left = rank_of(a.scope), right = rank_of(b.scope);
                     if (left != right) return left < right;
                     return raw(a.process) < raw(b.process);
                   });
  const bool whole = selection.process.empty() && selection.thread.empty() &&
                     selection.inside.empty() && raw(selection.time_first) == INT64_MIN &&
                     raw(selection.time_last) == INT64_MAX;
  out.facts = facts_of(profile, out, whole);
  return out;
}

}  // namespace hone::analysis
