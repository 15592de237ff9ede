// Numbers for people. The same quantity is written the same way everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/types.h"

namespace hone::base {

std::string duration_text(DurationNs duration);  // "4.83 s", "12.1 ms", "870 ns"
std::string bytes_text(uint64_t bytes);          // "317 MB", "352 kB", "99 B"  (powers of 1000)
std::string count_text(uint64_t count);          // "1,204,551"
std::string percent_text(double share);          // 0.1234 -> "12.3%"; under 0.1% -> "0.04%"

std::string hex_text(std::span<const uint8_t> bytes);  // "4a6b"

// The nearest of `known` to `word` by edit distance, or empty when none is near enough to offer.
std::string_view nearest(std::string_view word, const std::string_view* known, size_t count);

}  // namespace hone::base
