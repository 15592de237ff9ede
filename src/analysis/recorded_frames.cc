#include "analysis/recorded_frames.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

namespace hone::analysis {

uint32_t frame_every(const profile::Profile& profile) {
  constexpr std::string_view kKey = "frames=";
  std::string_view settings = profile.meta("spans.settings");
  while (!settings.empty()) {
    const std::string_view one = settings.substr(0, settings.find(','));
    settings.remove_prefix(std::min(one.size() + 1, settings.size()));
    if (!one.starts_with(kKey)) continue;
    uint32_t every = 1;
    const char* const end = one.data() + one.size();
    const auto [last, error] = std::from_chars(one.data() + kKey.size(), end, every);
    return error == std::errc{} && last == end && every > 0 ? every : 1;
  }
  return 1;
}

}  // namespace hone::analysis
