// Annotated source and instructions of the HTML report.
#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/names.h"
#include "report/source_view.h"

namespace hone::report {
namespace {

using analysis::Annotation;

constexpr uint32_t kContextLines = 4;
constexpr size_t kMostInstructions = 400;

const SourceFile* find_source(const ReportData& data, std::string_view file) {
  for (const SourceFile& source : data.sources) {
    if (source.file == file) return &source;
  }
  return nullptr;
}

// Columns: cost, bar, position, text.
std::string cost_cells(const Annotation& a, int64_t ns, int64_t most_ns) {
  if (ns <= 0) return "<td></td><td class=\"barcell\"></td>";
  const double share = most_ns > 0 ? static_cast<double>(ns) / static_cast<double>(most_ns) : 0;
  return fmt::format("<td class=\"n{}\">{}</td><td class=\"barcell\">{}</td>",
                     share >= 0.5 ? " hot" : "", html_share(ns, a.cpu_ns), html_bar(share));
}

std::string file_table(const ReportData& data, const Annotation& a, const FileView& view,
                       int64_t most_ns) {
  const SourceFile* source = find_source(data, view.file);
  const bool has_text = source != nullptr && !source->lines.empty();
  std::string out = fmt::format("<h4>{} <small>{}</small></h4>\n",
                                view.file.empty() ? "Source not known" : markup_text(view.file),
                                html_share(view.self_ns, a.cpu_ns));
  if (source != nullptr && source->changed) {
    out +=
        "<p class=\"warn\">This file is newer than the program that was recorded: lines may not "
        "match.</p>\n";
  }
  if (!has_text && !view.file.empty()) {
    out += "<p class=\"soft\">The source was not found, so that only the lines' numbers are known.";
    if (source != nullptr && !source->tried.empty()) {
      out += " Looked for:";
      for (const std::string& path : source->tried) {
        out += " <code>" + markup_text(path) + "</code>";
      }
    }
    out += "</p>\n";
  }
  out +=
      "<div class=\"tablebox\" tabindex=\"0\" role=\"region\" aria-label=\"Source lines\"><table "
      "class=\"code\"><thead class=\"hf-live\"><tr><th>Self</th><th></th><th>Line</th><th>Source"
      "</th></tr></thead><tbody>\n";
  for (const ViewLine& line : view.lines) {
    if (line.gap_before && has_text) {
      out += "<tr class=\"gap\"><td></td><td></td><td class=\"line\">⋮</td><td></td></tr>\n";
    }
    const int64_t ns = line.cost != nullptr ? line.cost->self_ns : 0;
    std::string text;
    if (has_text && line.line != 0 && line.line <= source->lines.size()) {
      text = markup_text(source->lines[line.line - 1]);
    }
    out += fmt::format("<tr>{}<td class=\"line\">{}</td><td><code>{}</code></td></tr>\n",
                       cost_cells(a, ns, most_ns),
                       line.line == 0 ? std::string("?") : std::to_string(line.line), text);
  }
  return out + "</tbody></table></div>\n";
}

std::string instruction_table(const Annotation& a) {
  if (a.instructions.empty()) {
    return fmt::format(
        "<p class=\"soft\">No instructions: {}</p>\n",
        markup_text(a.no_code_reason.empty() ? "the code was not kept" : a.no_code_reason));
  }
  int64_t most_ns = 0;
  for (const auto& one : a.instructions) most_ns = std::max(most_ns, one.self_ns);
  std::string out =
      "<details class=\"asm\"><summary>Instructions</summary>\n<p class=\"soft\">A sample may fall "
      "on "
      "the instruction after the slow one.</p>\n<div class=\"tablebox\" tabindex=\"0\" "
      "role=\"region\" "
      "aria-label=\"Instructions\"><table class=\"code\"><thead "
      "class=\"hf-live\"><tr><th>Self</th><th>"
      "</th><th>Address</th><th>Instruction</th><th>Where</th></tr></thead><tbody>\n";
  // A huge function is shown around its hottest instruction.
  size_t first = 0;
  size_t last = a.instructions.size();
  if (last > kMostInstructions) {
    const auto hottest =
        std::max_element(a.instructions.begin(), a.instructions.end(),
                         [](const auto& x, const auto& y) { return x.self_ns < y.self_ns; });
    const auto at = static_cast<size_t>(hottest - a.instructions.begin());
    first = at > kMostInstructions / 2 ? at - kMostInstructions / 2 : 0;
    first = std::min(first, last - kMostInstructions);
    last = first + kMostInstructions;
  }
  std::string_view holder;
  for (size_t i = first; i < last; ++i) {
    const analysis::InstructionCost& one = a.instructions[i];
    if (one.inlined_into != holder) {
      holder = one.inlined_into;
      out += fmt::format(
          "<tr class=\"gap\"><td colspan=\"5\">{}</td></tr>\n",
          holder.empty() ? std::string("in its own code") : "inlined into " + markup_text(holder));
    }
    out += fmt::format(
        "<tr>{}<td class=\"line\">{:x}</td><td><code>{}</code></td><td "
        "class=\"where\">{}</td></tr>\n",
        cost_cells(a, one.self_ns, most_ns), one.address,
        markup_text(one.text.empty() ? "(" + one.bytes_hex + ")" : one.text),
        markup_text(place_text(one.file, one.line, false)));
  }
  out += "</tbody></table></div>\n";
  if (last - first < a.instructions.size()) {
    out += fmt::format("<p class=\"soft\">{} of {} instructions, around the hottest.</p>\n",
                       last - first, a.instructions.size());
  }
  return out + "</details>\n";
}

}  // namespace

std::string html_source(const ReportData& data) {
  if (data.annotations.empty()) return {};
  std::string out =
      "<section id=\"source\" aria-labelledby=\"h-source\">\n<h2 id=\"h-source\">Source of the "
      "hottest functions</h2>\n<p class=\"soft\">Shares of all CPU time, with the code that was "
      "inlined into each.</p>\n";
  for (size_t i = 0; i < data.annotations.size(); ++i) {
    const Annotation& a = data.annotations[i];
    out += fmt::format(
        "<details class=\"function\" id=\"{}\"{}><summary><b>{}</b> <span class=\"fn\">{}</span> "
        "<span class=\"soft\">{}</span></summary>\n",
        code_anchor(i), i == 0 ? " open" : "", html_share(a.self_ns, a.cpu_ns),
        markup_text(shorten_name(clean_text(a.function), 110)), markup_text(file_name(a.module)));
    int64_t most_ns = 0;
    for (const auto& line : a.lines) most_ns = std::max(most_ns, line.self_ns);
    const auto views = file_views(a, kContextLines, [&](std::string_view file) -> size_t {
      const SourceFile* source = find_source(data, file);
      return source == nullptr ? 0 : source->lines.size();
    });
    const bool no_lines = views.empty() || (views.size() == 1 && views[0].file.empty());
    if (!no_lines) {
      for (const FileView& view : views) out += file_table(data, a, view, most_ns);
    } else {
      out += "<p class=\"soft\">No line is known: the module has no debug information.</p>\n";
    }
    out += instruction_table(a) + "</details>\n";
  }
  return out + "</section>\n";
}

}  // namespace hone::report
