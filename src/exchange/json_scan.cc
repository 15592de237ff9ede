#include "exchange/json_scan.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/host/utf8.h"

namespace hone::exchange {
namespace {

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '+' || c == '.' || c == '_';
}

// 0x80 in each byte of `word` that is 0, and in some behind the first such (Mycroft; Hacker's
// Delight, 6-1).
uint64_t zero_bytes(uint64_t word) {
  return (word - 0x0101010101010101) & ~word & 0x8080808080808080;
}

// The first quote or backslash, eight bytes at a time.
const char* next_mark(const char* at, const char* end) {
  static_assert(std::endian::native == std::endian::little);
  for (; end - at >= 8; at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    const uint64_t marks =
        zero_bytes(word ^ 0x2222222222222222) | zero_bytes(word ^ 0x5c5c5c5c5c5c5c5c);
    if (marks != 0) return at + std::countr_zero(marks) / 8;
  }
  while (at < end && *at != '"' && *at != '\\') ++at;
  return at;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Of \uXXXX, at its first digit; -1 where there are not four.
int32_t unit_at(std::string_view raw, size_t at) {
  if (raw.size() < at + 4) return -1;
  int32_t out = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const int digit = hex_digit(raw[i]);
    if (digit < 0) return -1;
    out = out << 4 | digit;
  }
  return out;
}

// What \u says, `at` its first digit; moves behind it, and behind a low half that belongs to it.
uint32_t escaped_unit(std::string_view raw, size_t& at) {
  constexpr uint32_t kBrokenText = 0xfffd;
  const int32_t unit = unit_at(raw, at);
  if (unit < 0) return kBrokenText;
  at += 4;
  if (unit < 0xd800 || unit >= 0xe000) return static_cast<uint32_t>(unit);
  if (unit >= 0xdc00 || raw.substr(at, 2) != "\\u") return kBrokenText;
  const int32_t low = unit_at(raw, at + 2);
  if (low < 0xdc00 || low >= 0xe000) return kBrokenText;
  at += 6;
  return 0x10000 + (static_cast<uint32_t>(unit - 0xd800) << 10) +
         static_cast<uint32_t>(low - 0xdc00);
}

}  // namespace

char JsonScan::peek() {
  if (!good()) return 0;
  space();
  if (at_ < end_) return *at_;
  run_short();
  return 0;
}

bool JsonScan::open(char bracket) {
  if (peek() != bracket) return false;
  ++at_;
  return true;
}

bool JsonScan::closes(char bracket) {
  while (peek() == ',') ++at_;
  if (!good()) return true;
  if (*at_ != bracket) return false;
  ++at_;
  return true;
}

bool JsonScan::key(std::string_view& name) {
  if (closes('}')) return false;
  if (*at_ != '"') {
    fail("a member's name was expected");
    return false;
  }
  name = quoted();
  if (peek() != ':') {
    if (good()) fail("':' was expected");
    return false;
  }
  ++at_;
  return good();
}

bool JsonScan::element() {
  return !closes(']') && good();
}

std::string_view JsonScan::quoted() {
  const char* const begin = ++at_;
  while (true) {
    at_ = next_mark(at_, end_);
    if (at_ >= end_ || *at_ == '"') break;
    at_ += 2;  // what is behind a backslash ends nothing
  }
  if (at_ >= end_) {
    run_short();
    return {};
  }
  return {begin, static_cast<size_t>(at_++ - begin)};
}

std::string_view JsonScan::word() {
  const char* const begin = at_;
  while (at_ < end_ && is_word(*at_)) ++at_;
  if (at_ == end_ && !is_end_) run_short();
  return {begin, static_cast<size_t>(at_ - begin)};
}

bool JsonScan::text(std::string_view& raw) {
  if (peek() != '"') {
    skip();
    return false;
  }
  raw = quoted();
  return good();
}

