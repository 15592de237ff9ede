#include "report/text_style.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "report/escape.h"

namespace hone::report {

std::string paint(const TextStyle& style, Ink ink, std::string_view text) {
  if (!style.color || ink == Ink::kPlain || text.empty()) return std::string(text);
  // From the 16 colours that every terminal themes for its own background.
  std::string_view code = "0";
  switch (ink) {
    case Ink::kPlain:
      break;
    case Ink::kBold:
      code = "1";
      break;
    case Ink::kDim:
      code = "2";
      break;
    case Ink::kAct:
      code = "1;33";
      break;
    case Ink::kLook:
      code = "1;36";
      break;
    case Ink::kNote:
      code = "1;34";
      break;
    case Ink::kBar:
      code = "33";
      break;
  }
  std::string out = "\x1b[";
  return out.append(code).append("m").append(text).append("\x1b[0m");
}

std::string_view dots(const TextStyle& style) {
  return style.unicode ? "…" : "...";
}
std::string_view plus_minus(const TextStyle& style) {
  return style.unicode ? "±" : "+-";
}
std::string_view separator(const TextStyle& style) {
  return style.unicode ? " · " : " | ";
}

std::string bar_text(const TextStyle& style, double share, size_t cells) {
  static constexpr std::array<std::string_view, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double length = std::clamp(share, 0.0, 1.0) * static_cast<double>(cells);
  if (!style.unicode) return std::string(static_cast<size_t>(std::lround(length)), '#');
  const auto eighths = static_cast<size_t>(std::lround(length * 8));
  std::string out;
  for (size_t i = 0; i < eighths / 8; ++i) out += "█";
  return out.append(kEighths[eighths % 8]);
}

std::string wrap_text(const TextStyle& style, std::string_view text, size_t indent) {
  if (style.width <= indent + 20) return std::string(text);
  std::string out;
  size_t used = indent;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const size_t width = display_width(word);
    if (used > indent && used + 1 + width > style.width) {
      out.append("\n").append(indent, ' ');
      used = indent;
    } else if (used > indent) {
      out += ' ';
      ++used;
    }
    out += word;
    used += width;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace hone::report
