#include "report/annotate_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/source_view.h"

namespace hone::report {
namespace {

using analysis::Annotation;
using analysis::InstructionCost;
using base::percent_text;

constexpr size_t kBarCells = 8;
constexpr size_t kLineGutter = 2 + 7 + 1 + kBarCells + 1 + 6 + 1;

double share_of(const Annotation& a, int64_t ns) {
  return a.cpu_ns > 0 ? static_cast<double>(ns) / static_cast<double>(a.cpu_ns) : 0;
}

// The cost in front of a line; spaces where there is none, so that texts stay in one column.
std::string gutter(const TextStyle& style, const Annotation& a, int64_t ns, int64_t most_ns) {
  const double share = share_of(a, ns);
  const std::string bar =
      most_ns > 0
          ? bar_text(style, static_cast<double>(ns) / static_cast<double>(most_ns), kBarCells)
          : "";
  const std::string percent = ns > 0 ? percent_text(share) : "";
  std::string out = fmt::format("{:>9} ", percent);
  if (ns > 0 && share >= 0.05) out = paint(style, Ink::kBold, out);
  out += paint(style, Ink::kBar, bar);
  return out.append(kBarCells - display_width(bar), ' ') + " ";
}

std::string fitted(const TextStyle& style, std::string text, size_t used) {
  if (style.width == 0 || style.full_names || display_width(text) + used <= style.width)
    return text;
  const size_t room = style.width > used + 10 ? style.width - used : 10;
  // Source reads from its start: cut the end.
  std::string out;
  std::string_view rest = text;
  size_t width = display_width(dots(style));
  while (!rest.empty()) {
    std::string one;
    append_utf8(one, take_char(rest));
    width += display_width(one);
    if (width > room) break;
    out += one;
  }
  return out.append(dots(style));
}

std::string source_line_text(const SourceFile& source, uint32_t line) {
  std::string out;
  for (const char c : source.lines[line - 1]) {
    if (c == '\t') {
      out.append(4 - out.size() % 4, ' ');
    } else {
      out += c;
    }
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '\r')) out.pop_back();
  return terminal_text(out);
}

void add_file(std::string& out, const Annotation& a, const FileView& view, const SourceFile& source,
              const TextStyle& style, int64_t most_ns) {
  out += "\n" + paint(style, Ink::kBold,
                      view.file.empty() ? "source not known" : terminal_text(view.file));
  out +=
      paint(style, Ink::kDim, fmt::format("  {}", percent_text(share_of(a, view.self_ns)))) + "\n";
  if (source.changed) {
    out += paint(style, Ink::kAct,
                 "  This file is newer than the program that was recorded: lines may not match.\n");
  }
  if (source.lines.empty() && !view.file.empty()) {
    out += paint(style, Ink::kDim, "  The source was not found. Looked for:\n");
    for (const std::string& path : source.tried) {
      out += paint(style, Ink::kDim, fmt::format("    {}\n", terminal_text(path)));
    }
  }
  for (const ViewLine& line : view.lines) {
    if (line.gap_before && !source.lines.empty()) {
      out += paint(style, Ink::kDim,
                   fmt::format("{:>{}}\n", style.unicode ? "⋮" : "...", kLineGutter - 1));
    }
    const int64_t self_ns = line.cost != nullptr ? line.cost->self_ns : 0;
    out += gutter(style, a, self_ns, most_ns);
    out += paint(style, Ink::kDim,
                 line.line == 0 ? std::string("     ?") : fmt::format("{:>6}", line.line));
    if (line.line != 0 && line.line <= source.lines.size()) {
      const std::string text = fitted(style, source_line_text(source, line.line), kLineGutter + 2);
      if (!text.empty()) out += "  " + text;
    }
    out += "\n";
  }
}

void add_instructions(std::string& out, const Annotation& a, const TextStyle& style,
                      const AnnotateOptions& options) {
  if (options.instructions == Instructions::kNone) return;
  if (a.instructions.empty()) {
    out += "\n" + paint(style, Ink::kDim,
                        fmt::format("No instructions: {}", a.no_code_reason.empty()
                                                               ? "the code was not kept"
                                                               : terminal_text(a.no_code_reason)));
    out += "\n";
    return;
  }
  std::vector<const InstructionCost*> shown;
  int64_t most_ns = 0;
  for (const InstructionCost& one : a.instructions) {
    most_ns = std::max(most_ns, one.self_ns);
    if (options.instructions == Instructions::kAll || one.self_ns > 0) shown.push_back(&one);
  }
  const bool hot = options.instructions == Instructions::kHot;
  const size_t with_cost = shown.size();
  if (hot && shown.size() > options.most_instructions) {
    std::stable_sort(shown.begin(), shown.end(),
                     [](const auto* x, const auto* y) { return x->self_ns > y->self_ns; });
    shown.resize(options.most_instructions);
    std::stable_sort(shown.begin(), shown.end(),
                     [](const auto* x, const auto* y) { return x->address < y->address; });
  }
  out += "\n" + paint(style, Ink::kBold, hot ? "Hottest instructions" : "Instructions");
  out += paint(style, Ink::kDim,
               "  by address; a sample may fall on the instruction after the slow one\n");
  for (const InstructionCost* one : shown) {
    const std::string text =
        terminal_text(one->text.empty() ? "(" + one->bytes_hex + ")" : one->text);
    std::string line = gutter(style, a, one->self_ns, most_ns);
    line += paint(style, Ink::kDim, fmt::format("{:>8x}", one->address)) + "  " + text;
    const std::string place = terminal_text(place_text(one->file, one->line, style.full_names));
    const size_t width = kLineGutter + 4 + display_width(text);
    if (!place.empty() && (style.width == 0 || width + 2 + display_width(place) <= style.width)) {
      line.append(width < 62 ? 62 - width : 0, ' ');
      line += paint(style, Ink::kDim, "  " + place);
    }
    out += line + "\n";
  }
  if (shown.size() < with_cost) {
    out += paint(style, Ink::kDim,
                 fmt::format("  {} {} more with cost: --all-instructions shows every one\n",
                             dots(style), with_cost - shown.size()));
  }
}

}  // namespace

