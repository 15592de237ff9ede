// The call tree as the columns that the browser reads, in depth-first order, and where each frame
// stands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/call_tree.h"

namespace hone::report {

struct FlameColumns {
  struct Name {
    std::string_view function, module;
    std::string color;
  };
  struct Frame {
    uint32_t depth = 0;
    uint32_t name = 0;     // index into names
    int64_t start_ns = 0;  // from the left edge
    int64_t total_ns = 0, self_ns = 0;
    uint64_t samples = 0;
    bool inlined = false;
  };
  struct Legend {
    std::string name, color;
    int64_t self_ns = 0;
  };
  std::vector<Name> names;
  std::vector<Frame> frames;   // [0] is everything
  std::vector<Legend> legend;  // heaviest first, few
  uint64_t folded = 0;         // frames left out
  uint32_t deepest = 0;
};

FlameColumns flame_columns(const analysis::CallTree& tree, double min_share);

}  // namespace hone::report
