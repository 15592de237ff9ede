// The colour of a frame: hue by module, step by function, the same in every recording. The class
// names are those of assets/palette.css.
#pragma once

#include <string>
#include <string_view>

namespace hone::report {

// "c31": hue 3, step 1.
std::string frame_color(std::string_view module, std::string_view function);
// The module's own colour, for legends: its hue, step 0.
std::string module_color(std::string_view module);
inline constexpr std::string_view kKernelColor = "ck";  // hatched grey
inline constexpr std::string_view kBrokenColor = "cb";  // hatched sand
inline constexpr std::string_view kRootColor = "cr";

}  // namespace hone::report
