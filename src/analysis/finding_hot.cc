// Findings about where the time goes: one function, one line, one thread.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>

#include "analysis/finding_rules.h"
#include "analysis/function_names.h"
#include "base/host/text.h"

namespace hone::analysis {
namespace {

using profile::Profile;

// The function with most self time on a line.
FunctionId function_of_line(const FindingInput& in, std::string_view file, uint32_t line) {
  const Profile& p = in.profile;
  std::unordered_map<uint32_t, int64_t> ns;
  FunctionId best = FunctionId::kNone;
  int64_t most = -1;
  for (const StackWeights::Own& own : in.weights.own) {
    if (own.stack == 0) continue;
    const uint32_t row = rows_of(p, own.stack).begin;
    if (p.lines().line[row] != line || p.string(p.lines().file[row]) != file) continue;
    const FunctionId id = p.lines().function[row];
    const int64_t sum = ns[raw(id)] += own.ns;
    if (sum > most) {
      most = sum;
      best = id;
    }
  }
  return best;
}

// How many source lines a function spans, as far as the recording knows.
uint32_t line_span(const Profile& p, FunctionId id) {
  uint32_t first = UINT32_MAX, last = 0;
  const profile::Function& function = p.functions()[raw(id)];
  const StringId file = function.file;
  const auto see = [&](StringId in, uint32_t line) {
    if (line == 0 || (file != StringId::kNone && in != file)) return;
    first = std::min(first, line);
    last = std::max(last, line);
  };
  see(file, function.line);
  for (size_t row = 0; row < p.lines().line.size(); ++row) {
    if (p.lines().function[row] == id) see(p.lines().file[row], p.lines().line[row]);
  }
  for (const profile::CodeLine& line : p.code_lines()) {
    if (line.function == id) see(line.file, line.line);
  }
  return last == 0 ? 0 : last - first;
}

// Nobody changes the system's libraries or the kernel: what can be changed is who calls them.
bool is_of_the_system(const Profile& p, FunctionId id) {
  const ModuleId module = p.functions()[raw(id)].module;
  const std::string_view path = p.string(p.modules()[raw(module)].path);
  static constexpr std::string_view kFolders[] = {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"};
  return p.in_kernel(module) ||
         std::any_of(std::begin(kFolders), std::end(kFolders),
                     [&](std::string_view folder) { return path.starts_with(folder); });
}

// Code that the program made for itself, of which nobody told the names: many functions in one row.
bool is_generated(const Profile& p, FunctionId id) {
  const profile::Function& function = p.functions()[raw(id)];
  return p.modules()[raw(function.module)].kind == recording::kModuleAnonymous &&
         p.string(function.name).starts_with('[');
}

std::string next_step_of(const Profile& p, const HotSpot& row) {
  const std::string pattern = quoted(name_pattern(row.name));
  if (is_generated(p, row.function)) {
    return fmt::format(
        "Have what makes it write a perf map (node: --perf-basic-prof) or a jitdump, or see which "
        "of "
        "your functions call it: hone report --callers {}",
        pattern);
  }
  return is_of_the_system(p, row.function)
             ? fmt::format("See which of your functions call it: hone report --callers {}", pattern)
             : fmt::format("See its lines and instructions: hone annotate {}", pattern);
}

}  // namespace

void find_dominating_function(const FindingInput& in, Findings& out) {
  const std::vector<HotSpot>& rows = in.functions.rows;
  if (rows.empty() || in.functions.sample_count < Thresholds::kSamplesForClaims) return;
  const HotSpot& top = rows[0];
  if (top.function == FunctionId::kNone) return;
  const double next = rows.size() > 1 ? rows[1].self.value : 0;
  if (top.self.low < Thresholds::kFunctionShareLow ||
      top.self.value < Thresholds::kFunctionAboveNext * next) {
    return;
  }
  const std::string name = short_name(top.name);
  Finding f{.kind = FindingKind::kDominatingFunction, .id = "dominating-function"};
  f.severity = top.self.low >= Thresholds::kFunctionAct ? 3 : 2;
  const std::string subject =
      is_generated(in.profile, top.function)
          ? "Code that the program made while it ran, without names, has"
          : fmt::format("'{}'{} has", name, top.module.empty() ? "" : " in " + top.module);
  f.sentence = fmt::format(
      "{} {} of its own{}", subject, share_text(top.self),
      rows.size() > 1 ? fmt::format("; the next function has {}", base::percent_text(next)) : "");
  f.next_step = next_step_of(in.profile, top);
  f.how = fmt::format(
      "Self time of the first function; reported when the low end of its 95% interval is at least "
      "{:.0f}% and it has at least {:.1f} times the next one's; severity 3 from {:.0f}% on.",
      Thresholds::kFunctionShareLow * 100, Thresholds::kFunctionAboveNext,
      Thresholds::kFunctionAct * 100);
  f.evidence = {{"function", top.name},
                {"module", top.module},
                {"self_share", number_text(top.self.value)},
                {"self_share_low", number_text(top.self.low)},
                {"self_share_high", number_text(top.self.high)},
                {"self_ns", std::to_string(top.self_ns)},
                {"self_samples", std::to_string(top.self_samples)},
                {"next_self_share", number_text(next)}};
  f.gain_share = top.self.value;
  out.push_back(std::move(f));
}

void find_dominating_line(const FindingInput& in, Findings& out) {
  if (in.functions.sample_count < Thresholds::kSamplesForClaims) return;
  const HotSpots lines = leading_spots(in.profile, in.selection, in.weights, GroupBy::kLine,
                                       Thresholds::kLineShareLow);
  const auto top = std::find_if(lines.rows.begin(), lines.rows.end(), [](const HotSpot& row) {
    return row.function == FunctionId::kNone;
  });
  if (top == lines.rows.end() || top->line == 0 || top->self.low < Thresholds::kLineShareLow)
    return;
  const FunctionId function = function_of_line(in, top->file, top->line);
  // Of a function of one statement, its line says what the function says already.
  if (line_span(in.profile, function) <= Thresholds::kOneLinerSpan) return;
  const std::string_view full = in.profile.string(in.profile.functions()[raw(function)].name);
  const std::string name = short_name(full);
  Finding f{.kind = FindingKind::kDominatingLine, .id = "dominating-line"};
  f.severity = top->self.low >= Thresholds::kFunctionAct ? 3 : 2;
  f.sentence = fmt::format("Line {} of {} (in '{}') has {}", top->line,
                           profile::file_name(top->file), name, share_text(top->self));
  f.next_step =
      fmt::format("See it among its neighbours: hone annotate {}", quoted(name_pattern(full)));
  f.how = fmt::format(
      "Self time by innermost source line; reported when the low end of its 95% interval is at "
      "least {:.0f}% and its function spans more than {} lines; severity 3 from {:.0f}% on.",
      Thresholds::kLineShareLow * 100, Thresholds::kOneLinerSpan + 1,
      Thresholds::kFunctionAct * 100);
  f.evidence = {{"file", top->file},
                {"line", std::to_string(top->line)},
                {"function", std::string(full)},
                {"self_share", number_text(top->self.value)},
                {"self_share_low", number_text(top->self.low)},
                {"self_share_high", number_text(top->self.high)},
                {"self_ns", std::to_string(top->self_ns)},
                {"self_samples", std::to_string(top->self_samples)}};
  f.gain_share = top->self.value;
  out.push_back(std::move(f));
}

void find_single_busy_thread(const FindingInput& in, Findings& out) {
  const Selection& selection = in.selection;
  const Summary& summary = in.summary;
  // Wall time is the whole run's, so the rule speaks of whole runs only.
  if (!selection.process.empty() || !selection.thread.empty() || !selection.inside.empty() ||
      raw(selection.time_first) != INT64_MIN || raw(selection.time_last) != INT64_MAX) {
    return;
  }
  const int64_t cpu_ns = summary.cpu_ns + summary.unsampled_ns;
  if (summary.cpu_count < 2 || cpu_ns < Thresholds::kBusyCpuNs ||
      summary.busy_cpus > Thresholds::kBusyCpusMax ||
      summary.busy_cpus < Thresholds::kBusyCpusMin) {
    return;
  }
  const HotSpots threads = hot_spots(in.profile, selection, GroupBy::kThread, SortBy::kSelf);
  if (threads.rows.empty() || threads.rows[0].self.value < Thresholds::kBusyThreadShare) return;
  const HotSpot& top = threads.rows[0];
  Finding f{.kind = FindingKind::kSingleBusyThread, .id = "single-busy-thread"};
  f.severity = summary.cpu_count >= Thresholds::kManyCpus ? 2 : 1;
  f.sentence = fmt::format(
      "One thread, '{}', has {} of the CPU time and kept {:.2f} of the machine's {} CPUs busy",
      top.name, base::percent_text(top.self.value), summary.busy_cpus, summary.cpu_count);
  f.next_step =
      "If the work can be divided, the other CPUs are free: see what the thread does with "
      "hone report --by thread and hone flamegraph";
  f.how = fmt::format(
      "CPU time / wall time between {:.2f} and {:.2f}, at least {:.1f} s of CPU time, at least "
      "{:.0f}% of it in one thread, on a machine of 2 CPUs or more; severity 2 from {} CPUs on. A "
      "limit of the container on CPUs is not considered.",
      Thresholds::kBusyCpusMin, Thresholds::kBusyCpusMax,
      static_cast<double>(Thresholds::kBusyCpuNs) * 1e-9, Thresholds::kBusyThreadShare * 100,
      Thresholds::kManyCpus);
  f.evidence = {{"busy_cpus", number_text(summary.busy_cpus)},
                {"cpu_count", std::to_string(summary.cpu_count)},
                {"thread", top.name},
                {"thread_share", number_text(top.self.value)},
                {"cpu_ns", std::to_string(cpu_ns)},
                {"wall_ns", std::to_string(summary.wall_ns)}};
  out.push_back(std::move(f));
}

}  // namespace hone::analysis
