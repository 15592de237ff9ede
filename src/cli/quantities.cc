#include "cli/quantities.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "cli/errors.h"

namespace hone::cli {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};
constexpr Unit kTimeUnits[] = {{"ns", 1},  {"us", 1e3}, {"ms", 1e6},
                               {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
constexpr Unit kSizeUnits[] = {{"", 1},     {"B", 1},    {"k", 1e3},  {"K", 1e3},
                               {"kB", 1e3}, {"M", 1e6},  {"MB", 1e6}, {"G", 1e9},
                               {"GB", 1e9}, {"T", 1e12}, {"TB", 1e12}};
// 31 years, and what a file cannot be larger than: far from overflow.
constexpr double kNsMax = 1e18;
constexpr double kBytesMax = 1e18;

// NaN when it is none.
double scaled(std::string_view text, std::span<const Unit> units) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return NAN;
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const Unit& one : units) {
    if (unit == one.name) return number * one.factor;
  }
  return NAN;
}

}  // namespace

bool is_duration(std::string_view text) {
  return !std::isnan(scaled(text, kTimeUnits));
}

Result<DurationNs> duration_of(std::string_view flag, const std::string& text) {
  double ns = scaled(text, kTimeUnits);
  if (std::isnan(ns)) ns = scaled(text + "s", kTimeUnits);
  if (std::isnan(ns) || std::abs(ns) > kNsMax) {
    return usage_error(fmt::format("{} takes a time, not '{}'", flag, text),
                       {fmt::format("{} 2s   (or 500ms, 1.5m, 1h)", flag)});
  }
  return DurationNs{static_cast<int64_t>(ns)};
}

Result<uint64_t> bytes_of(std::string_view flag, const std::string& text) {
  const double bytes = scaled(text, kSizeUnits);
  if (std::isnan(bytes) || bytes < 1 || bytes > kBytesMax) {
    return usage_error(fmt::format("{} takes a size, not '{}'", flag, text),
                       {fmt::format("{} 500M   (or 64k, 1.5G, bytes)", flag)});
  }
  return static_cast<uint64_t>(bytes);
}

Result<TimeNs> moment(std::string_view flag, const std::string& text,
                      const analysis::RecordedTime& time) {
  HONE_TRY_ASSIGN(const DurationNs offset, duration_of(flag, text));
  const bool from_end = text.starts_with('-');
  return (from_end ? time.end : time.start) + offset;
}

}  // namespace hone::cli
