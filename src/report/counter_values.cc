#include "report/counter_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/host/text.h"

namespace hone::report {
namespace {

using analysis::TrackSummary;
using recording::TrackKind;
using recording::TrackUnit;

std::string whole(double value) {
  return base::count_text(static_cast<uint64_t>(std::clamp(value, 0.0, 9e18)));
}

std::string bytes(double value) {
  return base::bytes_text(static_cast<uint64_t>(std::clamp(value, 0.0, 9e18)));
}

std::string duration(double ns) {
  return base::duration_text(DurationNs{static_cast<int64_t>(std::clamp(ns, 0.0, 9e18))});
}

std::string number(double value) {
  if (value >= 100 || value == std::floor(value)) return whole(std::round(value));
  return fmt::format("{:.{}f}", value, value >= 10 ? 1 : 2);
}

// Time of CPUs is how many are busy; other time is a share of what passes.
bool is_cpu_time(const TrackSummary& track) {
  return track.name.starts_with("task-clock") ||
         (track.name.starts_with("cpu.") && track.name != "cpu.throttled");
}

}  // namespace

std::string counter_value(const TrackSummary& track, double value) {
  if (!std::isfinite(value)) return {};
  const bool a_second = track.kind != TrackKind::kGauge;
  const char* per = a_second ? "/s" : "";
  switch (track.unit) {
    case TrackUnit::kBytes:
      return bytes(value) + per;
    case TrackUnit::kNanoseconds:
      if (!a_second) return duration(value);
      if (is_cpu_time(track)) return fmt::format("{:.2f} CPUs", value * 1e-9);
      return base::percent_text(value * 1e-9);
    case TrackUnit::kHertz:
      return fmt::format("{:.2f} GHz", value * 1e-9);
    case TrackUnit::kCelsius:
      return fmt::format("{:.1f} °C", value);
    case TrackUnit::kShare:
      return base::percent_text(value);
    case TrackUnit::kCount:
      break;
  }
  return number(value) + per;
}

std::string counter_owner(const TrackSummary& track) {
  constexpr size_t kLong = 40, kEnd = 24, kKept = 12;
  if (track.scope != recording::TrackScope::kCgroup || track.what.size() <= kLong) {
    return track.owner;
  }
  std::string end = track.what.substr(track.what.rfind('/') + 1);
  // Containers are named by 64 digits, of which people use the first twelve.
  if (end.size() > kEnd) end = end.substr(0, kKept) + "…";
  return "control group …/" + end;
}

std::string counter_note(const analysis::Counters& counters, const TrackSummary& track) {
  struct Ratio {
    std::string_view event, by;
    bool share;
  };
  static constexpr Ratio kRatios[] = {
      {"instructions", "cycles", false},      {"cache-misses", "cache-references", true},
      {"branch-misses", "branches", true},    {"L1-dcache-load-misses", "L1-dcache-loads", true},
      {"LLC-load-misses", "LLC-loads", true}, {"dTLB-load-misses", "dTLB-loads", true}};
  std::string note;
  if (track.scope != recording::TrackScope::kProgram) return note;
  // Both of the same side: "cycles:u" goes with "instructions:u".
  const std::string_view name = track.name;
  const std::string_view event = name.substr(0, name.find(':'));
  const std::string_view side = name.substr(event.size());
  for (const Ratio& ratio : kRatios) {
    if (ratio.event != event) continue;
    const TrackSummary* by = counters.find(track.scope, std::string(ratio.by) + std::string(side));
    if (by == nullptr || by->total <= 0) continue;
    const double value = track.total / by->total;
    note = ratio.share ? fmt::format("{} of {}", base::percent_text(value), by->name)
                       : fmt::format("{:.2f} a cycle", value);
  }
  if (track.counted_share < 1) {
    note += fmt::format("{}counted {} of the time, the rest estimated", note.empty() ? "" : "; ",
                        base::percent_text(track.counted_share));
  }
  return note;
}

std::string counter_total(const TrackSummary& track) {
  if (track.kind != TrackKind::kCumulative) return {};
  std::string text;
  switch (track.unit) {
    case TrackUnit::kBytes:
      text = bytes(track.total);
      break;
    case TrackUnit::kNanoseconds:
      text = duration(track.total);
      break;
    default:
      text = whole(std::round(track.total));
  }
  // An estimate is never shown as a count.
  return track.counted_share < 1 ? "~" + text : text;
}

std::vector<std::string> system_facts(const analysis::SystemFacts& facts) {
  std::vector<std::string> out;
  if (facts.peak_memory_bytes > 0) out.push_back("memory " + bytes(facts.peak_memory_bytes));
  if (facts.minor_faults >= 0) {
    out.push_back(whole(facts.minor_faults + std::max(facts.major_faults, 0.0)) + " page faults" +
                  (facts.major_faults > 0 ? " (" + whole(facts.major_faults) + " from disk)" : ""));
  }
  if (facts.voluntary_switches >= 0 && facts.involuntary_switches >= 0) {
    out.push_back(whole(facts.voluntary_switches + facts.involuntary_switches) + " switches");
  }
  if (facts.read_bytes > 0) out.push_back("read " + bytes(facts.read_bytes));
  if (facts.written_bytes > 0) out.push_back("wrote " + bytes(facts.written_bytes));
  if (facts.throttled_periods > 0 && facts.periods > 0) {
    out.push_back("throttled in " +
                  base::percent_text(std::min(facts.throttled_periods / facts.periods, 1.0)) +
                  " of periods");
  }
  return out;
}

}  // namespace hone::report
