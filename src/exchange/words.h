// Words and numbers of a line, as importers of text take them apart. Views are of what was given.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace hone::exchange {

inline constexpr std::string_view kBlanks = " \t";

// Without blanks at both ends.
inline std::string_view stripped(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The first word of `text`, which loses it; empty at the end.
inline std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

// The last word of `text`, which loses it and the blanks before it; empty at the end.
inline std::string_view take_last_word(std::string_view& text) {
  text = stripped(text);
  const size_t blank = text.find_last_of(kBlanks);
  const std::string_view word = blank == text.npos ? text : text.substr(blank + 1);
  text = stripped(text.substr(0, text.size() - word.size()));
  return word;
}

// All of `text` is one number that fits; else `out` stays.
template <class Number>
bool parse_number(std::string_view text, Number& out, int base = 10) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  out = value;
  return true;
}

// The same with a 0x before hexadecimal ones.
inline bool parse_address(std::string_view text, uint64_t& out) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  return is_hex ? parse_number(text.substr(2), out, 16) : parse_number(text, out);
}

}  // namespace hone::exchange
