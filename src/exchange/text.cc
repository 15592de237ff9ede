#include "exchange/text.h"

#include <cstddef>

namespace hone::exchange {

using base::append_mended;

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
