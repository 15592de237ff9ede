#include "serve/request.h"

#include <algorithm>

namespace hone::serve {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::string_view Request::value(std::string_view name) const {
  for (const auto& [key, value] : values) {
    if (key == name) return value;
  }
  return {};
}

bool Request::has(std::string_view name) const {
  for (const auto& [key, value] : values) {
    if (key == name) return true;
  }
  return false;
}

Request parse_target(std::string_view target) {
  Request out;
  target = target.substr(0, target.find('#'));
  const size_t question = target.find('?');
  out.path = decoded(target.substr(0, question), false);
  if (question == target.npos) return out;
  std::string_view rest = target.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    out.values.emplace_back(
        decoded(pair.substr(0, equals), true),
        equals == pair.npos ? std::string() : decoded(pair.substr(equals + 1), true));
  }
  return out;
}

}  // namespace hone::serve
