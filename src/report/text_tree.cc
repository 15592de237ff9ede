// The call tree as indented text.
#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "report/escape.h"
#include "report/names.h"
#include "report/text.h"

namespace hone::report {
namespace {

using analysis::CallNode;
using base::percent_text;

// A tree that forks more often than this on one path is cut: it could not be read, and a hostile
// file must not exhaust the stack.
constexpr size_t kMostForks = 200;

struct TreePrinter {
  const ReportData& data;
  const TextStyle& style;
  std::string out;
  double cpu_ns = 1;
  bool inverted = false;
  std::string_view module_before;  // of the line above

  // An inverted tree has one time: that of the function at its top, by who called it.
  std::string costs(const std::string& total, const std::string& self) const {
    return inverted ? fmt::format("{:>7} ", total) : fmt::format("{:>7} {:>7} ", total, self);
  }
  size_t costs_width() const { return inverted ? 8 : 16; }

  double share(int64_t ns) const { return static_cast<double>(ns) / cpu_ns; }
  bool shown(const CallNode& node) const { return share(node.total_ns) >= data.tree_min_share; }

  void line(const CallNode& node, std::string_view lead) {
    std::string name = terminal_text(node.name);
    std::string notes;
    if (node.inlined) notes += style.unicode ? "  ⤷ inlined" : "  (inlined)";
    // On a terminal, room is for names: a module is named where it changes.
    const bool ends = style.width != 0 && !style.full_names;
    if (!node.module.empty() && !(ends && node.module == module_before)) {
      notes += fmt::format("  {}", terminal_text(file_name(node.module)));
    }
    module_before = node.module;
    if (ends) {
      const size_t front = costs_width() + display_width(lead);
      if (front + display_width(notes) + 20 > style.width) notes.clear();
      const size_t used = front + display_width(notes);
      name = shorten_name(name, used + 20 < style.width ? style.width - used : 20, dots(style));
    }
    out += fmt::format(
        "{}{}{}{}\n", costs(percent_text(share(node.total_ns)), percent_text(share(node.self_ns))),
        paint(style, Ink::kDim, lead), node.broken ? paint(style, Ink::kNote, name) : name,
        paint(style, Ink::kDim, notes));
  }

  // A stack of single calls is not indented further, so that a deep one stays on the screen.
  // Loops along such a chain and recurses only where the tree forks.
  void children(uint32_t at, const std::string& lead, size_t forks) {
    const auto& nodes = data.tree.nodes;
    for (;;) {
      std::vector<uint32_t> visible;
      size_t small = 0;
      int64_t small_ns = 0;
      for (uint32_t c = nodes[at].first_child; c != 0; c = nodes[c].next_sibling) {
        if (shown(nodes[c])) {
          visible.push_back(c);
        } else {
          ++small;
          small_ns += nodes[c].total_ns;
        }
      }
      const bool rest = small != 0 && share(small_ns) >= data.tree_min_share;
      if (visible.size() == 1 && !rest) {
        line(nodes[visible[0]], lead);
        at = visible[0];
        continue;
      }
      if (forks == kMostForks) {
        out += fmt::format("{:>{}}{}{} deeper\n", "", costs_width(), lead, dots(style));
        return;
      }
      for (size_t i = 0; i < visible.size(); ++i) {
        const bool last = i + 1 == visible.size() && !rest;
        const std::string_view branch =
            style.unicode ? (last ? "└ " : "├ ") : (last ? "\\ " : "+ ");
        line(nodes[visible[i]], lead + std::string(branch));
        children(visible[i], lead + (last ? "  " : style.unicode ? "│ " : "| "), forks + 1);
      }
      if (rest) {
        out +=
            fmt::format("{}{}\n", costs(percent_text(share(small_ns)), ""),
                        paint(style, Ink::kDim,
                              fmt::format("{}{}{} smaller {}", lead, style.unicode ? "└ " : "\\ ",
                                          small, small == 1 ? "branch" : "branches")));
      }
      return;
    }
  }
};

}  // namespace

std::string tree_text(const ReportData& data, const TextStyle& style) {
  const bool inverted = data.tree_kind == TreeKind::kInverted;
  TreePrinter printer{.data = data, .style = style};
  printer.inverted = inverted;
  printer.cpu_ns = std::max<double>(1, static_cast<double>(data.tree.cpu_ns));
  printer.out = paint(style, Ink::kBold, inverted ? "Inverted call tree" : "Call tree");
  printer.out += paint(
      style, Ink::kDim,
      fmt::format("  {}; branches of {} and more (--over 0 shows all)\n",
                  inverted ? "functions by self time, below each its callers" : "from the root",
                  percent_text(data.tree_min_share)));
  std::string head = inverted ? printer.costs("self", "") : printer.costs("total", "self");
  head.pop_back();
  printer.out += paint(style, Ink::kDim, head) + "\n";
  if (data.tree.nodes.size() < 2) return printer.out + "  No sample is in the selection.\n";
  printer.children(0, "", 0);
  return printer.out;
}

}  // namespace hone::report
