#include "exchange/text.h"

#include <array>
#include <cstddef>

namespace hone::exchange {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kHex = "0123456789abcdef";

// Bytes of the character that `text` begins with, which is not ASCII; 0 when it is no UTF-8: too
// short, overlong, a surrogate, or beyond U+10FFFF.
size_t character_bytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  size_t bytes = 0;
  unsigned least = 0x80, most = 0xBF;  // of the second byte
  if (lead >= 0xC2 && lead <= 0xDF) {
    bytes = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    bytes = 3;
    if (lead == 0xE0) least = 0xA0;
    if (lead == 0xED) most = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    bytes = 4;
    if (lead == 0xF0) least = 0x90;
    if (lead == 0xF4) most = 0x8F;
  }
  if (bytes == 0 || text.size() < bytes || byte(1) < least || byte(1) > most) return 0;
  for (size_t i = 2; i < bytes; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return bytes;
}

// Calls ascii(c) for each ASCII character and appends all others, mended.
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

void append_json_character(std::string& out, char c) {
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
    out += "\\u00";
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[c & 15];
  } else {
    out += c;
  }
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
  out += '"';
  append_mended(out, text, [&](char c) { append_json_character(out, c); });
  out += '"';
}

std::string json_text(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}

void append_csv(std::string& out, std::string_view text) {
  const bool quoted = text.find_first_of(",\"\r\n") != text.npos;
  if (quoted) out += '"';
  append_mended(out, text, [&](char c) {
    if (c == '"') out += '"';
    out += c;
  });
  if (quoted) out += '"';
}

void append_folded(std::string& out, std::string_view text) {
  const size_t before = out.size();
  append_mended(out, text, [&](char c) {
    if (c == ';') {
      out += ':';
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += ' ';
    } else {
      out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    }
  });
  if (out.size() == before) out += "(no name)";
}

}  // namespace hone::exchange