bool JsonScan::number(std::string_view& raw) {
  const char first = peek();
  if (first == '"') {
    raw = quoted();
  } else if (first == '-' || first == '+' || first == '.' || (first >= '0' && first <= '9') ||
             first == 'N' || first == 'I') {
    raw = word();
  } else {
    skip();
    return false;
  }
  return good();
}

void JsonScan::skip() {
  (void)value();
}

std::string_view JsonScan::value() {
  const char first = peek();
  if (!good()) return {};
  const char* const begin = at_;
  if (first == '"') {
    quoted();
  } else if (first == '{' || first == '[') {
    // Brackets of one kind for the other are not told apart: nobody reads what is skipped.
    int depth = 0;
    do {
      const char c = *at_;
      if (c == '"') {
        quoted();
        if (!good()) return {};
        continue;
      }
      if (c == '{' || c == '[') {
        if (++depth > kDepthMax) {
          fail("values stand inside each other too deep");
          return {};
        }
      } else if (c == '}' || c == ']') {
        --depth;
      }
      ++at_;
    } while (depth > 0 && at_ < end_);
    if (depth > 0) run_short();
  } else if (word().empty() && good()) {
    fail("a value was expected");
  }
  if (!good()) return {};
  return {begin, static_cast<size_t>(at_ - begin)};
}

std::string_view plain(std::string_view raw, std::string& room) {
  size_t at = raw.find('\\');
  if (at == raw.npos) return raw;
  room.assign(raw.substr(0, at));
  while (at < raw.size()) {
    if (raw[at] != '\\' || at + 1 >= raw.size()) {
      room += raw[at++];
      continue;
    }
    const char what = raw[at + 1];
    at += 2;
    switch (what) {
      case 'n':
        room += '\n';
        break;
      case 't':
        room += '\t';
        break;
      case 'r':
        room += '\r';
        break;
      case 'b':
        room += '\b';
        break;
      case 'f':
        room += '\f';
        break;
      case 'u':
        base::append_utf8(room, escaped_unit(raw, at));
        break;
      default:
        room += what;
    }
  }
  return room;
}

bool real(std::string_view raw, double& out) {
  if (raw.starts_with('+')) raw.remove_prefix(1);
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), out);
  return error == std::errc() && end == raw.data() + raw.size();
}

bool decimal(std::string_view raw, int64_t unit, int64_t& out) {
  constexpr int64_t kMost = int64_t{1} << 62;
  const char* at = raw.data();
  const char* const end = at + raw.size();
  const bool is_negative = at < end && *at == '-';
  if (is_negative || (at < end && *at == '+')) ++at;
  uint64_t whole = 0;
  const char* const digits = at;
  while (at < end && *at >= '0' && *at <= '9' && at - digits < 18) {
    whole = whole * 10 + static_cast<uint64_t>(*at++ - '0');
  }
  uint64_t part = 0;
  uint64_t left = static_cast<uint64_t>(unit);
  const char* const behind = at;
  if (at < end && *at == '.' && at > digits) {
    for (++at; at < end && *at >= '0' && *at <= '9'; ++at) {
      if (left >= 10 && left % 10 == 0) {
        left /= 10;
        part += left * static_cast<uint64_t>(*at - '0');
      } else if (left == 1) {
        left = 0;
        part += *at >= '5' ? 1 : 0;  // the first digit beyond: rounded
      }
    }
  }
  uint64_t sum = 0;
  if (at == end && behind > digits &&
      !__builtin_mul_overflow(whole, static_cast<uint64_t>(unit), &sum) &&
      !__builtin_add_overflow(sum, part, &sum) && sum < uint64_t{1} << 62) {
    out = is_negative ? -static_cast<int64_t>(sum) : static_cast<int64_t>(sum);
    return true;
  }
  // With an exponent, and what is too long.
  double value = 0;
  if (!real(raw, value)) return false;
  value *= static_cast<double>(unit);
  if (!(std::abs(value) < static_cast<double>(kMost))) return false;
  out = std::llround(value);
  return true;
}

}  // namespace hone::exchange
