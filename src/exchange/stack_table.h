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
// The stack of each row; what is called deeper than kStackDepthMost is counted for the frame there.
// Parents may stand behind what they called; rows that call themselves and parents that are not
// there are counted, and taken as the outermost.
std::vector<StackId> stacks_of(std::span<const StackRow> rows, Intake& to);

}  // namespace hone::exchange
