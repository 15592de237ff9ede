#include "cli/span_settings.h"

#include <fmt/format.h>

#include <charconv>
#include <set>
#include <string_view>

#include "cli/errors.h"
#include "cli/quantities.h"

namespace hone::cli {
namespace {

using capture::SpanSettings;

constexpr std::string_view kForms =
    "full=drop|block|overwrite, min=10us, frames=10, adaptive=10000, clock=one|two, save-over=20ms";
constexpr uint32_t kFramesMax = 1'000'000;
// Of timed spans a second: more than that cannot be.
constexpr uint32_t kRateMax = 100'000'000;

tl::unexpected<Error> wrong(std::string_view part) {
  return usage_error(fmt::format("--spans: '{}' is none of its settings", part),
                     {fmt::format("of these, with commas between: {}", kForms)});
}

Result<int64_t> time_of(std::string_view value) {
  HONE_TRY_ASSIGN(const DurationNs time, duration_of("--spans", std::string(value)));
  if (raw(time) < 0) return usage_error("--spans: a time is not negative", {});
  return raw(time);
}

// From 1 to `most`.
bool number_of(std::string_view value, uint32_t most, uint32_t& out) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  return error == std::errc() && end == value.data() + value.size() && out >= 1 && out <= most;
}

Result<void> take(std::string_view name, std::string_view value, SpanSettings& out) {
  if (name == "full" && value == "drop") {
    out.when_full = HONE_DROP_NEWEST;
  } else if (name == "full" && value == "block") {
    out.when_full = HONE_BLOCK;
  } else if (name == "full" && value == "overwrite") {
    out.when_full = HONE_OVERWRITE_OLDEST;
  } else if (name == "clock" && (value == "one" || value == "two")) {
    out.one_clock = value == "one";
  } else if (name == "min") {
    HONE_TRY_ASSIGN(out.min_ns, time_of(value));
  } else if (name == "save-over") {
    HONE_TRY_ASSIGN(out.save_over_ns, time_of(value));
  } else if (name == "frames" && number_of(value, kFramesMax, out.frame_every)) {
  } else if (name == "adaptive" && number_of(value, kRateMax, out.hot_rate)) {
  } else {
    return wrong(value.empty() ? std::string(name) : fmt::format("{}={}", name, value));
  }
  return {};
}

}  // namespace

Result<SpanSettings> span_settings_of(const std::string& text) {
  SpanSettings out;
  std::set<std::string_view> seen;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    if (!seen.insert(name).second) {
      return usage_error(fmt::format("--spans says '{}' twice", name), {"give it once"});
    }
    HONE_TRY(take(name, equals == part.npos ? std::string_view() : part.substr(equals + 1), out));
  }
  return out;
}

}  // namespace hone::cli
