#include "base/host/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace hone::base {
namespace {
// Three significant digits, without an exponent.
std::string three_digits(double value) {
  if (value >= 99.95) return fmt::format("{:.0f}", value);
  if (value >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}
}  // namespace

std::string duration_text(DurationNs duration) {
  const auto ns = static_cast<double>(raw(duration));
  const double size = std::fabs(ns);
  const char* sign = ns < 0 ? "-" : "";
  if (size < 1e3) return fmt::format("{}{:.0f} ns", sign, size);
  if (size < 999.5e3) return fmt::format("{}{} µs", sign, three_digits(size / 1e3));
  if (size < 999.5e6) return fmt::format("{}{} ms", sign, three_digits(size / 1e6));
  return fmt::format("{}{} s", sign, three_digits(size / 1e9));
}

std::string bytes_text(uint64_t bytes) {
  static constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{} {}", three_digits(value), kUnits[unit]);
}

std::string count_text(uint64_t count) {
  std::string digits = std::to_string(count);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

std::string hex_text(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string percent_text(double share) {
  const double percent = share * 100;
  if (percent != 0 && std::fabs(percent) < 0.095) return fmt::format("{:.2f}%", percent);
  return fmt::format("{:.1f}%", percent);
}

std::string_view nearest(std::string_view word, const std::string_view* known, size_t count) {
  std::string_view best;
  // Of several as near, the one as long as the word is likelier.
  size_t best_distance = 2 * (std::max<size_t>(2, word.size() / 3) + 1);
  for (size_t k = 0; k < count; ++k) {
    const std::string_view other = known[k];
    std::vector<size_t> row(other.size() + 1), row_before(other.size() + 1);
    for (size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (size_t i = 0; i < word.size(); ++i) {
      const std::vector<size_t> row_two_before = std::exchange(row_before, row);
      size_t diagonal = row[0];
      row[0] = i + 1;
      for (size_t j = 0; j < other.size(); ++j) {
        const size_t substituted = diagonal + (word[i] == other[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({substituted, row[j] + 1, diagonal + 1});
        // Two letters in the wrong order are one mistake (optimal string alignment).
        if (i > 0 && j > 0 && word[i] == other[j - 1] && word[i - 1] == other[j]) {
          row[j + 1] = std::min(row[j + 1], row_two_before[j - 1] + 1);
        }
      }
    }
    size_t distance = row.back();
    // A word that was cut short ("rec" for "record") is as good as one that was mistyped.
    if (word.size() >= 2 && other.starts_with(word)) distance = 1;
    distance = 2 * distance + (other.size() == word.size() ? 0 : 1);
    if (distance < best_distance) {
      best_distance = distance;
      best = other;
    }
  }
  return best;
}

}  // namespace hone::base
