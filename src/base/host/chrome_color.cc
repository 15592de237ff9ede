#include "base/host/chrome_color.h"

#include <array>

namespace hone::base {
namespace {

struct Named {
  uint32_t color;
  std::string_view name;
};

// As its readers have them (catapult, tracing/base/color_scheme.html), but for those that differ
// little from another.
constexpr std::array kNames = {
    Named{0x000000, "black"},
    Named{0x7d7d7d, "generic_work"},
    Named{0xbbbbbb, "cq_build_abandoned"},
    Named{0xdddddd, "grey"},
    Named{0xffffff, "white"},
    Named{0xb40000, "terrible"},
    Named{0xf44a3f, "rail_animation"},
    Named{0xc55151, "cq_build_attempt_failed"},
    Named{0xee8888, "cq_build_failed"},
    Named{0xcc6600, "heap_dump_child_node_arrow"},
    Named{0xff8c00, "thread_state_iowait"},
    Named{0xb47d00, "bad"},
    Named{0xc79b7d, "thread_state_unknown"},
    Named{0x646400, "olive"},
    Named{0xffff00, "yellow"},
    Named{0xffff77, "cq_build_running"},
    Named{0x007d00, "good"},
    Named{0x0da861, "rail_load"},
    Named{0x67da23, "cq_build_attempt_passed"},
    Named{0x99ee66, "cq_build_passed"},
    Named{0x7ec894, "thread_state_running"},
    Named{0x00b4b4, "background_memory_dump"},
    Named{0x4387fd, "rail_response"},
    Named{0x85a0d2, "thread_state_runnable"},
    Named{0x0000b4, "light_memory_dump"},
    Named{0x0000ff, "vsync_highlight_color"},
    Named{0xb400b4, "detailed_memory_dump"},
    Named{0xb67d8f, "thread_state_uninterruptible"},
};

constexpr int part(uint32_t color, unsigned shift) {
  return static_cast<int>(color >> shift & 255);
}

}  // namespace

uint32_t color_of_chrome(std::string_view name) {
  for (const Named& each : kNames) {
    if (each.name == name) return each.color;
  }
  return 0;
}

std::string_view chrome_color(uint32_t color) {
  std::string_view out;
  int least = 0;
  for (const Named& each : kNames) {
    const int red = part(color, 16) - part(each.color, 16),
              green = part(color, 8) - part(each.color, 8),
              blue = part(color, 0) - part(each.color, 0);
    const int distance = red * red + green * green + blue * blue;
    if (!out.empty() && distance >= least) continue;
    out = each.name;
    least = distance;
  }
  return out;
}

}  // namespace hone::base
