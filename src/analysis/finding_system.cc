// Findings from what the system counts: limits of control groups, memory, waiting for a CPU.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/finding_rules.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

std::string bytes(double value) {
  return base::bytes_text(static_cast<uint64_t>(std::clamp(value, 0.0, 9e18)));
}
std::string count(double value) {
  return base::count_text(static_cast<uint64_t>(std::clamp(value, 0.0, 9e18)));
}
std::string duration(double ns) {
  return base::duration_text(DurationNs{static_cast<int64_t>(std::clamp(ns, 0.0, 9e18))});
}
std::string whole(double value) {
  return fmt::format("{:.0f}", value);
}

// What the kernel calls its way into a page fault, where the recording has samples of it.
std::string fault_function(const profile::Profile& profile) {
  static constexpr std::string_view kNames[] = {"asm_exc_page_fault", "exc_page_fault",
                                                "do_page_fault", "do_mem_abort"};
  for (const std::string_view name : kNames) {
    for (const profile::Function& function : profile.functions()) {
      if (profile.string(function.name) == name) return std::string(name);
    }
  }
  return {};
}

double wall_seconds(const FindingInput& in) {
  return static_cast<double>(in.summary.wall_ns) * 1e-9;
}

}  // namespace

void find_throttled(const FindingInput& in, Findings& out) {
  const SystemFacts& s = in.system;
  if (s.periods <= 0 || s.throttled_periods < Thresholds::kThrottledCount) return;
  const double share = std::min(s.throttled_periods / s.periods, 1.0);
  if (share < Thresholds::kThrottledPeriods) return;
  Finding f{.kind = FindingKind::kThrottled, .id = "throttled"};
  f.severity = share >= Thresholds::kThrottledAct ? 3 : 2;
  f.sentence = fmt::format(
      "The control group's CPU limit stopped the program in {} of its periods ({} of {}){}",
      base::percent_text(share), count(s.throttled_periods), count(s.periods),
      s.cpu_limit > 0 ? fmt::format("; the limit is {:g} CPUs", s.cpu_limit) : "");
  f.next_step =
      "Raise the group's CPU limit (cpu.max, a container's --cpus), or run fewer threads: a "
      "stopped group waits for the next period, all threads of it together";
  f.how = fmt::format(
      "nr_throttled / nr_periods of the group's cpu.stat over the recording; reported from {:.0f}% "
      "and {:.0f} periods on, severity 3 from {:.0f}%.",
      Thresholds::kThrottledPeriods * 100, Thresholds::kThrottledCount,
      Thresholds::kThrottledAct * 100);
  f.evidence = {{"throttled_share", number_text(share)},
                {"throttled_periods", whole(s.throttled_periods)},
                {"periods", whole(s.periods)},
                {"throttled_ns", whole(std::max(s.throttled_ns, 0.0))},
                {"cpu_limit", number_text(s.cpu_limit)}};
  f.gain_share = share;
  out.push_back(std::move(f));
}

void find_memory_limit(const FindingInput& in, Findings& out) {
  const SystemFacts& s = in.system;
  const double share =
      s.memory_limit_bytes > 0 ? std::max(s.group_memory_most, 0.0) / s.memory_limit_bytes : 0;
  const bool killed = s.killed > 0;
  if (!killed && share < Thresholds::kMemoryNearLimit) return;
  Finding f{.kind = FindingKind::kMemoryLimit, .id = "memory-limit"};
  f.severity = killed ? 3 : 2;
  if (killed) {
    f.sentence = fmt::format("The control group ran out of memory: {} of its processes {} killed",
                             count(s.killed), s.killed > 1 ? "were" : "was");
  } else {
    f.sentence = fmt::format(
        "The control group used {} of its memory limit ({} of {}){}", base::percent_text(share),
        bytes(s.group_memory_most), bytes(s.memory_limit_bytes),
        s.times_at_limit > 0 ? fmt::format(", and met it {} times", count(s.times_at_limit)) : "");
  }
  f.next_step =
      "Raise the limit (memory.max, a container's --memory) or use less: near it the kernel takes "
      "back pages of files that are read again at once";
  f.how = fmt::format(
      "The most of memory.current / memory.max; reported from {:.0f}% on. Pages of files are in "
      "it.",
      Thresholds::kMemoryNearLimit * 100);
  f.evidence = {{"used_share", number_text(share)},
                {"used_bytes", whole(std::max(s.group_memory_most, 0.0))},
                {"limit_bytes", whole(std::max(s.memory_limit_bytes, 0.0))},
                {"times_at_limit", whole(std::max(s.times_at_limit, 0.0))},
                {"killed", whole(std::max(s.killed, 0.0))}};
  f.gain_share = std::min(share, 1.0);
  out.push_back(std::move(f));
}

void find_major_faults(const FindingInput& in, Findings& out) {
  const double faults = in.system.major_faults;
  const double seconds = wall_seconds(in);
  if (faults < Thresholds::kMajorFaults || seconds <= 0) return;
  if (faults / seconds < Thresholds::kMajorFaultsSecond) return;
  Finding f{.kind = FindingKind::kMajorFaults, .id = "major-faults", .severity = 2};
  f.sentence =
      fmt::format("{} pages were read from disk while the program waited for them ({} a second)",
                  count(faults), count(faults / seconds));
  f.next_step =
      "Run it again: if they are gone, the files were not in memory the first time. Else memory is "
      "short, or the program maps files larger than it: see memory.* in hone report --counters";
  f.how =
      fmt::format("Major page faults of the program; reported from {:.0f} and {:.0f} a second on.",
                  Thresholds::kMajorFaults, Thresholds::kMajorFaultsSecond);
  f.evidence = {{"major_faults", whole(faults)},
                {"major_faults_a_second", number_text(faults / seconds)}};
  out.push_back(std::move(f));
}

