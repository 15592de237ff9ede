// What programs mark, in the HTML report: frames, spans, plots, messages.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/html_parts.h"
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
constexpr double kWidth = 600, kHeight = 80, kSparkWidth = 120, kSparkHeight = 20;
// A budget further above the longest frame would leave the frames a line at the bottom.
constexpr double kBudgetAbove = 3;

std::string duration(double ns) {
  return base::duration_text(DurationNs{static_cast<int64_t>(std::llround(ns))});
}
std::string duration(int64_t ns) {
  return base::duration_text(DurationNs{ns});
}

std::string cell(const std::string& text) {
  return "<td class=\"n\">" + text + "</td>";
}

// Columns of numbers but for those that `words` names.
std::string open_table(std::string_view label, std::initializer_list<std::string_view> heads,
                       std::initializer_list<std::string_view> words) {
  std::string cells;
  for (const std::string_view head : heads) {
    const bool is_word = std::find(words.begin(), words.end(), head) != words.end();
    cells += fmt::format("<th scope=\"col\"{}>{}</th>", is_word ? "" : " class=\"n\"", head);
  }
  return fmt::format(
      "<div class=\"tablebox\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table "
      "class=\"plain\"><thead><tr>{}</tr></thead><tbody>\n",
      label, cells);
}

std::string close_table(size_t rows, size_t shown) {
  std::string out = "</tbody></table></div>\n";
  if (rows > shown) {
    out += fmt::format("<p class=\"soft\">{} more: hone report --spans --top 0</p>\n",
                       count_text(rows - shown));
  }
  return out;
}

// Pieces of the line where there are values.
std::string path_of(const std::vector<double>& points, double least, double most, double width,
                    double height) {
  const double range = most > least ? most - least : 1;
  const double step = points.size() > 1 ? width / static_cast<double>(points.size() - 1) : width;
  std::string d;
  bool on = false;
  for (size_t i = 0; i < points.size(); ++i) {
    if (!std::isfinite(points[i])) {
      on = false;
      continue;
    }
    const double x = static_cast<double>(i) * step;
    const double y = height * (1 - std::clamp((points[i] - least) / range, 0.0, 1.0));
    d += fmt::format("{}{:.1f} {:.1f}", on ? "L" : "M", x, y);
    const bool alone = !on && (i + 1 == points.size() || !std::isfinite(points[i + 1]));
    // One value alone would be a point that nobody sees.
    if (alone) d += fmt::format("L{:.1f} {:.1f}", x + std::max(step / 2, 1.0), y);
    on = true;
  }
  return d;
}

