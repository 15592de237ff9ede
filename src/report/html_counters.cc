// Charts of what the system counted, on one axis of time, in the HTML report.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/text.h"
#include "report/counter_values.h"
#include "report/escape.h"
#include "report/html_parts.h"

namespace hone::report {
namespace {

using analysis::Counters;
using analysis::TrackSummary;
using recording::TrackKind;
using recording::TrackScope;
using recording::TrackUnit;

constexpr double kWidth = 600, kHeight = 80;
constexpr size_t kEventCharts = 8;
constexpr size_t kRowsMax = 300;

// Lines of one chart have the unit of `like`.
struct Line {
  std::string label;
  std::vector<double> points;
};
struct Chart {
  std::string title;
  TrackSummary like;
  std::vector<Line> lines;
};

// The sum of all tracks of that scope and name, a step where any has a value.
Line sum_of(const Counters& c, TrackScope scope, std::string_view name, std::string label,
            TrackSummary* like) {
  Line line{std::move(label), {}};
  for (const TrackSummary& track : c.tracks) {
    if (track.scope != scope || track.name != name) continue;
    if (line.points.empty()) {
      line.points = track.points;
      if (like != nullptr && like->name.empty()) *like = track;
      continue;
    }
    for (size_t i = 0; i < line.points.size() && i < track.points.size(); ++i) {
      double& point = line.points[i];
      if (std::isnan(track.points[i])) continue;
      point = std::isnan(point) ? track.points[i] : point + track.points[i];
    }
  }
  return line;
}

double highest(const std::vector<double>& points) {
  double most = 0;
  for (const double value : points) {
    if (std::isfinite(value)) most = std::max(most, value);
  }
  return most;
}

class Charts {
 public:
  explicit Charts(const Counters& counters) : c_(counters) {}

  struct Part {
    TrackScope scope;
    const char* name;
    const char* label;
  };
  void add(const char* title, std::vector<Part> parts) {
    Chart chart{.title = title};
    for (const Part& part : parts) {
      Line line = sum_of(c_, part.scope, part.name, part.label, &chart.like);
      if (highest(line.points) > 0) chart.lines.push_back(std::move(line));
    }
    if (!chart.lines.empty()) all_.push_back(std::move(chart));
  }
  void add_events() {
    size_t added = 0;
    for (const TrackSummary& track : c_.tracks) {
      // What the program's own account adds up to has two readings: no line to draw.
      if (track.scope != TrackScope::kProgram || track.readings <= 2) continue;
      if (added++ == kEventCharts || highest(track.points) <= 0) continue;
      Chart chart{.title = track.name, .like = track};
      const std::string note = counter_note(c_, track);
      if (!note.empty()) chart.title += " (" + note + ")";
      chart.lines.push_back({"", track.points});
      all_.push_back(std::move(chart));
    }
  }
  const std::vector<Chart>& all() const { return all_; }

