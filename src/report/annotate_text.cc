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
// Functions up to that size are shown whole.
constexpr size_t kSmallFunction = 40;
constexpr size_t kBefore = 3, kBehind = 1;  // instructions around a hot one
// Where the text was not found, lines are numbers alone: the hottest will do.
constexpr size_t kBareLines = 20;
// Of files with less the count is told.
constexpr double kLeastFileShare = 0.001;
constexpr double kCallsShare = 0.01;  // of the function's total time

double share_of(const Annotation& a, int64_t ns) {
  return a.cpu_ns > 0 ? static_cast<double>(ns) / static_cast<double>(a.cpu_ns) : 0;
}

// The costs in front of a line; spaces where there are none, so that texts stay in one column.
class Gutter {
 public:
  Gutter(const TextStyle& style, const Annotation& a) : style_(style), a_(a) {
    const auto calls = [&](const auto& one) {
      return static_cast<double>(one.total_ns - one.self_ns) >=
             kCallsShare * static_cast<double>(a.total_ns);
    };
    with_total_ =
        a.total_ns > 0 && (std::any_of(a.lines.begin(), a.lines.end(), calls) ||
                           std::any_of(a.instructions.begin(), a.instructions.end(), calls));
  }

  size_t width() const { return (with_total_ ? 18 : 10) + kBarCells + 1; }

  std::string head(std::string_view place) const {
    std::string out = fmt::format("{:>9}{}", "self", with_total_ ? "   total" : "");
    out.append(width() - out.size(), ' ').append(place);
    return paint(style_, Ink::kDim, out) + "\n";
  }

  // The bar is the self time's share of `most_ns`.
  std::string text(int64_t self_ns, int64_t total_ns, int64_t most_ns) const {
    const double share = share_of(a_, self_ns);
    std::string out = fmt::format("{:>9}", self_ns > 0 ? percent_text(share) : "");
    if (self_ns > 0 && share >= 0.05) out = paint(style_, Ink::kBold, out);
    if (with_total_) {
      out += fmt::format("{:>8}", total_ns > 0 ? percent_text(share_of(a_, total_ns)) : "");
    }
    const std::string bar =
        most_ns > 0 ? bar_text(style_, static_cast<double>(self_ns) / static_cast<double>(most_ns),
                               kBarCells)
                    : "";
    out += " " + paint(style_, Ink::kBar, bar);
    return out.append(kBarCells - display_width(bar), ' ') + " ";
  }

 private:
  const TextStyle& style_;
  const Annotation& a_;
  bool with_total_ = false;
};

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

std::string gap_text(const TextStyle& style, const Gutter& gutter, size_t digits) {
  const std::string_view mark = style.unicode ? "⋮" : "...";
  std::string out(gutter.width() + digits - display_width(mark), ' ');
  return paint(style, Ink::kDim, out.append(mark)) + "\n";
}

// Without text, lines are worth showing for their cost alone.
void keep_hottest(std::vector<ViewLine>& lines) {
  if (lines.size() <= kBareLines) return;
  const auto cost = [](const ViewLine& line) {
    return line.cost == nullptr ? std::pair<int64_t, int64_t>{}
                                : std::pair{line.cost->self_ns, line.cost->total_ns};
  };
  std::stable_sort(lines.begin(), lines.end(),
                   [&](const ViewLine& x, const ViewLine& y) { return cost(x) > cost(y); });
  lines.resize(kBareLines);
  std::stable_sort(lines.begin(), lines.end(),
                   [](const ViewLine& x, const ViewLine& y) { return x.line < y.line; });
}

void add_file(std::string& out, const Annotation& a, FileView view, const SourceFile& source,
              const TextStyle& style, const Gutter& gutter, int64_t most_ns) {
  constexpr size_t kDigits = 6;
  out += "\n" + paint(style, Ink::kBold,
                      view.file.empty() ? "source not known" : terminal_text(view.file));
  out +=
      paint(style, Ink::kDim, fmt::format("  {}", percent_text(share_of(a, view.self_ns)))) + "\n";
  if (source.changed) {
    out += paint(style, Ink::kAct,
                 "  This file is newer than the program that was recorded: lines may not match.\n");
  }
  const bool bare = source.lines.empty();
  if (bare && !view.file.empty()) {
    out += paint(style, Ink::kDim,
                 source.tried.empty() ? "  The source was not found.\n"
                                      : "  The source was not found. Looked for:\n");
    for (const std::string& path : source.tried) {
      out += paint(style, Ink::kDim, fmt::format("    {}\n", terminal_text(path)));
    }
    out += paint(style, Ink::kDim, "  --source-path OLD=NEW says where it is now.\n");
  }
  const size_t all = view.lines.size();
  if (bare) keep_hottest(view.lines);
  out += gutter.head("  line");
  for (const ViewLine& line : view.lines) {
    if (line.gap_before && !bare) out += gap_text(style, gutter, kDigits);
    out += line.cost == nullptr ? gutter.text(0, 0, 0)
                                : gutter.text(line.cost->self_ns, line.cost->total_ns, most_ns);
    out += paint(style, Ink::kDim,
                 line.line == 0 ? std::string("     ?") : fmt::format("{:>6}", line.line));
    if (line.line != 0 && line.line <= source.lines.size()) {
      const std::string text =
          fitted(style, source_line_text(source, line.line), gutter.width() + kDigits + 2);
      if (!text.empty()) out += "  " + text;
    }
    out += "\n";
  }
  if (view.lines.size() < all) {
    out += paint(style, Ink::kDim,
                 fmt::format("  {} {} more lines with less: --json lists every one\n", dots(style),
                             all - view.lines.size()));
  }
}