void find_page_fault_storm(const FindingInput& in, Findings& out) {
  const SystemFacts& s = in.system;
  // Of processes too short to be read, samples know.
  const double cpu_ns = std::max(s.cpu_ns, static_cast<double>(in.summary.cpu_ns) +
                                               static_cast<double>(in.summary.unsampled_ns));
  if (s.minor_faults <= 0 || s.cpu_ns <= 0 || cpu_ns < Thresholds::kFaultsCpuNs) return;
  const double rate = s.minor_faults / (cpu_ns * 1e-9);
  const double system_share = std::clamp(s.system_ns / s.cpu_ns, 0.0, 1.0);
  if (rate < Thresholds::kFaultsCpuSecond || system_share < Thresholds::kFaultsSystemShare) return;
  Finding f{.kind = FindingKind::kPageFaultStorm, .id = "page-faults", .severity = 2};
  f.sentence = fmt::format(
      "{} page faults, {} a second of CPU time, with {} of that time in the kernel: memory is "
      "taken from the system and given back again and again, or touched for the first time",
      count(s.minor_faults), count(rate), base::percent_text(system_share));
  const std::string fault = fault_function(in.profile);
  f.next_step =
      (fault.empty()
           ? std::string("Keep buffers instead of freeing them")
           : "Keep buffers instead of freeing them; with glibc, GLIBC_TUNABLES="
             "glibc.malloc.trim_threshold=268435456:glibc.malloc.mmap_threshold=268435456 "
             "tells whether it is malloc. Who touches the memory: hone report --callers " +
                 fault);
  f.how = fmt::format(
      "Minor faults / CPU time; the kernel's share is of the processes that were read; reported "
      "from {} a second on, with "
      "at least {:.0f}% of the time in the kernel and {} of it in all.",
      count(Thresholds::kFaultsCpuSecond), Thresholds::kFaultsSystemShare * 100,
      duration(Thresholds::kFaultsCpuNs));
  f.evidence = {{"minor_faults", whole(s.minor_faults)},
                {"faults_a_cpu_second", number_text(rate)},
                {"system_share", number_text(system_share)}};
  f.gain_share = system_share;
  out.push_back(std::move(f));
}

void find_swapped(const FindingInput& in, Findings& out) {
  const double swapped = in.system.swapped_bytes;
  if (swapped < Thresholds::kSwappedBytes) return;
  Finding f{.kind = FindingKind::kSwapped, .id = "swapped", .severity = 2};
  f.sentence = fmt::format("{} of a process's memory was swapped out: the machine lacks memory",
                           bytes(swapped));
  f.next_step = "Measure with enough memory, or use less: times are those of the disk, too";
  f.how = fmt::format("The most of VmSwap of a process; reported from {} on.",
                      bytes(Thresholds::kSwappedBytes));
  f.evidence = {{"swapped_bytes", whole(swapped)}};
  out.push_back(std::move(f));
}

void find_cpu_pressure(const FindingInput& in, Findings& out) {
  const double share = std::min(in.system.cpu_pressure, 1.0);
  if (share < Thresholds::kCpuPressure) return;
  // Of the program's own threads it is told already.
  const auto tells = [](const Finding& f) { return f.kind == FindingKind::kRunQueueWait; };
  if (std::any_of(out.begin(), out.end(), tells)) return;
  Finding f{.kind = FindingKind::kCpuPressure, .id = "cpu-pressure", .severity = 1};
  f.sentence = fmt::format(
      "In {} of the time some task of the {} had to wait for a CPU: wall times of this run are "
      "longer than on a quiet machine",
      base::percent_text(share), in.system.group_pressure ? "control group" : "machine");
  f.next_step = in.summary.busy_cpus >= 0.9 * static_cast<double>(in.summary.cpu_count) &&
                        in.summary.cpu_count > 0
                    ? "The program alone fills the CPUs: it has more threads that work than there "
                      "are CPUs, or does more than the machine can"
                    : "Other work runs beside it: CPU times hold, wall times are for a quiet "
                      "machine to tell";
  f.how = fmt::format(
      "pressure.cpu.some (PSI): the share of the time in which at least one task waited; reported "
      "from {:.0f}% on.",
      Thresholds::kCpuPressure * 100);
  f.evidence = {{"waiting_share", number_text(share)},
                {"of_group", in.system.group_pressure ? "true" : "false"}};
  out.push_back(std::move(f));
}

void find_stolen_cpu(const FindingInput& in, Findings& out) {
  const double share = std::min(in.system.stolen_share, 1.0);
  if (share < Thresholds::kStolenShare) return;
  Finding f{.kind = FindingKind::kStolenCpu, .id = "stolen-cpu", .severity = 1};
  f.sentence = fmt::format(
      "{} of the machine's CPU time was given to other machines of its host: times vary with what "
      "those do",
      base::percent_text(share));
  f.next_step = "Repeat the measurement, or measure on a machine with CPUs of its own";
  f.how =
      fmt::format("The time stolen in /proc/stat / (wall time x CPUs); reported from {:.0f}% on.",
                  Thresholds::kStolenShare * 100);
  f.evidence = {{"stolen_share", number_text(share)}};
  out.push_back(std::move(f));
}

}  // namespace hone::analysis
