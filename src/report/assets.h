// The style sheets and scripts of the flame graph, built in from assets/. None of them holds "</",
// "]]>" or a reference to anything outside the file: a test says so.
#pragma once

#include <string_view>

namespace hone::report {

extern const std::string_view kTokensCss, kPaletteCss, kFlameCss;
extern const std::string_view kFlameJs, kFlameSvgJs;

}  // namespace hone::report
