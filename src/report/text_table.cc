#include "report/text_table.h"

#include <algorithm>
#include <numeric>

#include "report/escape.h"
#include "report/names.h"

namespace hone::report {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowestName = 28;
constexpr size_t kNarrowestShrunk = 16;

bool has_no_end(const TextStyle& style) {
  return style.width == 0 || style.full_names;
}

}  // namespace

std::vector<size_t> TextTable::widths(const TextStyle& style, size_t indent) const {
  std::vector<size_t> widths(columns_.size(), 0);
  for (size_t c = 0; c < columns_.size(); ++c) {
    for (const auto& row : rows_) widths[c] = std::max(widths[c], display_width(row[c]));
    // A column with nothing in it takes no room at all.
    if (widths[c] != 0) widths[c] = std::max(widths[c], display_width(columns_[c].head));
  }
  if (has_no_end(style)) return widths;
  const auto name = std::find_if(columns_.begin(), columns_.end(),
                                 [](const TextColumn& c) { return c.fit == Fit::kName; });
  if (name == columns_.end()) return widths;
  const auto name_at = static_cast<size_t>(name - columns_.begin());
  const auto room = [&] {
    size_t others = indent;
    for (size_t c = 0; c < widths.size(); ++c) {
      if (c != name_at && widths[c] != 0) others += widths[c] + kGap;
    }
    return others >= style.width ? size_t{0} : style.width - others;
  };
  const std::vector<size_t> wanted = widths;
  for (size_t c = 0; c < widths.size() && room() < widths[name_at]; ++c) {
    if (columns_[c].fit == Fit::kShrink) widths[c] = std::min(widths[c], kNarrowestShrunk);
  }
  for (const Fit kind : {Fit::kDropFirst, Fit::kDrop}) {
    for (size_t c = columns_.size(); c-- > 0;) {
      if (room() >= std::min(kNarrowestName, widths[name_at])) break;
      if (columns_[c].fit == kind) widths[c] = 0;
    }
  }
  for (size_t c = 0; c < widths.size(); ++c) {
    // What the names do not need goes back.
    if (columns_[c].fit != Fit::kShrink || room() <= widths[name_at]) continue;
    widths[c] = std::min(wanted[c], widths[c] + room() - widths[name_at]);
  }
  widths[name_at] = std::min(widths[name_at], std::max(room(), size_t{12}));
  return widths;
}

// Names can be hundreds of columns wide. Where they are not shortened they stand last, so that no
// line is padded to the widest and what is beside them can be read.
std::vector<size_t> TextTable::order(const TextStyle& style) const {
  std::vector<size_t> order(columns_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (has_no_end(style)) {
    std::stable_partition(order.begin(), order.end(),
                          [&](size_t c) { return columns_[c].fit != Fit::kName; });
  }
  return order;
}

std::string TextTable::text(const TextStyle& style, size_t indent) const {
  const std::vector<size_t> width = widths(style, indent);
  const std::vector<size_t> columns = order(style);
  std::string out;
  const auto line = [&](auto&& cell_of, bool head) {
    std::string text(indent, ' ');
    size_t pending = 0;  // spaces owed: not written at the end of a line
    bool first = true;
    for (const size_t c : columns) {
      if (width[c] == 0) continue;
      if (!first) pending += kGap;
      first = false;
      std::string cell = cell_of(c);
      if (columns_[c].fit == Fit::kName) cell = shorten_name(cell, width[c], dots(style));
      if (columns_[c].fit == Fit::kShrink) cell = elide_middle(cell, width[c], dots(style));
      const size_t fill = width[c] - std::min(width[c], display_width(cell));
      if (columns_[c].right) pending += fill;
      if (!cell.empty()) {
        text.append(pending, ' ');
        text += paint(style, head ? Ink::kDim : columns_[c].ink, cell);
        pending = 0;
      }
      if (!columns_[c].right || cell.empty()) pending += columns_[c].right ? 0 : fill;
    }
    out.append(text).append("\n");
  };
  line([&](size_t c) { return columns_[c].head; }, true);
  for (const auto& row : rows_) line([&](size_t c) { return row[c]; }, false);
  return out;
}

}  // namespace hone::report
