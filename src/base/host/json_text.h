// Text of other programs in what is written for machines: names hold quotes, control characters
// and broken UTF-8.
//
//   append_json(out, name);                                    // "a\"b\n", with its quotes
//   append_mended(out, name, [&](char c) { out += c == ';' ? ':' : c; });
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hone::base {

// What stands for a byte that is no UTF-8: U+FFFD.
inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// A JSON string with its quotes. Broken UTF-8 becomes U+FFFD, a byte each.
void append_json(std::string& out, std::string_view text);
std::string json_text(std::string_view text);

// Bytes of the character that `text` begins with, which is not ASCII; 0 when it is no UTF-8: too
// short, overlong, a surrogate, or beyond U+10FFFF.
size_t character_bytes(std::string_view text);

// Calls ascii(c) for each ASCII character, and appends all others, mended.
template <class Ascii>
void append_mended(std::string& out, std::string_view text, Ascii&& ascii) {
  while (!text.empty()) {
    const char c = text.front();
    if (static_cast<unsigned char>(c) < 0x80) {
      ascii(c);
      text.remove_prefix(1);
      continue;
    }
    const size_t bytes = character_bytes(text);
    out.append(bytes == 0 ? kReplacement : text.substr(0, bytes));
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

}  // namespace hone::base
