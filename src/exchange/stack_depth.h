// How deep the stacks are that importers take: the same for all formats.
#pragma once

#include <cstdint>

#include "exchange/intake.h"

namespace hone::exchange {

// Frames of one stack; nothing that runs is so deep.
inline constexpr uint32_t kStackDepthMost = 8192;

// What of a stack was beyond these: `count` times.
inline void left_outer_frames(Intake& to, uint64_t count = 1) {
  to.left("import.stack_too_deep",
          "stacks are deeper than 8192 frames: the outer ones are left out", count,
          recording::kDataLoss);
}
inline void left_inner_frames(Intake& to, uint64_t count = 1) {
  to.left("import.stack_too_deep",
          "stacks are deeper than 8192 frames: the inner ones are left out", count,
          recording::kDataLoss);
}

}  // namespace hone::exchange
