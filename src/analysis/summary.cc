#include "analysis/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <tuple>

#include "analysis/recorded_time.h"
#include "analysis/weights.h"
#include "unwind/walk.h"

namespace hone::analysis {
namespace {

using profile::Profile;

int64_t number_of(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::max<int64_t>(value, 0);
}

// frequency_hz may have a fraction.
double real_of(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value > 0 ? value : 0;
}

std::string sampler_text(const Profile& p) {
  std::string text(p.meta("sampler.name"));
  std::string detail;
  const auto add = [&](std::string_view part) {
    if (!part.empty()) detail += fmt::format("{}{}", detail.empty() ? "" : ", ", part);
  };
  add(p.meta("sampler.event"));
  const std::string_view hz = p.meta("sampler.frequency_hz");
  if (!hz.empty()) add(fmt::format("{} Hz", hz));
  add(p.meta("sampler.scope"));
  if (!detail.empty()) text += text.empty() ? detail : " (" + detail + ")";
  return text;
}

StackQuality stack_quality(const Profile& p, const SampleFilter& filter) {
  StackQuality quality;
  std::array<uint64_t, 256> by_end{};
  const profile::Samples& samples = p.samples();
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!filter.takes(i)) continue;
    quality.spliced += (samples.flags[i] & recording::kSampleSpliced) != 0;
    quality.script_later += (samples.flags[i] & recording::kSampleScriptLater) != 0;
    if ((samples.flags[i] & recording::kSampleNoUserRegisters) != 0) {
      ++quality.no_user_registers;
    } else if (samples.end[i] == 0) {
      ++quality.complete;
    } else {
      ++quality.broken;
      ++by_end[samples.end[i]];
    }
  }
  for (size_t end = 1; end < by_end.size(); ++end) {
    if (by_end[end] == 0) continue;
    const bool known = end <= static_cast<size_t>(unwind::WalkEnd::kNoRegisters);
    quality.broken_by_reason.emplace_back(
        known ? unwind::text(static_cast<unwind::WalkEnd>(end)) : "unknown reason", by_end[end]);
  }
  std::sort(quality.broken_by_reason.begin(), quality.broken_by_reason.end(),
            [](const auto& a, const auto& b) {
              return std::tie(b.second, a.first) < std::tie(a.second, b.first);
            });
  return quality;
}

std::vector<ProcessSummary> process_summaries(const Profile& p, const SampleFilter& filter,
                                              const Selection& selection, bool all_of_time) {
  const bool whole_processes = selection.thread.empty() && selection.inside.empty() && all_of_time;
  std::vector<ProcessSummary> all(p.processes().size());
  std::vector<uint8_t> taken(all.size(), 0);
  for (size_t i = 1; i < all.size(); ++i) {
    const profile::Process& from = p.processes()[i];
    all[i].name = p.string(from.name);
    all[i].command = p.string(from.command);
    all[i].pid = from.pid;
    all[i].unsampled_ns = whole_processes ? from.unsampled_ns : 0;
    all[i].cpu_ns = all_of_time ? from.cpu_ns : -1;
    // How it ended is of no time before its end.
    all[i].status = from.end <= selection.time_last ? from.status : -1;
  }
  for (uint32_t i = 1; i < p.threads().size(); ++i) {
    const profile::Thread& thread = p.threads()[i];
    // What had ended before the selected time, or began after it, is no part of it.
    if (thread.start > selection.time_last) continue;
    if (raw(thread.end) != 0 && thread.end < selection.time_first) continue;
    const uint32_t process = raw(thread.process);
    ++all[process].thread_count;
    if (filter.takes_thread(ThreadId{i})) taken[process] = 1;
  }
  const profile::Samples& samples = p.samples();
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!filter.takes(i)) continue;
    const uint32_t process = raw(p.threads()[raw(samples.thread[i])].process);
    taken[process] = 1;
    all[process].sampled_ns += samples.weight_ns[i];
    ++all[process].sample_count;
  }
  if (taken[0] != 0) all[0].name = "[unknown]";
  std::vector<ProcessSummary> rows;
  for (size_t i = 0; i < all.size(); ++i) {
    if (taken[i] != 0) rows.push_back(std::move(all[i]));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const ProcessSummary& a, const ProcessSummary& b) {
    return a.sampled_ns + a.unsampled_ns > b.sampled_ns + b.unsampled_ns;
  });
  return rows;
}

