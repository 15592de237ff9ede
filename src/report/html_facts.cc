// The facts of the run and the quality of the measurement in the HTML report.
#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/text.h"

namespace hone::report {
namespace {

using base::count_text;
using base::percent_text;

struct FactList {
  std::string out = "<dl class=\"facts\">\n";
  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out +=
        fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", markup_text(name), markup_text(value));
  }
  std::string text() const { return out + "</dl>\n"; }
};

std::string duration(int64_t ns) {
  return base::duration_text(DurationNs{ns});
}

struct FactLabel {
  std::string_view key, label;
};
constexpr FactLabel kFactLabels[] = {
    {"run.command", "Command"},
    {"run.folder", "Working folder"},
    {"run.started_utc", "Started (UTC)"},
    {"run.wall_ns", "Wall time"},
    {"run.exit_status", "Exit status"},
    {"cpu.total_ns", "CPU time by the kernel's account"},
    {"host.name", "Host"},
    {"host.cpu_model", "CPU"},
    {"host.cpu_count", "CPUs"},
    {"host.memory_bytes", "Memory"},
    {"host.os", "System"},
    {"host.kernel", "Kernel"},
    {"host.governor", "Governor"},
    {"host.container", "Container limits"},
    {"host.gpu", "GPU"},
    {"git.commit", "Git commit"},
    {"git.dirty", "Uncommitted changes"},
    {"git.folder", "Git work tree"},
    {"sampler.name", "Sampler"},
    {"sampler.event", "Event"},
    {"sampler.frequency_hz", "Frequency (Hz)"},
    {"sampler.scope", "Scope"},
    {"sampler.kernel", "Kernel side recorded"},
    {"sampler.stack_bytes", "Stack copied, at most"},
    {"sampler.ring_bytes", "Event buffer a CPU"},
    {"sampler.unwind", "Unwinding"},
    {"samples.lost", "Samples lost"},
    {"cost.recorder_cpu_ns", "CPU time of the recorder"},
    {"cost.interrupt_ns_per_sample", "Interrupt, a sample"},
    {"cost.span_ns", "Recording a span"},
    {"cost.span_in_parent_ns", "Of it in the span around"},
    {"cost.mark_ns", "Recording a mark"},
    {"cost.lock_ns", "Recording the use of a lock"},
    {"cost.counted_ns", "Counting a span that is not timed"},
    {"cost.samples_taken", "Samples taken, others' included"},
    {"cost.tables_compiled", "Unwind tables compiled"},
    {"cost.tables_compile_ns", "Time compiling them"},
    {"cost.counters_ns_per_reading", "A reading of the counters"},
    {"cost.counters_ns_longest", "The longest of these"},
    {"cost.counters_readings", "Readings of the counters"},
    {"counters.hz", "Readings of the counters a second"},
    {"counters.tracks", "Counters"},
    {"cgroup.name", "Control group"},
    {"cgroup.cpu_limit", "Its CPU limit"},
    {"cgroup.memory_limit_bytes", "Its memory limit"},
    {"hone.version", "Hone"},
};

// A key that is not known here is shown as it is: a newer recorder wrote it.
std::string_view fact_label(std::string_view key) {
  for (const FactLabel& known : kFactLabels) {
    if (known.key == key) return known.label;
  }
  return key;
}

// Keys end in their unit.
std::string fact_value(std::string_view key, const std::string& value) {
  const bool number = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
  if (!number || value.size() > 18) return value;
  const int64_t n = std::stoll(value);
  if (key.ends_with("_ns") || key.find("_ns_") != std::string_view::npos) return duration(n);
  if (key.ends_with("_bytes")) return base::bytes_text(static_cast<uint64_t>(n));
  if (key.ends_with("_taken") || key.ends_with(".lost")) {
    return count_text(static_cast<uint64_t>(n));
  }
  return value;
}

std::string_view severity_name(uint8_t severity) {
  switch (severity) {
    case 2:
      return "notice";
    case 3:
      return "data loss";
    case 4:
      return "error";
    default:
      return "info";
  }
}

std::string diagnostics_table(const ReportData& data) {
  if (data.diagnostics.empty()) return {};
  std::string out =
      "<h3>What was lost, cut or guessed</h3>\n<div class=\"tablebox\" tabindex=\"0\" "
      "role=\"region\" aria-label=\"Diagnostics\"><table class=\"plain\"><thead><tr><th "
      "scope=\"col\">Severity</th><th scope=\"col\">What</th><th scope=\"col\" "
      "class=\"n\">Count</th>"
      "<th scope=\"col\">Detail</th></tr></thead><tbody>\n";
  for (const profile::Diagnostic& d : data.diagnostics) {
    out += fmt::format(
        "<tr class=\"sev{}\"><td>{}</td><td><code>{}</code></td><td class=\"n\">{}"
        "</td><td>{}</td></tr>\n",
        d.severity, severity_name(d.severity), markup_text(d.name), count_text(d.count),
        markup_text(d.detail));
  }
  return out + "</tbody></table></div>\n";
}

std::string process_table(const analysis::Summary& s) {
  if (s.processes.size() < 2) return {};
  constexpr size_t kMost = 100;
  std::string out =
      "<h3>Processes</h3>\n<div class=\"tablebox\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"Processes\"><table class=\"plain\"><thead><tr><th scope=\"col\">Name</th><th "
      "scope=\"col\" class=\"n\">PID</th><th scope=\"col\" class=\"n\">CPU time</th><th "
      "scope=\"col\" "
      "class=\"n\">Not sampled</th><th scope=\"col\" class=\"n\">Samples</th><th scope=\"col\" "
      "class=\"n\">Threads</th><th scope=\"col\">Command</th></tr></thead><tbody>\n";
  for (size_t i = 0; i < s.processes.size() && i < kMost; ++i) {
    const analysis::ProcessSummary& p = s.processes[i];
    out += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td><td class=\"n\">{}</td><td><code>{}</code></td></tr>\n",
        markup_text(p.name), p.pid, duration(p.cpu_ns >= 0 ? p.cpu_ns : p.sampled_ns),
        duration(std::max<int64_t>(0, p.unsampled_ns)), count_text(p.sample_count),
        count_text(p.thread_count), markup_text(p.command));
  }
  out += "</tbody></table></div>\n";
  if (s.processes.size() > kMost) {
    out += fmt::format("<p class=\"soft\">{} more processes.</p>\n", s.processes.size() - kMost);
  }
  return out;
}

}  // namespace

