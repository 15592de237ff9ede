#include "report/assets.h"

#include <cstdint>

namespace hone::report {
namespace {

uint32_t nibble(char c) {
  return static_cast<uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

}  // namespace

std::string csp_hash(const Asset& asset) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "'sha256-";
  const std::string_view hex = asset.sha256_hex;
  // Three bytes (six digits) make four letters; 32 bytes end in a group of two.
  for (size_t at = 0; at < hex.size(); at += 6) {
    uint32_t bits = 0;
    const size_t digits = hex.size() - at < 6 ? hex.size() - at : 6;
    for (size_t i = 0; i < 6; ++i) bits = bits << 4 | (i < digits ? nibble(hex[at + i]) : 0);
    const size_t letters = digits * 4 / 6 + (digits * 4 % 6 != 0);
    for (size_t i = 0; i < 4; ++i) {
      out += i < letters ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
  return out + "'";
}

}  // namespace hone::report