// What people look for first stands first; keys that this version does not know come last.
std::vector<std::pair<std::string, std::string>> ordered_facts(const Profile& p) {
  constexpr std::string_view kOrder[] = {"run.",     "app.",  "host.", "sampler.",
                                         "samples.", "cost.", "git.",  "hone."};
  const auto rank = [&](std::string_view key) {
    const auto found =
        std::find_if(std::begin(kOrder), std::end(kOrder),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
    return found - std::begin(kOrder);
  };
  std::vector<std::pair<std::string, std::string>> facts(p.meta().begin(), p.meta().end());
  std::stable_sort(facts.begin(), facts.end(),
                   [&](const auto& a, const auto& b) { return rank(a.first) < rank(b.first); });
  return facts;
}

void count_lost(const Profile& p, Summary& s) {
  uint64_t lost = static_cast<uint64_t>(number_of(p.meta("samples.lost")));
  for (const profile::Diagnostic& d : p.diagnostics()) {
    if (d.name == "samples_lost") lost = std::max(lost, d.count);
  }
  s.lost_samples = lost;
  // What was cut out of a recording has no account of its own.
  const bool is_accounted = !p.meta("cpu.total_ns").empty() && p.meta("trim.whole_cpu_ns").empty();
  if (!p.meta("sampler.scope").starts_with("cpu-wide") || !is_accounted) return;
  double missing_ns = 0;
  for (const profile::Process& process : p.processes()) {
    // What samples saw too much of one process makes up for nothing of another.
    missing_ns += std::max(0.0, static_cast<double>(process.unsampled_ns));
  }
  const double most = std::ceil(missing_ns * s.frequency_hz / 1e9);
  if (most >= static_cast<double>(lost)) return;
  s.lost_samples = static_cast<uint64_t>(most);
  s.lost_of_others = lost - s.lost_samples;
}

// Of a recording that was cut out of another the cost is still that of the whole.
double recorded_samples(const Profile& p) {
  const int64_t whole = number_of(p.meta("trim.whole_samples"));
  return whole > 0 ? static_cast<double>(whole) : static_cast<double>(p.samples().size());
}

}  // namespace

double recorded_cpu_ns(const Profile& p) {
  if (const int64_t whole = number_of(p.meta("trim.whole_cpu_ns")); whole > 0) {
    return static_cast<double>(whole);
  }
  double ns = 0;
  for (const int64_t weight : p.samples().weight_ns) ns += static_cast<double>(weight);
  for (const profile::Process& process : p.processes()) {
    ns += static_cast<double>(process.unsampled_ns);
  }
  return ns;
}

double StackQuality::script_later_share() const {
  const uint64_t all = complete + broken;
  return all == 0 ? 0 : static_cast<double>(script_later) / static_cast<double>(all);
}

double StackQuality::complete_share() const {
  const uint64_t all = complete + broken;
  return all == 0 ? 1 : static_cast<double>(complete) / static_cast<double>(all);
}

Summary summarise(const Profile& profile, const Selection& selection) {
  const SampleFilter filter(profile, selection);
  // What no sample saw is known by process only, and for all of the time.
  const bool all_of_time =
      raw(selection.time_first) == INT64_MIN && raw(selection.time_last) == INT64_MAX;
  Summary s;
  s.command = profile.meta("run.command");
  s.started = profile.meta("run.started_utc");
  s.host = profile.meta("host.name");
  s.cpu_model = profile.meta("host.cpu_model");
  s.kernel = profile.meta("host.kernel");
  s.os = profile.meta("host.os");
  s.cpu_count = static_cast<uint64_t>(number_of(profile.meta("host.cpu_count")));
  s.sampler = sampler_text(profile);
  s.frequency_hz = real_of(profile.meta("sampler.frequency_hz"));
  s.kernel_side = profile.meta("sampler.kernel") == "yes";
  s.sampled = profile.meta("sampler.name") != "none" || profile.samples().size() > 0;
  for (const auto& [key, value] : profile.meta()) {
    if (key.starts_with("app.")) s.app.emplace_back(key.substr(4), value);
  }
  const RecordedTime time = recorded_time(profile, selection);
  s.wall_ns = time.wall_ns;
  s.recorded_ns = time.recorded_ns;
  s.pause_count = time.pause_count;
  count_lost(profile, s);
  s.stacks = stack_quality(profile, filter);
  s.processes = process_summaries(profile, filter, selection, all_of_time);
  for (const ProcessSummary& process : s.processes) {
    s.cpu_ns += process.sampled_ns;
    s.unsampled_ns += process.unsampled_ns;
    s.sample_count += process.sample_count;
  }
  const double program_ns = static_cast<double>(s.cpu_ns) + static_cast<double>(s.unsampled_ns);
  if (s.recorded_ns > 0) {
    s.busy_cpus = std::max(0.0, program_ns / static_cast<double>(s.recorded_ns));
  }
  s.recorder_cpu_ns = number_of(profile.meta("cost.recorder_cpu_ns"));
  const double interrupt_ns =
      real_of(profile.meta("cost.interrupt_ns_per_sample")) * recorded_samples(profile);
  // Of the whole program, whatever part of it is selected: that is what was measured.
  if (const double all_ns = recorded_cpu_ns(profile); all_ns > 0) {
    s.overhead_share = (static_cast<double>(s.recorder_cpu_ns) + interrupt_ns) / all_ns;
  }
  s.facts = ordered_facts(profile);
  for (const profile::Diagnostic& d : profile.diagnostics()) {
    if (d.severity < recording::kDataLoss) continue;
    if (d.name == "samples_lost" && s.lost_of_others > 0) {
      if (s.lost_samples == 0) continue;
      s.losses.push_back(d);
      s.losses.back().count = s.lost_samples;
      continue;
    }
    s.losses.push_back(d);
  }
  return s;
}

}  // namespace hone::analysis