std::string html_quality(const ReportData& data) {
  const analysis::Summary& s = data.summary;
  FactList facts;
  facts.add("Sampler", s.sampler);
  if (s.frequency_hz > 0) facts.add("Frequency", fmt::format("{:.0f} Hz", s.frequency_hz));
  facts.add("Kernel side", s.kernel_side ? "recorded" : "not permitted: user side only");
  const analysis::StackQuality& q = s.stacks;
  if (q.complete + q.broken != 0) {
    facts.add("Complete stacks",
              fmt::format("{} ({} of {})", percent_text(q.complete_share()), count_text(q.complete),
                          count_text(q.complete + q.broken)));
  }
  for (const auto& [reason, count] : q.broken_by_reason) {
    facts.add("Broken: " + reason, count_text(count));
  }
  if (q.spliced != 0) facts.add("Outer part read from the process", count_text(q.spliced));
  if (q.script_later != 0) {
    facts.add("Script callers read when the thread had run on", count_text(q.script_later));
  }
  if (q.no_user_registers != 0) {
    facts.add("Samples without user registers", count_text(q.no_user_registers));
  }
  facts.add("Samples lost", count_text(s.lost_samples));
  facts.add("CPU time no sample saw", s.unsampled_ns > 0 ? duration(s.unsampled_ns) : "none");
  const CostText cost = cost_text(s);
  facts.add("Cost of measuring",
            fmt::format("{} {}; recorder {}", cost.value, cost.of, duration(s.recorder_cpu_ns)));
  if (data.spans.cost.known) {
    facts.add("Cost of marking", probes_text(data.spans.cost, {}));
  }
  return "<section id=\"quality\" aria-labelledby=\"h-quality\">\n<h2 id=\"h-quality\">Can this be "
         "trusted?</h2>\n" +
         facts.text() + diagnostics_table(data) + "</section>\n";
}

std::string html_run(const ReportData& data) {
  FactList facts;
  for (const auto& [key, value] : data.summary.facts) {
    facts.add(fact_label(key), fact_value(key, value));
  }
  if (data.summary.facts.empty()) {
    facts.add("Command", data.summary.command);
    facts.add("Started", data.summary.started);
    facts.add("Host", data.summary.host);
    facts.add("CPU", data.summary.cpu_model);
    facts.add("Kernel", data.summary.kernel);
    facts.add("System", data.summary.os);
  }
  return "<section id=\"run\" aria-labelledby=\"h-run\">\n<h2 id=\"h-run\">The run</h2>\n" +
         facts.text() + process_table(data.summary) + "</section>\n";
}

}  // namespace hone::report
