#include "report/names.h"

#include "analysis/function_names.h"
#include "report/escape.h"

namespace hone::report {
namespace {

using analysis::hollow;

// What follows the first :: outside of brackets; empty when there is none.
std::string_view inside(std::string_view name) {
  int depth = 0;
  for (size_t i = 0; i + 2 < name.size(); ++i) {
    const char c = name[i];
    if (c == '<' || c == '(' || c == '{') ++depth;
    if (c == '>' || c == ')' || c == '}') --depth;
    if (depth == 0 && c == ':' && name[i + 1] == ':') return name.substr(i + 2);
  }
  return {};
}

}  // namespace

std::string shorten_name(std::string_view name, size_t width, std::string_view dots) {
  if (width == 0 || display_width(name) <= width) return std::string(name);
  std::string shorter = hollow(name, '<', '>', dots);
  if (display_width(shorter) <= width) return shorter;
  shorter = hollow(shorter, '(', ')', dots);
  if (display_width(shorter) <= width) return shorter;
  const auto dotted = [&](std::string_view rest) {
    return std::string(dots).append("::").append(rest);
  };
  // The outer namespaces go before anything else, but not what the function belongs to.
  std::string_view rest = shorter;
  for (std::string_view inner = inside(rest); !inside(inner).empty(); inner = inside(rest)) {
    if (std::string out = dotted(inner); display_width(out) <= width) return out;
    rest = inner;
  }
  if (display_width(rest) <= width) {
    std::string out = dotted(inside(rest));
    return display_width(out) <= width ? out : std::string(rest);
  }
  return elide_middle(rest, width, dots);
}

std::string shorten_label(std::string_view name, size_t width) {
  if (display_width(name) <= width) return std::string(name);
  constexpr std::string_view kDots = "…";
  std::string bare = hollow(name, '<', '>', kDots);
  if (display_width(bare) <= width) return bare;
  std::string plain = hollow(bare, '(', ')', kDots);
  if (display_width(plain) <= width) return plain;
  if (plain.ends_with(" const")) plain.resize(plain.size() - 6);
  for (const std::string_view part : {"(…)", "<…>"}) {
    for (size_t at = 0; (at = plain.find(part)) != plain.npos;) plain.erase(at, part.size());
  }
  if (display_width(plain) <= width) return plain;
  const size_t colons = plain.rfind("::");
  std::string_view rest = plain;
  if (colons != plain.npos) rest.remove_prefix(colons + 2);
  std::string out;
  size_t used = 0;
  while (!rest.empty()) {
    std::string one;
    std::string_view after = rest;
    append_utf8(one, take_char(after));
    const size_t reserve = after.empty() ? 0 : 1;  // for the dots
    if (used + display_width(one) + reserve > width) return out.append(kDots);
    used += display_width(one);
    out += one;
    rest = after;
  }
  return out;
}

std::string elide_middle(std::string_view text, size_t width, std::string_view dots) {
  if (width == 0 || display_width(text) <= width) return std::string(text);
  const size_t dots_width = display_width(dots);
  if (width <= dots_width) return std::string(dots.substr(0, width == dots_width ? dots.npos : 0));
  const size_t head_width = (width - dots_width) / 3;
  const size_t tail_width = width - dots_width - head_width;
  std::string_view rest = text;
  std::string head;
  size_t used = 0;
  while (!rest.empty()) {
    std::string_view after = rest;
    std::string one;
    append_utf8(one, take_char(after));
    if (used + display_width(one) > head_width) break;
    used += display_width(one);
    head += one;
    rest = after;
  }
  while (display_width(rest) > tail_width) take_char(rest);
  return head.append(dots).append(rest);
}

std::string place_text(std::string_view file, unsigned line, bool whole_path) {
  std::string out(whole_path ? file : file_name(file));
  if (!out.empty() && line != 0) out += ":" + std::to_string(line);
  return out;
}

}  // namespace hone::report
