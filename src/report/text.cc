#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "report/counter_values.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/text_parts.h"
#include "report/text_table.h"
#include "report/wait_text.h"

namespace hone::report {
namespace {

using analysis::GroupBy;
using analysis::HotSpot;
using analysis::SortBy;
using base::count_text;
using base::percent_text;

constexpr uint64_t kFewSamples = 1000;
constexpr double kWideInterval = 0.1;  // of the value
constexpr size_t kBarCells = 8;

// Backquotes mark code for other voices.
std::string prose(std::string_view text) {
  std::string out = terminal_text(text);
  std::erase(out, '`');
  return out;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += between;
    out += part;
  }
  return out;
}

// Where a row's code stands; a line's name says it already.
std::string where_text(const HotSpotTable& table, const HotSpot& row, const TextStyle& style) {
  if (table.by == GroupBy::kLine) return {};
  return terminal_text(place_text(row.file, row.line, style.full_names));
}

// Code whose line is not known stands among lines as its function.
bool is_line(const HotSpotTable& table, const HotSpot& row) {
  return table.by == GroupBy::kLine && row.function == FunctionId::kNone && row.line != 0;
}

std::string row_name(const HotSpotTable& table, const HotSpot& row, const TextStyle& style) {
  const bool whole = style.full_names || style.width == 0;
  if (table.by == GroupBy::kModule && !whole) return terminal_text(file_name(row.name));
  if (is_line(table, row) && !whole) {
    return terminal_text(place_text(row.file, row.line, false));
  }
  return terminal_text(row.name);
}

void describe_hidden(std::string& out, const HotSpotTable& table,
                     const analysis::MetricState& weight, const TextStyle& style) {
  if (table.rows_hidden == 0) return;
  const double share = table.spots.cpu_ns > 0 ? static_cast<double>(table.hidden_self_ns) /
                                                    static_cast<double>(table.spots.cpu_ns)
                                              : 0;
  out +=
      paint(style, Ink::kDim,
            fmt::format("  {} {} more, {} of {} between them: {} shows all\n", dots(style),
                        count_text(table.rows_hidden), percent_text(share),
                        table.sort == SortBy::kSelf ? analysis::name_in_text(weight) : "self time",
                        table.hidden_by_top ? "--top 0" : "--over 0"));
}

// "" of what Hone recorded.
std::string_view import_format(const analysis::Summary& s) {
  const auto found = std::find_if(s.facts.begin(), s.facts.end(),
                                  [](const auto& fact) { return fact.first == "import.format"; });
  return found == s.facts.end() ? std::string_view() : found->second;
}

}  // namespace

std::string interval_text(const TextStyle& style, const analysis::Share& share, uint64_t samples) {
  const double width = share.high - share.low;
  if (samples >= kFewSamples && width <= kWideInterval * share.value) return {};
  const double side = width / 2;
  return side <= 0 ? std::string() : fmt::format("{}{:.1f}", plus_minus(style), side * 100);
}

std::string recorded_text(const analysis::Summary& s) {
  const double share =
      s.wall_ns > 0 ? static_cast<double>(s.recorded_ns) / static_cast<double>(s.wall_ns) : 0;
  return fmt::format("{} of it recorded ({}, {} {})", time_text(s.recorded_ns), percent_text(share),
                     count_text(s.pause_count), s.pause_count == 1 ? "pause" : "pauses");
}

std::string samples_text(const analysis::Summary& s) {
  if (!s.sampled) {
    return import_format(s).empty() ? "no samples: recorded by the program itself"
                                    : "no samples: the file has none";
  }
  return count_text(s.sample_count) + (s.sample_count == 1 ? " sample" : " samples");
}

std::string header_text(const ReportData& data, const TextStyle& style) {
  const analysis::Summary& s = data.summary;
  const std::string command = terminal_text(s.command.empty() ? data.recording : s.command);
  const size_t room = style.full_names ? 0 : style.width;
  std::string out = paint(style, Ink::kBold, elide_middle(command, room, dots(style))) + "\n";
  std::vector<std::string> facts;
  if (s.wall_ns > 0) facts.push_back("wall " + time_text(s.wall_ns));
  if (s.pause_count > 0) facts.push_back(recorded_text(s));
  if (s.sampled || s.unsampled_ns > 0) {
    facts.push_back("CPU " + time_text(s.sampled ? s.cpu_ns : s.unsampled_ns));
    facts.push_back(s.cpu_count == 0
                        ? fmt::format("{:.2f} CPUs busy", s.busy_cpus)
                        : fmt::format("{:.2f} of {} CPUs busy", s.busy_cpus, s.cpu_count));
  }
  facts.push_back(samples_text(s));
  if (s.processes.size() > 1) facts.push_back(count_text(s.processes.size()) + " processes");
  out += joined(facts, separator(style)) + "\n";
  if (!s.app.empty()) {
    std::vector<std::string> app;
    for (const auto& [key, value] : s.app) app.push_back(terminal_text(key + " " + value));
    out += paint(style, Ink::kDim, wrap_text(style, joined(app, separator(style)), 0)) + "\n";
  }
  const std::string waits = wait_line(data.waits);
  if (!waits.empty())
    out += paint(style, Ink::kDim, wrap_text(style, "threads: " + waits, 9)) + "\n";
  const std::vector<std::string> system = system_facts(data.counters.facts);
  if (system.empty()) return out;
  return out + wrap_text(style, joined(system, separator(style)), 0) + "\n";
}

