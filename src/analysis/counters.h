// What the tracks of a recording say: each in numbers, and as a series on one grid of time.
//
//   const Counters counters = summarise_counters(profile, selection);
//   for (const TrackSummary& track : counters.tracks) use(track.name, track.mean);
//
// A cumulative track is shown by its rate a second, and by its total. What lies in pauses is no
// part of either.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

struct TrackSummary {
  TrackId id{};
  std::string name, what;
  std::string owner;  // "the machine", "CPU 3", "xz (pid 12)", "sda"
  recording::TrackUnit unit{};
  recording::TrackKind kind{};
  recording::TrackScope scope{};
  ProcessId process{};
  uint64_t readings = 0;
  int64_t span_ns = 0;  // from its first reading to its last, pauses apart
  // In the track's unit; of cumulative tracks a second.
  double least = 0, mean = 0, most = 0;
  double total = 0;          // cumulative: how much came together
  double last = 0;           // gauge: the last reading
  double counted_share = 1;  // of an event that took turns with others: the rest is estimated
  // One value a step of the grid, NaN where there is none. Cumulative: the mean rate of the step;
  // gauge: the highest value in it.
  std::vector<double> points;
};

// What is known of the program and of what holds it back; negative: not known.
struct SystemFacts {
  double peak_memory_bytes = -1;
  double minor_faults = -1, major_faults = -1;
  double voluntary_switches = -1, involuntary_switches = -1;
  double read_bytes = -1, written_bytes = -1;      // from and to storage
  double cpu_limit = -1, memory_limit_bytes = -1;  // of the control group
  double throttled_ns = -1, periods = -1, throttled_periods = -1;
  double group_memory_most = -1, times_at_limit = -1, killed = -1;
  double cpu_pressure = -1;     // share of the time in which some task waited for a CPU
  bool group_pressure = false;  // of the control group, else of the machine
  double swapped_bytes = -1;
  double stolen_share = -1;            // of the machine's CPU time, by other machines of its host
  double cpu_ns = -1, system_ns = -1;  // of the processes that were read
};

struct Counters {
  TimeNs begin{};
  int64_t step_ns = 0;
  size_t steps = 0;
  std::vector<TrackSummary> tracks;  // program, processes, groups, CPUs, machine, devices
  SystemFacts facts;
  bool empty() const { return tracks.empty(); }
  // The first of that scope and name, or null.
  const TrackSummary* find(recording::TrackScope scope, std::string_view name) const;
};

// Of processes those that are selected; of all others everything, in the selected time.
Counters summarise_counters(const profile::Profile& profile, const Selection& selection);

}  // namespace hone::analysis
