// Findings about the measurement itself.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "analysis/finding_rules.h"
#include "base/host/text.h"
#include "unwind/walk.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using unwind::WalkEnd;

// The commonest way in which stacks broke, and the module where most of those did.
struct Breakage {
  uint8_t end = 0;
  uint64_t count = 0;
  std::string module;
};

Breakage commonest_breakage(const FindingInput& in) {
  const Profile& p = in.profile;
  const profile::Samples& samples = p.samples();
  const SampleFilter filter(p, in.selection);
  // The outermost frame of each stack: where the walk stopped.
  std::vector<uint32_t> root(p.stacks().size(), 0);
  for (uint32_t i = 1; i < root.size(); ++i) {
    const uint32_t parent = raw(p.stacks().parent[i]);
    root[i] = parent == 0 ? i : root[parent];
  }
  std::unordered_map<uint8_t, uint64_t> by_end;
  std::unordered_map<uint64_t, uint64_t> by_module;  // end << 32 | module
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!filter.takes(i) || !is_broken(samples, i)) continue;
    const ModuleId module = p.frames().module[raw(p.stacks().frame[root[raw(samples.stack[i])]])];
    ++by_end[samples.end[i]];
    ++by_module[uint64_t{samples.end[i]} << 32 | raw(module)];
  }
  Breakage most;
  for (const auto& [end, count] : by_end) {
    if (count > most.count || (count == most.count && end < most.end)) {
      most.end = end;
      most.count = count;
    }
  }
  uint64_t module_count = 0;
  for (const auto& [key, count] : by_module) {
    if (key >> 32 != most.end) continue;
    const std::string name(p.module_name(ModuleId{static_cast<uint32_t>(key)}));
    if (count > module_count || (count == module_count && name < most.module)) {
      module_count = count;
      most.module = name;
    }
  }
  if (most.module.empty()) most.module = "[unknown]";
  return most;
}

std::string stack_fix(const Profile& p, const Breakage& breakage) {
  if (p.meta("sampler.unwind") == "fp" && p.meta("import.format") == "perf-data") {
    return "Record with perf record --call-graph dwarf, or with hone record: the code was not "
           "compiled to keep frame pointers, or its file is not here";
  }
  if (p.meta("sampler.unwind") == "fp") {
    return "Record with --unwind dwarf: the code was not compiled to keep frame pointers";
  }
  switch (static_cast<WalkEnd>(breakage.end)) {
    case WalkEnd::kNoModule:
    case WalkEnd::kNoTable:
    case WalkEnd::kNoRule:
      return fmt::format(
          "'{}' has no unwind information there (generated or hand-written code): where it keeps "
          "frame pointers, record with --unwind fp; else build it with "
          "-fasynchronous-unwind-tables",
          breakage.module);
    case WalkEnd::kStackEnd:
      return "Stacks were deeper than what could be read of them: record as the program's own user "
             "or as root, so that the rest can be read from the process";
    default:
      return "Read self times as they are; call trees lack the callers of these samples";
  }
}

}  // namespace

void find_broken_stacks(const FindingInput& in, Findings& out) {
  const StackQuality& quality = in.summary.stacks;
  const double share = 1 - quality.complete_share();
  if (quality.broken < Thresholds::kBrokenCount || share <= Thresholds::kBrokenShare) return;
  const Breakage breakage = commonest_breakage(in);
  const std::string& reason = quality.broken_by_reason[0].first;
  Finding f{.kind = FindingKind::kBrokenStacks, .id = "broken-stacks"};
  f.severity = share > Thresholds::kBrokenLook ? 2 : 1;
  f.sentence =
      fmt::format("{} of stacks could not be followed to their start, mostly: {} (in '{}')",
                  base::percent_text(share), reason, breakage.module);
  f.next_step = stack_fix(in.profile, breakage);
  f.how = fmt::format(
      "Stacks marked broken / (complete + broken), samples without user registers left out; "
      "reported above {:.0f}% and from {} samples on, severity 2 above {:.0f}%. The module is "
      "where "
      "most of the commonest kind stopped.",
      Thresholds::kBrokenShare * 100, Thresholds::kBrokenCount, Thresholds::kBrokenLook * 100);
  f.evidence = {{"broken_share", number_text(share)},
                {"broken_samples", std::to_string(quality.broken)},
                {"complete_samples", std::to_string(quality.complete)},
                {"reason", reason},
                {"reason_samples", std::to_string(breakage.count)},
                {"module", breakage.module}};
  f.gain_share = share;
  out.push_back(std::move(f));
}