std::string findings_text(const ReportData& data, const TextStyle& style, size_t most) {
  std::string out = heading(style, "Look at first", "");
  const size_t count = most == 0 ? data.findings.size() : std::min(most, data.findings.size());
  for (size_t i = 0; i < count; ++i) {
    const analysis::Finding& finding = data.findings[i];
    const Ink ink = finding.severity >= 3   ? Ink::kAct
                    : finding.severity == 2 ? Ink::kLook
                                            : Ink::kNote;
    const std::string_view mark = style.unicode           ? (finding.severity >= 3   ? "▲"
                                                             : finding.severity == 2 ? "●"
                                                                                     : "○")
                                  : finding.severity >= 3 ? "!"
                                  : finding.severity == 2 ? "*"
                                                          : "-";
    out += fmt::format("  {} {}\n", paint(style, ink, mark),
                       wrap_text(style, prose(finding.sentence), 4));
    if (!finding.next_step.empty()) {
      out += paint(style, Ink::kDim,
                   fmt::format("    {} {}", style.unicode ? "→" : "->",
                               wrap_text(style, prose(finding.next_step), 6)));
      out += "\n";
    }
  }
  if (data.findings.empty()) out += "  Nothing stands out.\n";
  if (count < data.findings.size()) {
    out += paint(
        style, Ink::kDim,
        fmt::format("  {} {} more: hone report\n", dots(style), data.findings.size() - count));
  }
  return out;
}

std::string table_text(const ReportData& data, const HotSpotTable& table, const TextStyle& style) {
  const bool self_first = table.sort == SortBy::kSelf;
  std::string out =
      heading(style, "Hot spots",
              fmt::format("by {}, {} {} of {}", group_name(table.by), self_first ? "self" : "total",
                          analysis::name_in_text(data.weight),
                          amount_text(table.spots.cpu_ns, data.weight.unit)));
  if (table.spots.rows.empty()) {
    if (table.rows_hidden == 0) out += "  Nothing is in the selection.\n";
    describe_hidden(out, table, data.weight, style);
    return out;
  }
  const bool by_line = table.by == GroupBy::kLine;
  const bool bars = style.width != 0 && table.spots.rows.size() > 1;
  TextTable text({{self_first ? "self" : "total", true, Fit::kKeep, Ink::kBold},
                  {std::string(plus_minus(style)), false, Fit::kKeep, Ink::kDim},
                  {" ", false, Fit::kDrop, Ink::kBar},
                  {self_first ? "total" : "self", true},
                  {data.weight.unit == "ns" ? "time" : std::string(data.weight.unit), true,
                   Fit::kDropFirst, Ink::kDim},
                  {by_line ? "line" : "", false, Fit::kKeep},
                  {by_line ? "function" : std::string(group_name(table.by)), false, Fit::kName},
                  {"module", false, Fit::kShrink, Ink::kDim},
                  {"where", false, Fit::kDrop, Ink::kDim}});
  const auto value = [&](const HotSpot& row) {
    return self_first ? row.self.value : row.total.value;
  };
  double largest = 1e-9;
  for (const HotSpot& row : table.spots.rows) largest = std::max(largest, value(row));
  for (const HotSpot& row : table.spots.rows) {
    const analysis::Share& first = self_first ? row.self : row.total;
    const analysis::Share& second = self_first ? row.total : row.self;
    text.add({percent_text(first.value), interval_text(style, first, table.spots.sample_count),
              bars ? bar_text(style, value(row) / largest, kBarCells) : "",
              percent_text(second.value),
              amount_text(self_first ? row.self_ns : row.total_ns, data.weight.unit),
              is_line(table, row) ? row_name(table, row, style) : "",
              is_line(table, row) ? terminal_text(row.in) : row_name(table, row, style),
              table.by == GroupBy::kModule ? "" : terminal_text(row.module),
              where_text(table, row, style)});
  }
  out += text.text(style, 2);
  describe_hidden(out, table, data.weight, style);
  return out;
}

