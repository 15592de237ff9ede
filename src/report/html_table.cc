#include "report/html_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/host/text.h"
#include "base/types.h"
#include "report/escape.h"

namespace hone::report {

std::string html_duration(int64_t ns) {
  return base::duration_text(DurationNs{ns});
}
std::string html_duration(double ns) {
  return html_duration(static_cast<int64_t>(std::llround(ns)));
}

std::string html_number_cell(std::string_view text) {
  return fmt::format("<td class=\"n\">{}</td>", text);
}

std::string html_name_cell(std::string_view text, std::string_view note) {
  std::string out = "<td class=\"name\">" + markup_text(text);
  if (!note.empty()) out += " <small class=\"soft\">" + markup_text(note) + "</small>";
  return out + "</td>";
}

std::string html_where_cell(std::string_view text) {
  return "<td class=\"where\">" + markup_text(text) + "</td>";
}

std::string html_open_table(std::string_view label, std::initializer_list<std::string_view> heads,
                            std::initializer_list<std::string_view> words) {
  std::string cells;
  for (const std::string_view head : heads) {
    const bool is_word = std::find(words.begin(), words.end(), head) != words.end();
    cells += fmt::format("<th scope=\"col\"{}>{}</th>", is_word ? "" : " class=\"n\"", head);
  }
  return fmt::format(
      "<div class=\"tablebox\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table "
      "class=\"plain\"><thead><tr>{}</tr></thead><tbody>\n",
      markup_text(label), cells);
}

std::string html_close_table(size_t rows, size_t shown, std::string_view command) {
  std::string out = "</tbody></table></div>\n";
  if (rows > shown) {
    out += fmt::format("<p class=\"soft\">{} more: <code>{}</code></p>\n",
                       base::count_text(rows - shown), command);
  }
  return out;
}

std::string html_path(const std::vector<double>& points, double least, double most, double width,
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

std::string html_spark(const std::vector<double>& points, double least, double most) {
  return fmt::format(
      "<svg class=\"spark\" viewBox=\"0 -1 {} {}\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\"><path class=\"s0\" d=\"{}\" fill=\"none\" "
      "vector-effect=\"non-scaling-stroke\"/></svg>",
      kSparkWidth, kSparkHeight + 2, html_path(points, least, most, kSparkWidth, kSparkHeight));
}

}  // namespace hone::report