// Which instructions to show: those with most cost, and what stands around them.
std::vector<bool> chosen(const Annotation& a, const AnnotateOptions& options) {
  const auto& all = a.instructions;
  std::vector<bool> shown(all.size(), true);
  if (options.instructions == Instructions::kAll || all.size() <= kSmallFunction) return shown;
  std::vector<size_t> order;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].self_ns > 0 || all[i].total_ns > 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t x, size_t y) {
    return std::pair{all[x].self_ns, all[x].total_ns} > std::pair{all[y].self_ns, all[y].total_ns};
  });
  if (order.size() > options.most_instructions) order.resize(options.most_instructions);
  shown.assign(all.size(), false);
  for (const size_t at : order) {
    const size_t last = std::min(at + kBehind, all.size() - 1);
    for (size_t i = at - std::min(at, kBefore); i <= last; ++i) {
      if (all[i].inlined_into == all[at].inlined_into) shown[i] = true;
    }
  }
  return shown;
}

std::string instruction_line(const InstructionCost& one, const TextStyle& style,
                             const Gutter& gutter, int64_t most_ns) {
  constexpr size_t kTextWidth = 36;
  const std::string text = terminal_text(one.text.empty() ? "(" + one.bytes_hex + ")" : one.text);
  std::string line = gutter.text(one.self_ns, one.total_ns, most_ns);
  line += paint(style, Ink::kDim, fmt::format("{:>8x}", one.address)) + "  " + text;
  const std::string place = terminal_text(place_text(one.file, one.line, style.full_names));
  const size_t fill = std::max(kTextWidth, display_width(text)) - display_width(text);
  const size_t width = gutter.width() + 10 + display_width(text) + fill;
  if (!place.empty() && (style.width == 0 || width + 2 + display_width(place) <= style.width)) {
    line.append(fill, ' ');
    line += paint(style, Ink::kDim, "  " + place);
  }
  return line + "\n";
}

std::string holder_text(std::string_view holder, const TextStyle& style) {
  if (holder.empty()) return "in its own code";
  constexpr std::string_view kSays = "inlined into ";
  const size_t room = style.width == 0 || style.full_names ? 0 : style.width - kSays.size() - 3;
  return std::string(kSays) + shorten_name(terminal_text(holder), room, dots(style));
}

void add_instructions(std::string& out, const Annotation& a, const TextStyle& style,
                      const Gutter& gutter, const AnnotateOptions& options) {
  if (options.instructions == Instructions::kNone) return;
  if (a.instructions.empty()) {
    const std::string reason =
        a.no_code_reason.empty() ? "the code was not kept" : a.no_code_reason;
    out += "\n" + paint(style, Ink::kDim,
                        wrap_text(style, "No instructions: " + terminal_text(reason), 2));
    out += "\n";
    return;
  }
  int64_t most_ns = 0;
  for (const InstructionCost& one : a.instructions) most_ns = std::max(most_ns, one.self_ns);
  const std::vector<bool> shown = chosen(a, options);
  const auto count = static_cast<size_t>(std::count(shown.begin(), shown.end(), true));
  const bool whole = count == shown.size();
  out += "\n" + paint(style, Ink::kBold, whole ? "Instructions" : "Hottest instructions");
  out += paint(style, Ink::kDim,
               "  by address; a sample may fall on the instruction after the slow one\n");
  out += gutter.head(" address");
  std::string_view holder;
  for (size_t i = 0; i < shown.size(); ++i) {
    if (!shown[i]) continue;
    const InstructionCost& one = a.instructions[i];
    if (one.inlined_into != holder) {
      holder = one.inlined_into;
      out += paint(style, Ink::kDim, "  " + holder_text(holder, style) + ":\n");
    } else if (i > 0 && !shown[i - 1]) {
      out += gap_text(style, gutter, 8);
    }
    out += instruction_line(one, style, gutter, most_ns);
  }
  if (!whole) {
    out += paint(style, Ink::kDim,
                 fmt::format("  {} {} more instructions: --all-instructions shows every one\n",
                             dots(style), shown.size() - count));
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
  out +=
      paint(style, Ink::kDim,
            wrap_text(style,
                      fmt::format("{} is that of its code and of what was inlined into it; shares "
                                  "are of all {}.",
                                  options.is_time ? "Self time" : "Self", options.weight),
                      0)) +
      "\n";
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
  const Gutter gutter(style, a);
  size_t small = 0;
  int64_t small_ns = 0;
  // One row that says nothing but "not known" is better said in words.
  const bool no_lines = views.empty() || (views.size() == 1 && views[0].file.empty());
  for (const FileView& view : views) {
    if (no_lines) break;
    if (&view != &views.front() && share_of(a, view.total_ns) < kLeastFileShare) {
      ++small;
      small_ns += view.self_ns;
      continue;
    }
    add_file(out, a, view, source_of(view.file), style, gutter, most_ns);
  }
  if (small != 0) {
    out += "\n" + paint(style, Ink::kDim,
                        fmt::format("{} {} more {} with {} between them: --json lists every line\n",
                                    dots(style), small, small == 1 ? "file" : "files",
                                    percent_text(share_of(a, small_ns))));
  }
  if (no_lines) {
    out += "\n" +
           paint(style, Ink::kDim, "No line is known: the module has no debug information.") + "\n";
  }
  add_instructions(out, a, style, gutter, options);
  return out;
}

}  // namespace hone::report
