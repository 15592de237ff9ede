// What programs mark, in the HTML report: frames, spans, plots, messages.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/html_table.h"
#include "report/names.h"
#include "report/text.h"
#include "report/timed.h"

namespace hone::report {
namespace {

using analysis::Distribution;
using analysis::SpanReport;
using base::count_text;
using base::percent_text;

constexpr size_t kSpansMax = 200;
constexpr size_t kPlotsMax = 100;
constexpr size_t kMessagesMax = 100;
constexpr size_t kWorstMax = 5;
constexpr double kWidth = 600, kHeight = 80;
// A budget further above the longest frame would leave the frames a line at the bottom.
constexpr double kBudgetAbove = 3;

std::string frame_chart(const analysis::FrameStats& set, int64_t budget_ns) {
  const auto budget = static_cast<double>(budget_ns);
  const auto longest = static_cast<double>(set.times.most_ns);
  const bool budget_shown = budget <= kBudgetAbove * longest;
  const double most = std::max(1.0, budget_shown ? std::max(longest, budget) : longest);
  std::string legend =
      fmt::format("<span class=\"key s0\">longest {}</span>", html_duration(longest));
  std::string lines = fmt::format(
      "<path class=\"s0\" d=\"{}\" fill=\"none\" vector-effect=\"non-scaling-stroke\"/>",
      html_path(set.chart, 0, most, kWidth, kHeight));
  if (budget_shown) {
    const double y = kHeight * (1 - budget / most);
    lines += fmt::format(
        "<path class=\"s1\" d=\"M0 {0:.1f}L{1} {0:.1f}\" fill=\"none\" "
        "vector-effect=\"non-scaling-stroke\"/>",
        y, kWidth);
    legend += fmt::format("<span class=\"key s1\">budget {}</span>", html_duration(budget));
  } else {
    legend += fmt::format("<span>budget {}, far above</span>", html_duration(budget));
  }
  const std::string each = set.frames_of_chart > 1
                               ? fmt::format(", the longest of {} each", set.frames_of_chart)
                               : std::string();
  return fmt::format(
      "<figure class=\"chart\"><figcaption><b>Time of frames “{0}”{1}</b>{2}</figcaption>"
      "<svg viewBox=\"0 -2 {3} {4}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Time "
      "of "
      "frames {0}: median {5}, longest {6}\">{7}</svg><p class=\"axis soft\"><span>first</span>"
      "<span>last</span></p></figure>\n",
      markup_text(set.name), each, legend, kWidth, kHeight + 4, html_duration(set.times.p50_ns),
      html_duration(longest), lines);
}

std::string frames_part(const SpanReport& report) {
  if (report.frames.empty()) return {};
  std::string out = "<h3>Frames</h3>\n";
  if (report.frame_every > 1) {
    out += fmt::format(
        "<p class=\"soft\">One in {} was recorded: figures of frames and spans are of these "
        "alone; numbers count them.</p>\n",
        count_text(report.frame_every));
  }
  out += "<div class=\"charts\">\n";
  for (const analysis::FrameStats& set : report.frames) out += frame_chart(set, report.budget_ns);
  out += "</div>\n" + html_open_table("Frames",
                                      {"Mean", "p50", "p95", "p99", "Longest", "Count",
                                       "Over budget", "Frames", "Longest ones"},
                                      {"Frames", "Longest ones"});
  for (const analysis::FrameStats& set : report.frames) {
    const Distribution& t = set.times;
    std::string worst;
    for (size_t i = 0; i < std::min(kWorstMax, set.worst.size()); ++i) {
      worst += fmt::format("{}no. {} ({})", i == 0 ? "" : ", ", count_text(set.worst[i].number),
                           html_duration(set.worst[i].duration_ns));
    }
    const double share = static_cast<double>(set.over_budget) / static_cast<double>(t.count);
    out +=
        "<tr>" + html_number_cell(html_duration(t.mean_ns)) +
        html_number_cell(html_duration(t.p50_ns)) + html_number_cell(html_duration(t.p95_ns)) +
        html_number_cell(html_duration(t.p99_ns)) + html_number_cell(html_duration(t.most_ns)) +
        html_number_cell(count_text(t.count)) +
        html_number_cell(fmt::format("{} ({})", count_text(set.over_budget), percent_text(share))) +
        "<td class=\"name\">" + markup_text(set.name) + "</td><td class=\"where\">" + worst +
        "</td></tr>\n";
  }
  return out + html_close_table();
}

std::string note_of(const analysis::SpanStats& span) {
  std::string note = timed_note(span, "±");
  if (span.loose > 0) {
    note += (note.empty() ? "" : ", ") + count_text(span.loose) + " across threads";
  }
  if (span.still_open > 0) {
    note += (note.empty() ? "" : ", ") + count_text(span.still_open) + " still open";
  }
  return note;
}

// The color that the program gave it, where it did.
std::string swatch(uint32_t color) {
  if (color == 0) return {};
  return fmt::format(
      "<svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect fill=\"#{:06x}\" "
      "width=\"10\" height=\"10\" rx=\"2\"/></svg>",
      color);
}

std::string spans_part(const SpanReport& report) {
  if (report.spans.empty()) return {};
  std::string out =
      "<h3>Spans</h3>\n<p class=\"soft\">By time of their own, without the spans "
      "inside.";
  if (report.cost.in_parent_ns > 0) {
    out += fmt::format(
        " That is less {} for each span inside: what recording one costs the span around it.",
        html_duration(report.cost.in_parent_ns));
  }
  const bool framed = !report.comparison.set.empty();
  out += "</p>\n" + html_open_table("Spans",
                                    {"Self", framed ? "Of frame" : "Threads", "", "Total", "Count",
                                     "Mean", "p50", "p95", "p99", "Longest", "Span", "Where"},
                                    {"", "Span", "Where"});
  const double most = std::max<double>(1, static_cast<double>(report.spans[0].self_ns));
  for (size_t i = 0; i < std::min(kSpansMax, report.spans.size()); ++i) {
    const analysis::SpanStats& span = report.spans[i];
    const Distribution& t = span.times;
    const std::string note = note_of(span);
    const std::string of_frame =
        framed ? span.frame_share > 0 ? percent_text(span.frame_share) : std::string()
               : std::to_string(span.threads);
    out += "<tr>" +
           html_number_cell(markup_text(self_estimate(span, html_duration(span.self_ns)))) +
           html_number_cell(of_frame) + "<td class=\"barcell\">" +
           html_bar(static_cast<double>(span.self_ns) / most) + "</td>" +
           html_number_cell(estimate(span, html_duration(t.total_ns))) +
           html_number_cell(count_text(t.count)) + html_number_cell(html_duration(t.mean_ns)) +
           html_number_cell(html_duration(t.p50_ns)) + html_number_cell(html_duration(t.p95_ns)) +
           html_number_cell(html_duration(t.p99_ns)) + html_number_cell(html_duration(t.most_ns)) +
           "<td class=\"name\">" + swatch(span.color) + markup_text(span.name) +
           (note.empty() ? "" : " <small class=\"soft\">" + note + "</small>") +
           "</td><td class=\"where\">" + markup_text(place_text(span.file, span.line, false)) +
           "</td></tr>\n";
  }
  return out + html_close_table(report.spans.size(), kSpansMax);
}

std::string value_text(double value, const std::string& unit) {
  const bool whole = std::abs(value) < 1e15 && value == std::floor(value);
  const std::string number = whole ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
  return markup_text(unit.empty() ? number : number + " " + unit);
}

std::string plots_part(const SpanReport& report) {
  if (report.plots.empty()) return {};
  std::string out =
      "<h3>Plots</h3>\n<p class=\"soft\">Each line is drawn over the time of the recording, from "
      "the plot's least value to its most.</p>\n" +
      html_open_table("Plots", {"Least", "Mean", "Most", "Last", "Values", "Plot", "Over time"},
                      {"Plot", "Over time"});
  for (size_t i = 0; i < std::min(kPlotsMax, report.plots.size()); ++i) {
    const analysis::PlotStats& plot = report.plots[i];
    double least = plot.most, most = plot.least, before = NAN;
    std::vector<double> points = plot.points;
    for (double& point : points) {
      // A value holds until there is another.
      if (!std::isfinite(point)) point = before;
      before = point;
      if (!std::isfinite(point)) continue;
      least = std::min(least, point);
      most = std::max(most, point);
    }
    out += "<tr>" + html_number_cell(value_text(plot.least, plot.unit)) +
           html_number_cell(value_text(plot.mean, plot.unit)) +
           html_number_cell(value_text(plot.most, plot.unit)) +
           html_number_cell(value_text(plot.last, plot.unit)) +
           html_number_cell(count_text(plot.count)) + "<td class=\"name\">" +
           markup_text(plot.name) + "</td><td>" + html_spark(points, least, most) + "</td></tr>\n";
  }
  return out + html_close_table(report.plots.size(), kPlotsMax);
}

std::string messages_part(const SpanReport& report) {
  if (report.messages.empty()) return {};
  static constexpr const char* kLevels[] = {"", "error", "warn", "info", "debug", "trace"};
  std::string out =
      "<h3>Messages</h3>\n" +
      html_open_table("Messages", {"Count", "Level", "Message"}, {"Level", "Message"});
  for (size_t i = 0; i < std::min(kMessagesMax, report.messages.size()); ++i) {
    const analysis::MessageStats& message = report.messages[i];
    out += "<tr>" + html_number_cell(count_text(message.count)) + "<td>" +
           (message.level < 6 ? kLevels[message.level] : "") + "</td><td class=\"name\">" +
           markup_text(message.text) + "</td></tr>\n";
  }
  return out + html_close_table(report.messages.size(), kMessagesMax);
}

}  // namespace

std::string html_spans(const ReportData& data) {
  const SpanReport& report = data.spans;
  if (report.empty()) return {};
  std::string out =
      "<section id=\"spans\" aria-labelledby=\"h-spans\">\n<h2 id=\"h-spans\">What the program "
      "marks</h2>\n";
  if (report.lost > 0) {
    out += fmt::format(
        "<p class=\"warn\">{} spans and marks were lost: rings were full before they were read."
        "</p>\n",
        count_text(report.lost));
  }
  return out + frames_part(report) + spans_part(report) + plots_part(report) +
         messages_part(report) + "</section>\n";
}

}  // namespace hone::report