 private:
  const Counters& c_;
  std::vector<Chart> all_;
};

std::string path_of(const std::vector<double>& points, double most) {
  std::string d;
  bool on = false;
  const double step = points.size() > 1 ? kWidth / static_cast<double>(points.size() - 1) : kWidth;
  for (size_t i = 0; i < points.size(); ++i) {
    if (!std::isfinite(points[i])) {
      on = false;
      continue;
    }
    const double x = static_cast<double>(i) * step;
    const double y = kHeight * (1 - std::clamp(points[i] / most, 0.0, 1.0));
    d += fmt::format("{}{:.1f} {:.1f}", on ? "L" : "M", x, y);
    // One value alone would be a point that nobody sees.
    const bool alone = !on && (i + 1 == points.size() || !std::isfinite(points[i + 1]));
    if (alone) d += fmt::format("L{:.1f} {:.1f}", std::min(x + step, kWidth), y);
    on = true;
  }
  return d;
}

std::string chart_figure(const Chart& chart, int64_t span_ns) {
  double most = 0;
  for (const Line& line : chart.lines) most = std::max(most, highest(line.points));
  std::string legend, paths;
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    const Line& line = chart.lines[i];
    const std::string peak = counter_value(chart.like, highest(line.points));
    legend +=
        fmt::format("<span class=\"key s{}\">{}{} at most {}</span>", i, markup_text(line.label),
                    line.label.empty() ? "" : ",", markup_text(peak));
    paths += fmt::format(
        "<path class=\"s{}\" d=\"{}\" fill=\"none\" vector-effect=\"non-scaling-stroke\"/>", i,
        path_of(line.points, most));
  }
  return fmt::format(
      "<figure class=\"chart\"><figcaption><b>{}</b>{}</figcaption>"
      "<svg viewBox=\"0 -2 {} {}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}, at "
      "most {}\">{}</svg><p class=\"axis soft\"><span>0</span><span>{}</span></p></figure>\n",
      markup_text(chart.title), legend, kWidth, kHeight + 4, markup_text(chart.title),
      markup_text(counter_value(chart.like, most)), paths,
      markup_text(base::duration_text(DurationNs{span_ns})));
}

std::string track_table(const Counters& counters) {
  std::string out =
      "<details><summary>All counters</summary>\n<div class=\"tablebox\" tabindex=\"0\" "
      "role=\"region\" aria-label=\"All counters\"><table class=\"plain\"><thead><tr>"
      "<th scope=\"col\">Of</th><th scope=\"col\">What</th><th scope=\"col\" class=\"n\">Mean</th>"
      "<th scope=\"col\" class=\"n\">Least</th><th scope=\"col\" class=\"n\">Most</th><th "
      "scope=\"col\" class=\"n\">Total</th></tr></thead><tbody>\n";
  for (size_t i = 0; i < counters.tracks.size() && i < kRowsMax; ++i) {
    const TrackSummary& track = counters.tracks[i];
    const auto cell = [&](double value) { return markup_text(counter_value(track, value)); };
    out += fmt::format(
        "<tr><td>{}</td><td><code>{}</code></td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
        markup_text(counter_owner(track)), markup_text(track.name), cell(track.mean),
        cell(track.least), cell(track.most), markup_text(counter_total(track)));
  }
  out += "</tbody></table></div>\n";
  if (counters.tracks.size() > kRowsMax) {
    out += fmt::format("<p class=\"soft\">{} more: hone report --counters</p>\n",
                       counters.tracks.size() - kRowsMax);
  }
  return out + "</details>\n";
}

}  // namespace

std::string html_counters(const ReportData& data) {
  const Counters& counters = data.counters;
  if (!data.with_counters || counters.empty()) return {};
  Charts charts(counters);
  using enum TrackScope;
  charts.add("CPUs busy", {{kCpu, "cpu.busy", "machine"}, {kProcess, "cpu.busy", "program"}});
  charts.add("Memory of the program", {{kProcess, "memory.resident", "resident"},
                                       {kProcess, "memory.anonymous", "anonymous"}});
  charts.add("Page faults of the program",
             {{kProcess, "faults.minor", "minor"}, {kProcess, "faults.major", "major"}});
  charts.add("Tasks that waited, share of time",
             {{kMachine, "pressure.cpu.some", "for a CPU"},
              {kMachine, "pressure.io.some", "for a disk"},
              {kMachine, "pressure.memory.some", "for memory"}});
  charts.add("Held back by the CPU limit", {{kCgroup, "cpu.periods_throttled", "periods"}});
  charts.add("Disks", {{kDevice, "disk.read", "read"}, {kDevice, "disk.written", "written"}});
  charts.add("Network",
             {{kDevice, "network.received", "received"}, {kDevice, "network.sent", "sent"}});
  charts.add("Context switches of the machine", {{kMachine, "switches", ""}});
  charts.add("Memory of the control group", {{kCgroup, "memory.used", ""}});
  charts.add_events();
  const int64_t span_ns = counters.step_ns * static_cast<int64_t>(counters.steps);
  std::string out =
      "<section id=\"counters\" aria-labelledby=\"h-counters\">\n<h2 id=\"h-counters\">Over "
      "time</h2>\n<p class=\"soft\">All on one axis of time, from the start of the recording to "
      "its end. Each begins at zero.</p>\n<div class=\"charts\">\n";
  for (const Chart& chart : charts.all()) out += chart_figure(chart, span_ns);
  return out + "</div>\n" + track_table(counters) + "</section>\n";
}

}  // namespace hone::report
