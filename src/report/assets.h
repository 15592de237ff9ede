// The style sheets and scripts of the page and the flame graph, built in from assets/. None of
// them holds "</", "]]>" or a reference to anything outside the file: a test says so.
#pragma once

#include <string>
#include <string_view>

namespace hone::report {

struct Asset {
  std::string_view text;
  std::string_view sha256_hex;
};

extern const Asset kTokensCss, kPaletteCss, kFlameCss, kReportCss;
extern const Asset kFlameJs, kFlameSvgJs, kReportJs;

// "'sha256-…'" as a content security policy wants it.
std::string csp_hash(const Asset& asset);

}  // namespace hone::report
