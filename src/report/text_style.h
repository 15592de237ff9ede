// How text is drawn on this terminal, and the few colours that mean something.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hone::report {

struct TextStyle {
  bool color = false;       // ANSI escapes; without it there is not one
  bool unicode = true;      // bars, ±, tree lines; else ASCII
  size_t width = 100;       // columns; 0 = as wide as it gets (a pipe): nothing is shortened
  bool full_names = false;  // never shorten names and paths
};

enum class Ink { kPlain, kBold, kDim, kAct, kLook, kNote, kBar };

// `text` in that ink, or as it is when the style has no colour.
std::string paint(const TextStyle& style, Ink ink, std::string_view text);
std::string_view dots(const TextStyle& style);
std::string_view plus_minus(const TextStyle& style);
std::string_view separator(const TextStyle& style);  // " · "
// `share` of `cells` columns, in eighths of a cell: "███▌". Not padded.
std::string bar_text(const TextStyle& style, double share, size_t cells);
// Breaks at spaces so that each line, indent included, fits; the first line is not indented.
std::string wrap_text(const TextStyle& style, std::string_view text, size_t indent);

}  // namespace hone::report