std::string neighbours_text(const ReportData& data, const TextStyle& style) {
  const analysis::Neighbours& n = *data.neighbours;
  const double all = std::max<double>(1, static_cast<double>(n.all_ns));
  const double own = std::max<double>(1, static_cast<double>(n.total_ns));
  const auto share = [&](int64_t ns) { return percent_text(static_cast<double>(ns) / all); };
  std::string out = heading(style, terminal_text(n.name),
                            fmt::format("{} self, {} total", share(n.self_ns), share(n.total_ns)));
  const auto side = [&](const char* title, const std::vector<analysis::Neighbour>& list,
                        const char* none) {
    if (list.empty()) {
      out += fmt::format("  {}\n", none);
      return;
    }
    TextTable text({{"of it", true, Fit::kKeep, Ink::kBold},
                    {"of all", true, Fit::kDrop},
                    {data.weight.unit == "ns" ? "time" : std::string(data.weight.unit), true,
                     Fit::kDrop, Ink::kDim},
                    {title, false, Fit::kName},
                    {"module", false, Fit::kShrink, Ink::kDim}});
    for (const analysis::Neighbour& one : list) {
      text.add({percent_text(static_cast<double>(one.total_ns) / own), share(one.total_ns),
                amount_text(one.total_ns, data.weight.unit), terminal_text(one.name),
                terminal_text(one.module)});
    }
    out += text.text(style, 2);
  };
  side("called by", n.callers, "Nothing was seen calling it: it is the start of its stacks.");
  side("calls", n.callees, "It was not seen calling anything.");
  return out;
}

CostText cost_text(const analysis::Summary& summary) {
  if (summary.overhead_share <= 1) return {percent_text(summary.overhead_share), "of its CPU time"};
  return {time_text(summary.recorder_cpu_ns), "of CPU time"};
}

std::string quality_text(const ReportData& data, const TextStyle& style) {
  const analysis::Summary& s = data.summary;
  std::vector<std::string> parts;
  const std::string_view format = import_format(s);
  std::string sampler = !format.empty() ? "by another tool, imported from " + terminal_text(format)
                        : !s.sampled    ? "by the program itself, no samples"
                        : s.sampler.empty() ? "sampler not stated"
                                            : terminal_text(s.sampler);
  if (sampler.find("Hz") == sampler.npos && s.frequency_hz > 0) {
    sampler += fmt::format(" at {:.0f} Hz", s.frequency_hz);
  }
  parts.push_back(sampler);
  if (!s.kernel_side && s.sampled) parts.push_back("user side only");
  if (s.stacks.complete + s.stacks.broken != 0) {
    parts.push_back(percent_text(s.stacks.complete_share()) + " of stacks complete");
  }
  if (s.stacks.script_later != 0) {
    parts.push_back("Python callers of " + percent_text(s.stacks.script_later_share()) +
                    " of stacks read a moment later");
  }
  const bool whole = std::none_of(data.findings.begin(), data.findings.end(),
                                  [](const auto& f) { return f.id == "data-lost"; });
  if (s.lost_samples != 0) {
    parts.push_back(count_text(s.lost_samples) + " samples lost");
  } else {
    parts.push_back(whole ? "nothing lost" : "the recording is not whole");
  }
  if (s.lost_of_others != 0) {
    parts.push_back(count_text(s.lost_of_others) +
                    " other records lost (samples of other programs, threads' starts and ends)");
  }
  if (s.unsampled_ns > 0 && s.sampled) {
    parts.push_back(time_text(s.unsampled_ns) + " of CPU time that no sample saw");
  }
  if (s.recorder_cpu_ns > 0 || s.overhead_share > 0) {
    const CostText cost = cost_text(s);
    parts.push_back(fmt::format("measuring cost {} {}", cost.value, cost.of));
  }
  parts.push_back(probes_text(data.spans.cost, style));
  std::string out = paint(style, Ink::kDim, "Measured: ");
  out += paint(style, Ink::kDim, wrap_text(style, joined(parts, separator(style)), 10)) + "\n";
  for (const profile::Diagnostic& loss : s.losses) {
    std::string line = terminal_text(loss.name);
    if (loss.count != 0) line += " (" + count_text(loss.count) + ")";
    if (!loss.detail.empty()) line += ": " + terminal_text(loss.detail);
    out += fmt::format("  {} {}\n", paint(style, Ink::kAct, style.unicode ? "▲" : "!"),
                       wrap_text(style, line, 4));
  }
  return out;
}

std::string text_report(const ReportData& data, const TextStyle& style) {
  std::string out = header_text(data, style);
  if (data.with_findings) out += "\n" + findings_text(data, style);
  if (data.with_waits) out += "\n" + waits_text(data, style);
  for (const HotSpotTable& table : data.tables) out += "\n" + table_text(data, table, style);
  if (data.with_spans) out += "\n" + spans_text(data, style);
  if (data.with_gpu && !data.with_spans) out += "\n" + gpu_text(data, style);
  if (data.span_detail) out += "\n" + span_detail_text(data, style);
  if (data.with_locks) out += "\n" + locks_text(data, style);
  if (data.with_pools) out += "\n" + pools_text(data, style);
  if (data.neighbours) out += "\n" + neighbours_text(data, style);
  if (data.tree_kind != TreeKind::kNone) out += "\n" + tree_text(data, style);
  if (data.with_counters) out += "\n" + counters_text(data, style);
  return out + "\n" + quality_text(data, style);
}

}  // namespace hone::report