void find_too_few_samples(const FindingInput& in, Findings& out) {
  const uint64_t count = in.weights.sample_count;
  if (count >= Thresholds::kFewSamples || !in.summary.sampled) return;
  const double width = in.weights.share(in.weights.cpu_ns / 2).high - 0.5;
  Finding f{.kind = FindingKind::kTooFewSamples, .id = "too-few-samples"};
  f.severity = count < Thresholds::kVeryFewSamples ? 2 : 1;
  const Summary& summary = in.summary;
  if (count != 0) {
    f.sentence =
        fmt::format("{} sample{}: percentages are rough, a share of 50% is within {:.0f} points",
                    base::count_text(count), count == 1 ? "" : "s", std::ceil(width * 100));
  } else if (summary.pause_count > 0 && summary.recorded_ns == 0) {
    f.sentence = "No samples: the recording was paused all the time";
  } else if (summary.losses.empty()) {
    f.sentence = "No samples: the program used no CPU time that was seen";
  } else {
    f.sentence = "No samples are in what can be read of the recording";
  }
  const int64_t ran_ns = summary.cpu_ns + summary.unsampled_ns;
  const bool waited = summary.recorded_ns > 0 && summary.busy_cpus < Thresholds::kWaitingCpus;
  if (waited) {
    f.sentence += fmt::format("; it ran for {} of {} and waited the rest",
                              base::duration_text(DurationNs{std::max<int64_t>(ran_ns, 0)}),
                              base::duration_text(DurationNs{summary.recorded_ns}));
  }
  const double hz = summary.frequency_hz;
  f.next_step = hz > 0 && hz < 9000
                    ? fmt::format("Record a longer run, or more often: hone record -F {:.0f}",
                                  std::min(9973.0, std::ceil(hz * 10)))
                    : "Record a longer run";
  if (count == 0 && summary.pause_count > 0 && summary.recorded_ns == 0) {
    f.next_step = "Let it go on while the program runs: hone ctl start";
  }
  f.how = fmt::format("Fewer than {} samples in the selection; severity 2 under {}.",
                      Thresholds::kFewSamples, Thresholds::kVeryFewSamples);
  f.evidence = {{"sample_count", std::to_string(count)},
                {"half_width_at_half", number_text(width)},
                {"frequency_hz", number_text(hz)}};
  out.push_back(std::move(f));
}

namespace {

std::string loss_text(const profile::Diagnostic& of) {
  if (of.name == "recording_cut") {
    return of.count == 0 ? "its end is missing"
                         : fmt::format("its end is missing, and {} before that cannot be read",
                                       base::bytes_text(of.count));
  }
  if (of.name == "chunks_damaged") {
    return fmt::format("{} damaged {} left out", base::count_text(of.count),
                       of.count == 1 ? "chunk is" : "chunks are");
  }
  return of.count == 0 ? of.name : fmt::format("{} ({})", of.name, base::count_text(of.count));
}

}  // namespace

