// Stacks that a file writes as a table, each row a frame and the row that called it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "exchange/intake.h"

namespace hone::exchange {

struct StackRow {
  static constexpr uint32_t kNoParent = ~uint32_t{0};
  uint32_t parent = kNoParent;
  FrameId frame{};  // kNone: of no code; its stack is that of its parent
};
// What is called deeper than this is counted for the frame at that depth.
inline constexpr uint32_t kStackDepthMost = 4096;

// The stack of each row. Parents may stand behind what they called; rows that call themselves and
// parents that are not there are counted, and taken as the outermost.
std::vector<StackId> stacks_of(std::span<const StackRow> rows, Intake& to);

}  // namespace hone::exchange
