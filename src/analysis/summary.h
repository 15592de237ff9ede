// The facts of a run and the quality of its measurement, ready to be shown.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

struct ProcessSummary {
  std::string name, command;
  uint32_t pid = 0;
  int64_t sampled_ns = 0, unsampled_ns = 0, cpu_ns = -1;
  uint64_t thread_count = 0, sample_count = 0;
  int status = -1;
};

struct StackQuality {
  uint64_t complete = 0, broken = 0, spliced = 0, no_user_registers = 0;
  uint64_t script_later = 0;  // callers of a script's functions are those of a moment later
  std::vector<std::pair<std::string, uint64_t>> broken_by_reason;  // most first
  double script_later_share() const;                               // of complete + broken
  double complete_share() const;  // of complete + broken; 1 when there is none
};

struct Summary {
  std::string command, started, host, cpu_model, kernel, os;
  int64_t wall_ns = 0, cpu_ns = 0, unsampled_ns = 0;  // of the selected time
  int64_t recorded_ns = 0;                            // of wall_ns, pauses apart
  uint64_t pause_count = 0;
  uint64_t cpu_count = 0, sample_count = 0;
  // A sampler of whole CPUs loses samples of all programs, and records of threads' starts and
  // ends, and nobody can tell whose. Of the recorded programs' samples there are at most as many as
  // CPU time is missing, where all of it was accounted for; the rest is of others.
  uint64_t lost_samples = 0, lost_of_others = 0;
  double busy_cpus = 0;  // cpu / recorded
  std::string sampler;   // "perf (cpu-clock, 997 Hz, whole machine filtered)"
  double frequency_hz = 0;
  bool kernel_side = false;  // kernel frames were permitted
  bool sampled = true;       // false: the program recorded itself, and nobody sampled it
  std::vector<std::pair<std::string, std::string>> app;  // what it said of itself
  int64_t recorder_cpu_ns = 0;                           // what the measurement cost
  double overhead_share = 0;  // recorder and interrupts, of the program's CPU time
  StackQuality stacks;
  std::vector<ProcessSummary> processes;                   // most CPU first
  std::vector<std::pair<std::string, std::string>> facts;  // everything in meta, readable order
  // Severity data loss or worse, and not lost_of_others.
  std::vector<profile::Diagnostic> losses;
};

// CPU time of all programs of a recording, sampled or not, whatever is selected: what costs of
// measuring are a share of. Of a recording that was cut out of another, the whole's.
double recorded_cpu_ns(const profile::Profile& profile);

Summary summarise(const profile::Profile& profile, const Selection& selection);

}  // namespace hone::analysis
