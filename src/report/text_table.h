// A table of text for the terminal: columns as wide as their contents, one column that gives way
// when the terminal is narrow, columns with nothing in them left out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/text_style.h"

namespace hone::report {

enum class Fit {
  kKeep,       // as wide as its contents
  kName,       // shortened like a C++ name; the last column where lines have no end (a pipe)
  kShrink,     // shortened in the middle before the name is
  kDrop,       // left out, with its header, when the name column would become too narrow
  kDropFirst,  // left out before those
};
struct TextColumn {
  std::string head;
  bool right = false;
  Fit fit = Fit::kKeep;
  Ink ink = Ink::kPlain;
};

class TextTable {
 public:
  explicit TextTable(std::vector<TextColumn> columns) : columns_(std::move(columns)) {}
  // One cell a column, already free of control characters.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Each line begins with `indent` spaces and ends in a newline.
  std::string text(const TextStyle& style, size_t indent) const;

 private:
  std::vector<size_t> widths(const TextStyle& style, size_t indent) const;
  std::vector<size_t> order(const TextStyle& style) const;
  std::vector<TextColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hone::report
