#include "report/live_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/text_table.h"

namespace hone::report {
namespace {

using analysis::LiveBy;
using analysis::LiveRow;
using analysis::LiveView;

constexpr std::string_view kOff = "\x1b[0m";
// From here on samples are lost or stacks broken often enough to say so in colour.
constexpr double kNoteworthy = 0.01;

std::string_view by_name(LiveBy by) {
  switch (by) {
    case LiveBy::kFunction:
      return "function";
    case LiveBy::kThread:
      return "thread";
    case LiveBy::kModule:
      return "module";
  }
  return "";
}

double cores(const LiveView& view, int64_t ns) {
  return view.window_ns <= 0 ? 0 : static_cast<double>(ns) / static_cast<double>(view.window_ns);
}

std::string counts_text(const LiveView& view, const TextStyle& style) {
  const auto some = [&](uint64_t count, const char* what, uint64_t of) {
    if (count == 0) return std::string();
    const bool much = static_cast<double>(count) > kNoteworthy * static_cast<double>(of);
    return std::string(separator(style)) +
           paint(style, much ? Ink::kAct : Ink::kDim, base::count_text(count) + " " + what);
  };
  return base::count_text(view.samples) + " samples" +
         some(view.lost, "lost", view.samples + view.lost) +
         some(view.broken, "with broken stacks", view.samples) +
         some(view.uncounted, "not shown", view.samples);
}

std::string head_text(const LiveTitle& title, const LiveView& view, const TextStyle& style) {
  const std::string_view between = separator(style);
  std::string out =
      fmt::format("{}{}{}{}{:g} Hz\n", paint(style, Ink::kBold, terminal_text(title.target)),
                  between, title.sampler, between, title.frequency_hz);
  out += fmt::format("last {}{}{:.2f} of {} CPUs{}{}{}hone {:.1f}%\n",
                     base::duration_text(DurationNs{view.window_ns}), between,
                     cores(view, view.cpu_ns), title.cpu_count, between, counts_text(view, style),
                     between, 100 * cores(view, view.own_cpu_ns));
  return out;
}

// Threads, and of what their time is made.
std::string times_text(const LiveView& view, const TextStyle& style) {
  TextTable table({{"running", true, Fit::kKeep, Ink::kBold},
                   {"queued", true, Fit::kKeep, Ink::kPlain},
                   {"blocked", true, Fit::kKeep, Ink::kPlain},
                   {"samples", true, Fit::kDrop, Ink::kDim},
                   {"thread", false, Fit::kName},
                   {"process", false, Fit::kShrink, Ink::kDim},
                   {"now in", false, Fit::kDrop, Ink::kDim}});
  for (const LiveRow& row : view.rows) {
    const auto wall =
        static_cast<double>(std::max<int64_t>(row.running_ns + row.queued_ns + row.blocked_ns, 1));
    const auto of_wall = [&](int64_t ns) {
      return base::percent_text(static_cast<double>(ns) / wall);
    };
    table.add({of_wall(row.running_ns), of_wall(row.queued_ns), of_wall(row.blocked_ns),
               base::count_text(row.self_samples), terminal_text(row.name),
               terminal_text(row.module), terminal_text(row.waits_in)});
  }
  return table.text(style, 1);
}

}  // namespace

std::string live_text(const LiveTitle& title, const LiveView& view, const TextStyle& style) {
  std::string out = head_text(title, view, style);
  const bool threads = view.query.by == LiveBy::kThread;
  const auto ink_of = [&](bool total) {
    return total == view.query.by_total ? Ink::kBold : Ink::kPlain;
  };
  TextTable table({{threads ? "cpu" : "self", true, Fit::kKeep, ink_of(false)},
                   {threads ? "" : "total", true, Fit::kKeep, ink_of(true)},
                   {"samples", true, Fit::kDrop, Ink::kDim},
                   {std::string(by_name(view.query.by)), false, Fit::kName},
                   {threads ? "process" : "module", false, Fit::kShrink, Ink::kDim}});
  for (const LiveRow& row : view.rows) {
    table.add({base::percent_text(view.share(row.self_ns)),
               threads ? "" : base::percent_text(view.share(row.total_ns)),
               base::count_text(row.self_samples), terminal_text(row.name),
               terminal_text(row.module)});
  }
  if (!view.rows.empty() && view.has_times) {
    out += times_text(view, style);
  } else if (!view.rows.empty()) {
    out += table.text(style, 1);
  } else if (!view.query.filter.empty()) {
    out += fmt::format(" nothing holds \"{}\"\n", terminal_text(view.query.filter));
  } else {
    out += view.window_ns == 0 ? " sampling...\n" : " no CPU time was used\n";
  }
  if (view.rows_hidden > 0) {
    out += fmt::format(" and {} more: --top 0\n", base::count_text(view.rows_hidden));
  }
  return out;
}

std::string live_json(const LiveTitle& title, const LiveView& view) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const LiveRow& row : view.rows) {
    nlohmann::ordered_json one = {{"name", row.name}};
    if (!row.module.empty()) {
      one[view.query.by == LiveBy::kThread ? "process" : "module"] = row.module;
    }
    one["self_ns"] = row.self_ns;
    one["self_share"] = view.share(row.self_ns);
    one["total_ns"] = row.total_ns;
    one["total_share"] = view.share(row.total_ns);
    one["self_samples"] = row.self_samples;
    if (view.has_times) {
      one["running_ns"] = row.running_ns;
      one["queued_ns"] = row.queued_ns;
      one["blocked_ns"] = row.blocked_ns;
      if (!row.waits_in.empty()) one["waits_in"] = row.waits_in;
    }
    rows.push_back(std::move(one));
  }
  const nlohmann::ordered_json out = {{"schema", "hone.top/1"},
                                      {"tool", "hone"},
                                      {"version", HONE_VERSION},
                                      {"target", title.target},
                                      {"sampler", title.sampler},
                                      {"frequency_hz", title.frequency_hz},
                                      {"cpu_count", title.cpu_count},
                                      {"window_ns", view.window_ns},
                                      {"cpu_ns", view.cpu_ns},
                                      {"sample_count", view.samples},
                                      {"lost_count", view.lost},
                                      {"broken_count", view.broken},
                                      {"uncounted_count", view.uncounted},
                                      {"own_cpu_ns", view.own_cpu_ns},
                                      {"frames_unnamed", view.frames_pending},
                                      {"by", by_name(view.query.by)},
                                      {"sort", view.query.by_total ? "total" : "self"},
                                      {"rows_hidden", view.rows_hidden},
                                      {"rows", std::move(rows)}};
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::vector<std::string> fitted_lines(std::string_view text, size_t width, size_t height) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < height) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    std::string out;
    size_t used = 0;
    bool colored = false;
    while (!line.empty()) {
      if (line.starts_with("\x1b[")) {
        const size_t end = std::min(line.find('m'), line.size() - 1) + 1;
        colored = line.substr(0, end) != kOff;
        out += line.substr(0, end);
        line.remove_prefix(end);
        continue;
      }
      std::string_view rest = line;
      take_char(rest);
      const std::string_view one = line.substr(0, line.size() - rest.size());
      const size_t columns = display_width(one);
      if (used + columns > width) break;
      used += columns;
      out += one;
      line = rest;
    }
    if (colored) out += kOff;
    lines.push_back(std::move(out));
  }
  return lines;
}

}  // namespace hone::report
