#include "cli/span_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/host/text.h"
#include "hone/layout.h"

namespace hone::cli {
namespace {

constexpr std::array<std::string_view, 6> kLevels = {"off",  "error", "warn",
                                                     "info", "debug", "trace"};
constexpr size_t kFilterBytesMax = sizeof(hone_page::filter) - 1;

tl::unexpected<Error> wrong(std::string message) {
  return tl::unexpected(Error{.code = Code::InvalidArgument,
                              .message = std::move(message),
                              .effect = "nothing was recorded",
                              .fixes = {"--filter Physics=trace,Render=info",
                                        "--filter info,Physics=off   (info is for all others)"},
                              .number = "E071"});
}

bool is_level(std::string_view word) {
  return std::find(kLevels.begin(), kLevels.end(), word) != kLevels.end();
}

}  // namespace

Result<void> check_filter(const std::string& filter) {
  if (filter.size() > kFilterBytesMax) {
    return wrong(fmt::format("a filter has at most {} characters", kFilterBytesMax));
  }
  std::string_view rest = filter;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    const size_t equals = item.find('=');
    if (item.empty() || equals == 0) return wrong("a category is missing in '" + filter + "'");
    if (equals == item.npos) continue;  // a level for all others, or a category whole
    const std::string_view level = item.substr(equals + 1);
    if (is_level(level)) continue;
    const std::string_view near = base::nearest(level, kLevels.data(), kLevels.size());
    std::string message = fmt::format("'{}' is no level.", level);
    if (!near.empty()) message += fmt::format(" Did you mean '{}'?", near);
    return wrong(std::move(message) + fmt::format(" There are: {}", fmt::join(kLevels, ", ")));
  }
  return {};
}

}  // namespace hone::cli