std::string annotate_text(const Annotation& a, SourceLookup source, const TextStyle& style,
                          const AnnotateOptions& options) {
  const size_t room = style.full_names ? 0 : style.width;
  std::string out =
      paint(style, Ink::kBold, shorten_name(terminal_text(a.function), room, dots(style))) + "\n";
  out += fmt::format("{} self{}{} total{}{}", percent_text(share_of(a, a.self_ns)),
                     separator(style), percent_text(share_of(a, a.total_ns)), separator(style),
                     base::count_text(a.self_samples) + " samples");
  if (!a.module.empty()) out += std::string(separator(style)) + terminal_text(a.module);
  if (!a.file.empty()) {
    out +=
        std::string(separator(style)) + terminal_text(place_text(a.file, a.line, style.width == 0));
  }
  out += "\n";
  std::vector<SourceFile> sources;
  const auto source_of = [&](std::string_view file) -> const SourceFile& {
    const auto at = std::find_if(sources.begin(), sources.end(),
                                 [&](const SourceFile& s) { return s.file == file; });
    if (at != sources.end()) return *at;
    sources.push_back(file.empty() ? SourceFile{} : source(file));
    sources.back().file = file;
    return sources.back();
  };
  const std::vector<FileView> views =
      file_views(a, options.context_lines,
                 [&](std::string_view file) { return source_of(file).lines.size(); });
  int64_t most_ns = 0;
  for (const analysis::LineCost& line : a.lines) most_ns = std::max(most_ns, line.self_ns);
  for (const FileView& view : views) add_file(out, a, view, source_of(view.file), style, most_ns);
  if (a.lines.empty()) {
    out += "\n" +
           paint(style, Ink::kDim, "No line is known: the module has no debug information.") + "\n";
  }
  add_instructions(out, a, style, options);
  return out;
}

}  // namespace hone::report
