#include "report/text_table.h"

#include <algorithm>

#include "report/escape.h"
#include "report/names.h"

namespace hone::report {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kNarrowestName = 28;

}  // namespace

std::vector<size_t> TextTable::widths(const TextStyle& style, size_t indent) const {
  std::vector<size_t> widths(columns_.size(), 0);
  for (size_t c = 0; c < columns_.size(); ++c) {
    for (const auto& row : rows_) widths[c] = std::max(widths[c], display_width(row[c]));
    // A column with nothing in it takes no room at all.
    if (widths[c] != 0) widths[c] = std::max(widths[c], display_width(columns_[c].head));
  }
  if (style.width == 0 || style.full_names) return widths;
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
  for (const Fit kind : {Fit::kDropFirst, Fit::kDrop}) {
    for (size_t c = columns_.size(); c-- > 0;) {
      if (room() >= std::min(kNarrowestName, widths[name_at])) break;
      if (columns_[c].fit == kind) widths[c] = 0;
    }
  }
  widths[name_at] = std::min(widths[name_at], std::max(room(), size_t{12}));
  return widths;
}

std::string TextTable::text(const TextStyle& style, size_t indent) const {
  const std::vector<size_t> width = widths(style, indent);
  std::string out;
  const auto line = [&](auto&& cell_of, bool head) {
    std::string text(indent, ' ');
    size_t pending = 0;  // spaces owed: not written at the end of a line
    bool first = true;
    for (size_t c = 0; c < columns_.size(); ++c) {
      if (width[c] == 0) continue;
      if (!first) pending += kGap;
      first = false;
      std::string cell = cell_of(c);
      if (columns_[c].fit == Fit::kName) cell = shorten_name(cell, width[c], dots(style));
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