std::string frame_chart(const analysis::FrameStats& set, int64_t budget_ns) {
  const auto budget = static_cast<double>(budget_ns);
  const auto longest = static_cast<double>(set.times.most_ns);
  const bool budget_shown = budget <= kBudgetAbove * longest;
  const double most = std::max(1.0, budget_shown ? std::max(longest, budget) : longest);
  std::string legend = fmt::format("<span class=\"key s0\">longest {}</span>", duration(longest));
  std::string lines = fmt::format(
      "<path class=\"s0\" d=\"{}\" fill=\"none\" vector-effect=\"non-scaling-stroke\"/>",
      path_of(set.chart, 0, most, kWidth, kHeight));
  if (budget_shown) {
    const double y = kHeight * (1 - budget / most);
    lines += fmt::format(
        "<path class=\"s1\" d=\"M0 {0:.1f}L{1} {0:.1f}\" fill=\"none\" "
        "vector-effect=\"non-scaling-stroke\"/>",
        y, kWidth);
    legend += fmt::format("<span class=\"key s1\">budget {}</span>", duration(budget));
  } else {
    legend += fmt::format("<span>budget {}, far above</span>", duration(budget));
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
      markup_text(set.name), each, legend, kWidth, kHeight + 4, duration(set.times.p50_ns),
      duration(longest), lines);
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
  out += "</div>\n" + open_table("Frames",
                                 {"Mean", "p50", "p95", "p99", "Longest", "Count", "Over budget",
                                  "Frames", "Longest ones"},
                                 {"Frames", "Longest ones"});
  for (const analysis::FrameStats& set : report.frames) {
    const Distribution& t = set.times;
    std::string worst;
    for (size_t i = 0; i < std::min(kWorstMax, set.worst.size()); ++i) {
      worst += fmt::format("{}no. {} ({})", i == 0 ? "" : ", ", count_text(set.worst[i].number),
                           duration(set.worst[i].duration_ns));
    }
    const double share = static_cast<double>(set.over_budget) / static_cast<double>(t.count);
    out += "<tr>" + cell(duration(t.mean_ns)) + cell(duration(t.p50_ns)) +
           cell(duration(t.p95_ns)) + cell(duration(t.p99_ns)) + cell(duration(t.most_ns)) +
           cell(count_text(t.count)) +
           cell(fmt::format("{} ({})", count_text(set.over_budget), percent_text(share))) +
           "<td class=\"name\">" + markup_text(set.name) + "</td><td class=\"where\">" + worst +
           "</td></tr>\n";
  }
  return out + close_table(0, 0);
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
        duration(report.cost.in_parent_ns));
  }
  const bool framed = !report.comparison.set.empty();
  out += "</p>\n" + open_table("Spans",
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
    out += "<tr>" + cell(markup_text(self_estimate(span, duration(span.self_ns)))) +
           cell(of_frame) + "<td class=\"barcell\">" +
           html_bar(static_cast<double>(span.self_ns) / most) + "</td>" +
           cell(estimate(span, duration(t.total_ns))) + cell(count_text(t.count)) +
           cell(duration(t.mean_ns)) + cell(duration(t.p50_ns)) + cell(duration(t.p95_ns)) +
           cell(duration(t.p99_ns)) + cell(duration(t.most_ns)) + "<td class=\"name\">" +
           swatch(span.color) + markup_text(span.name) +
           (note.empty() ? "" : " <small class=\"soft\">" + note + "</small>") +
           "</td><td class=\"where\">" + markup_text(place_text(span.file, span.line, false)) +
           "</td></tr>\n";
  }
  return out + close_table(report.spans.size(), kSpansMax);
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
      open_table("Plots", {"Least", "Mean", "Most", "Last", "Values", "Plot", "Over time"},
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
    out += "<tr>" + cell(value_text(plot.least, plot.unit)) +
           cell(value_text(plot.mean, plot.unit)) + cell(value_text(plot.most, plot.unit)) +
           cell(value_text(plot.last, plot.unit)) + cell(count_text(plot.count)) +
           "<td class=\"name\">" + markup_text(plot.name) +
           fmt::format(
               "</td><td><svg class=\"spark\" viewBox=\"0 -1 {} {}\" "
               "preserveAspectRatio=\"none\" aria-hidden=\"true\"><path class=\"s0\" "
               "d=\"{}\" fill=\"none\" vector-effect=\"non-scaling-stroke\"/></svg>",
               kSparkWidth, kSparkHeight + 2,
               path_of(points, least, most, kSparkWidth, kSparkHeight)) +
           "</td></tr>\n";
  }
  return out + close_table(report.plots.size(), kPlotsMax);
}

std::string messages_part(const SpanReport& report) {
  if (report.messages.empty()) return {};
  static constexpr const char* kLevels[] = {"", "error", "warn", "info", "debug", "trace"};
  std::string out = "<h3>Messages</h3>\n" +
                    open_table("Messages", {"Count", "Level", "Message"}, {"Level", "Message"});
  for (size_t i = 0; i < std::min(kMessagesMax, report.messages.size()); ++i) {
    const analysis::MessageStats& message = report.messages[i];
    out += "<tr>" + cell(count_text(message.count)) + "<td>" +
           (message.level < 6 ? kLevels[message.level] : "") + "</td><td class=\"name\">" +
           markup_text(message.text) + "</td></tr>\n";
  }
  return out + close_table(report.messages.size(), kMessagesMax);
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
