// What instrumented programs say of themselves: the tables of spans, frames, plots and messages.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "report/text_table.h"
#include "report/timed.h"

namespace hone::report {
namespace {

using base::count_text;
using base::percent_text;

constexpr size_t kWorstShown = 3;

// Four digits that count, as people write numbers.
std::string number_text(double value, const std::string& unit) {
  std::string out = std::abs(value) < 1e15 && value == std::floor(value)
                        ? fmt::format("{:.0f}", value)
                        : fmt::format("{:.4g}", value);
  if (!unit.empty()) out += " " + unit;
  return terminal_text(out);
}

std::string span_table(const ReportData& data, const TextStyle& style) {
  const analysis::SpanReport& report = data.spans;
  if (report.spans.empty()) return {};
  std::string out = heading(style, "Spans", "by time of their own, without the spans inside");
  const size_t shown = data.span_top == 0 ? report.spans.size()
                                          : std::min<size_t>(data.span_top, report.spans.size());
  TextTable table({{"self", true, Fit::kKeep, Ink::kBold},
                   {"of frame", true},
                   {"total", true},
                   {"count", true},
                   {"mean", true},
                   {"p50", true, Fit::kDropFirst},
                   {"p95", true, Fit::kDropFirst},
                   {"p99", true, Fit::kDrop},
                   {"max", true},
                   {"span", false, Fit::kName},
                   {"", false, Fit::kDrop, Ink::kDim},
                   {"where", false, Fit::kDrop, Ink::kDim}});
  for (size_t i = 0; i < shown; ++i) {
    const analysis::SpanStats& span = report.spans[i];
    std::string note = timed_note(span, plus_minus(style));
    if (span.loose > 0) {
      note += fmt::format("{}{} across threads", note.empty() ? "" : ", ", count_text(span.loose));
    }
    if (span.still_open > 0) {
      note += fmt::format("{}{} still open", note.empty() ? "" : ", ", count_text(span.still_open));
    }
    const analysis::Distribution& t = span.times;
    table.add({self_estimate(span, time_text(span.self_ns)),
               span.frame_share > 0 ? percent_text(span.frame_share) : "",
               estimate(span, time_text(t.total_ns)), count_text(t.count),
               time_text(std::llround(t.mean_ns)), time_text(t.p50_ns), time_text(t.p95_ns),
               time_text(t.p99_ns), time_text(t.most_ns), terminal_text(span.name), note,
               terminal_text(place_text(span.file, span.line, style.full_names))});
  }
  out += table.text(style, 2) +
         more_text(style, report.spans.size() - shown, "spans", "--spans --top 0");
  if (const int64_t ns = report.cost.in_parent_ns; ns > 0) {
    out += paint(style, Ink::kDim,
                 fmt::format("  self is less {} for each span inside: what recording one costs the "
                             "span around it\n",
                             time_text(ns)));
  }
  return out;
}

std::string frame_table(const ReportData& data, const TextStyle& style) {
  const analysis::SpanReport& report = data.spans;
  if (report.frames.empty()) return {};
  const bool is_part = report.frame_every > 1;
  std::string out = heading(
      style, "Frames",
      fmt::format("budget {}{}", time_text(report.budget_ns),
                  is_part ? fmt::format(", one in {} recorded", count_text(report.frame_every))
                          : std::string()));
  TextTable table({{"mean", true, Fit::kKeep, Ink::kBold},
                   {"p50", true},
                   {"p95", true},
                   {"p99", true},
                   {"max", true},
                   {"count", true},
                   {"over budget", true},
                   {"frames", false, Fit::kName},
                   {"longest", false, Fit::kDrop, Ink::kDim}});
  for (const analysis::FrameStats& set : report.frames) {
    const analysis::Distribution& t = set.times;
    std::string longest;
    for (size_t i = 0; i < std::min(kWorstShown, set.worst.size()); ++i) {
      longest +=
          fmt::format("{}no. {}", longest.empty() ? "" : ", ", count_text(set.worst[i].number));
    }
    const double share = static_cast<double>(set.over_budget) / static_cast<double>(t.count);
    table.add({time_text(std::llround(t.mean_ns)), time_text(t.p50_ns), time_text(t.p95_ns),
               time_text(t.p99_ns), time_text(t.most_ns), count_text(t.count),
               set.over_budget == 0
                   ? "0"
                   : fmt::format("{} ({})", count_text(set.over_budget), percent_text(share)),
               terminal_text(set.name), longest});
  }
  out += table.text(style, 2);
  if (is_part) {
    out += paint(
        style, Ink::kDim,
        "  figures of frames and spans are of the recorded frames alone; numbers count these\n");
  }
  return out;
}

std::string plot_table(const ReportData& data, const TextStyle& style) {
  const analysis::SpanReport& report = data.spans;
  if (report.plots.empty()) return {};
  std::string out = heading(style, "Plots", "");
  const size_t shown = data.span_top == 0 ? report.plots.size()
                                          : std::min<size_t>(data.span_top, report.plots.size());
  TextTable table({{"least", true},
                   {"mean", true, Fit::kKeep, Ink::kBold},
                   {"most", true},
                   {"last", true},
                   {"values", true, Fit::kDrop, Ink::kDim},
                   {"plot", false, Fit::kName},
                   {"", false, Fit::kDrop, Ink::kDim}});
  for (size_t i = 0; i < shown; ++i) {
    const analysis::PlotStats& plot = report.plots[i];
    table.add({number_text(plot.least, plot.unit), number_text(plot.mean, plot.unit),
               number_text(plot.most, plot.unit), number_text(plot.last, plot.unit),
               count_text(plot.count), terminal_text(plot.name),
               plot.expression.empty() ? "" : "= " + terminal_text(plot.expression)});
  }
  out += table.text(style, 2) +
         more_text(style, report.plots.size() - shown, "plots", "--spans --top 0");
  for (const auto& [name, missing] : report.plots_missing) {
    out += fmt::format("  {} is not known: no plot {} was recorded\n", terminal_text(name),
                       terminal_text(missing));
  }
  return out;
}

std::string message_table(const ReportData& data, const TextStyle& style) {
  const analysis::SpanReport& report = data.spans;
  if (report.messages.empty()) return {};
  std::string out = heading(style, "Messages", "");
  const size_t shown = data.span_top == 0 ? report.messages.size()
                                          : std::min<size_t>(data.span_top, report.messages.size());
  static constexpr const char* kLevels[] = {"", "error", "warn", "info", "debug", "trace"};
  TextTable table({{"count", true}, {"level", false, Fit::kDrop}, {"message", false, Fit::kName}});
  for (size_t i = 0; i < shown; ++i) {
    const analysis::MessageStats& message = report.messages[i];
    table.add({count_text(message.count), message.level < 6 ? kLevels[message.level] : "",
               terminal_text(message.text)});
  }
  return out + table.text(style, 2) +
         more_text(style, report.messages.size() - shown, "messages", "--spans --top 0");
}

}  // namespace

std::string probes_text(const analysis::OwnCost& cost, const TextStyle& style) {
  if (!cost.known) return {};
  const std::string_view times = style.unicode ? "×" : "x";
  std::string out;
  const auto add = [&](uint64_t count, std::string_view one, std::string_view many, double ns) {
    if (count == 0) return;
    out += fmt::format("{}{} {} {} {:.1f} ns", out.empty() ? "" : " + ", count_text(count),
                       count == 1 ? one : many, times, ns);
  };
  add(cost.spans, "span", "spans", cost.span_ns);
  add(cost.spans_counted, "span counted", "spans counted", cost.counted_ns);
  add(cost.spans_short, "span left out as short", "spans left out as short", cost.span_ns);
  add(cost.marks, "mark", "marks", cost.mark_ns);
  add(cost.probed_calls, "probed call", "probed calls", cost.probe_ns);
  add(cost.locks, "use of a lock", "uses of locks", cost.lock_ns);
  out += fmt::format(" = {}", time_text(cost.total_ns));
  if (cost.share > 0) {
    out += fmt::format(", {} of CPU time",
                       cost.share < 0.0005 ? "under 0.1%" : percent_text(cost.share));
  }
  if (cost.gpu_spans > 0) out += "; what the driver takes to stamp GPU spans is not known";
  return out;
}

std::string spans_text(const ReportData& data, const TextStyle& style) {
  std::string out;
  for (const std::string& part :
       {frame_table(data, style), span_table(data, style), gpu_text(data, style),
        plot_table(data, style), message_table(data, style)}) {
    if (part.empty()) continue;
    if (!out.empty()) out += "\n";
    out += part;
  }
  if (out.empty()) {
    out = paint(style, Ink::kBold, "Spans") + "\n";
    if (data.spans.refused == 0) {
      return out + "  The recording holds none: the program marks none, or they were off.\n";
    }
  }
  if (data.spans.lost > 0) {
    out += fmt::format("  {} were lost: rings were full before they were read\n",
                       count_text(data.spans.lost));
  }
  if (data.spans.refused > 0) {
    out += fmt::format(
        "  marks of {} were not read: by a libhone of another version, or read by someone else\n",
        data.spans.refused == 1 ? "one program or library"
                                : count_text(data.spans.refused) + " programs or libraries");
  }
  return out;
}

}  // namespace hone::report
