#include "report/text_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/host/text.h"
#include "base/types.h"

namespace hone::report {

std::string amount_text(int64_t amount, std::string_view unit) {
  if (unit == "ns") return time_text(amount);
  const auto count = static_cast<uint64_t>(std::max<int64_t>(amount, 0));
  return unit == "bytes" ? base::bytes_text(count) : base::count_text(count);
}

std::string time_text(int64_t ns) {
  return base::duration_text(DurationNs{ns});
}

std::string heading(const TextStyle& style, std::string_view title, std::string_view rest) {
  std::string out = paint(style, Ink::kBold, title);
  if (!rest.empty()) out += paint(style, Ink::kDim, fmt::format("  {}", rest));
  return out + "\n";
}

size_t shown_of(size_t rows, uint32_t top) {
  return top == 0 ? rows : std::min<size_t>(rows, top);
}

std::string more_text(const TextStyle& style, size_t hidden, std::string_view what,
                      std::string_view flags) {
  if (hidden == 0) return {};
  return paint(style, Ink::kDim,
               fmt::format("  {} {} more {}: {} shows all\n", dots(style), base::count_text(hidden),
                           what, flags));
}

}  // namespace hone::report