void find_data_lost(const FindingInput& in, Findings& out) {
  const Summary& summary = in.summary;
  const uint64_t lost = summary.lost_samples;
  std::string others;
  uint64_t events = 0;
  for (const profile::Diagnostic& d : summary.losses) {
    // These have sentences of their own.
    if (d.name == "samples_lost" || d.name.starts_with("stack_broken")) continue;
    // A file that ends between two chunks is cut, though no byte is left over.
    if (d.count == 0 && d.name != "recording_cut") continue;
    events += d.count;
    others += (others.empty() ? "" : ", ") + loss_text(d);
  }
  if (lost == 0 && others.empty()) return;
  const auto all = static_cast<double>(lost + in.profile.samples().size());
  const double share = all > 0 ? static_cast<double>(lost) / all : 0;
  Finding f{.kind = FindingKind::kDataLost, .id = "data-lost"};
  f.severity = share > Thresholds::kLostLook ? 2 : 1;
  if (lost != 0) {
    f.sentence = fmt::format("{} samples ({}) were lost{}", base::count_text(lost),
                             base::percent_text(share), others.empty() ? "" : "; also: " + others);
  } else {
    f.sentence = "The recording is not whole: " + others;
  }
  f.next_step = lost != 0
                    ? "Record with a lower frequency (-F), or with less other work on the machine"
                    : "hone info --verify FILE says what is damaged; record again if it matters";
  f.how = fmt::format(
      "Samples that the kernel or the recorder counted as lost, and every diagnostic of severity "
      "data loss or worse; severity 2 above {:.0f}% of samples.",
      Thresholds::kLostLook * 100);
  f.evidence = {{"lost_samples", std::to_string(lost)},
                {"lost_share", number_text(share)},
                {"other_events", std::to_string(events)},
                {"others", others}};
  f.gain_share = share;
  out.push_back(std::move(f));
}

void find_unsampled_cpu(const FindingInput& in, Findings& out) {
  const Summary& summary = in.summary;
  const auto all = static_cast<double>(summary.cpu_ns) + static_cast<double>(summary.unsampled_ns);
  if (summary.unsampled_ns <= 0 || all <= 0) return;
  const double share = static_cast<double>(summary.unsampled_ns) / all;
  if (share <= Thresholds::kUnsampledShare) return;
  // What chance leaves out of a count of samples is not missing.
  const double hz = summary.frequency_hz > 0 ? summary.frequency_hz : 1000;
  const double periods = static_cast<double>(summary.unsampled_ns) * 1e-9 * hz;
  const double chance =
      Thresholds::kUnsampledErrors * std::sqrt(static_cast<double>(in.weights.sample_count));
  if (periods < std::max(Thresholds::kUnsampledPeriods, chance)) return;
  const auto top = std::max_element(summary.processes.begin(), summary.processes.end(),
                                    [](const ProcessSummary& a, const ProcessSummary& b) {
                                      return a.unsampled_ns < b.unsampled_ns;
                                    });
  Finding f{.kind = FindingKind::kUnsampledCpu, .id = "unsampled-cpu", .severity = 1};
  f.sentence =
      fmt::format("{} of CPU time ({}) was seen by no sample, most of it in process '{}' ({})",
                  base::percent_text(share), base::duration_text(DurationNs{summary.unsampled_ns}),
                  top->name, base::duration_text(DurationNs{top->unsampled_ns}));
  f.next_step = in.profile.meta("sampler.scope").starts_with("cpu-wide")
                    ? "Record more often: hone record -F, several times the frequency"
                    : "Record more often (-F), or with rights for CPU-wide sampling (as root), "
                      "which sees threads that live shorter than a sampling period";
  f.how = fmt::format(
      "CPU time by the kernel's account less what samples stand for, over processes; reported "
      "above {:.0f}%, from {:.0f} sampling periods and {:.0f} standard errors of the number of "
      "samples on. Shares are of sampled time.",
      Thresholds::kUnsampledShare * 100, Thresholds::kUnsampledPeriods,
      Thresholds::kUnsampledErrors);
  f.evidence = {{"unsampled_share", number_text(share)},
                {"unsampled_ns", std::to_string(summary.unsampled_ns)},
                {"sampled_ns", std::to_string(summary.cpu_ns)},
                {"process", top->name},
                {"process_unsampled_ns", std::to_string(top->unsampled_ns)}};
  f.gain_share = share;
  out.push_back(std::move(f));
}

}  // namespace hone::analysis
