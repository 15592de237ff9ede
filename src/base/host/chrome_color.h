// Colours of Chrome's trace format, which has names for them and no numbers.
#pragma once

#include <cstdint>
#include <string_view>

namespace hone::base {

// The name of the nearest to 0xrrggbb.
std::string_view chrome_color(uint32_t color);
// 0xrrggbb; 0, as black is, for a name that is not known.
uint32_t color_of_chrome(std::string_view name);

}  // namespace hone::base
