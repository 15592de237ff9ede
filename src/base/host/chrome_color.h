// Colours of Chrome's trace format, which has names for them and no numbers.
#pragma once

#include <cstdint>
#include <string_view>

namespace hone::base {

// The name of the nearest to 0xrrggbb.
std::string_view chrome_color(uint32_t color);

}  // namespace hone::base
