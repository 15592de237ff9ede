#include "exchange/stack_table.h"

#include "exchange/stack_depth.h"

namespace hone::exchange {

std::vector<StackId> stacks_of(std::span<const StackRow> rows, Intake& to) {
  std::vector<StackId> out(rows.size(), StackId::kNone);
  std::vector<uint32_t> depth(rows.size(), 0);
  enum : uint8_t { kUnseen, kOnPath, kDone };
  std::vector<uint8_t> state(rows.size(), kUnseen);
  std::vector<uint32_t> path;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    path.clear();
    uint32_t at = i;
    while (at < rows.size() && state[at] == kUnseen) {
      state[at] = kOnPath;
      path.push_back(at);
      at = rows[at].parent;
    }
    const bool is_there = at < rows.size();
    if (!path.empty() &&
        ((is_there && state[at] == kOnPath) || (!is_there && at != StackRow::kNoParent))) {
      to.left("import.bad_caller", "rows of stacks whose caller is not there, or is their own", 1,
              recording::kDataLoss);
    }
    const bool is_known = is_there && state[at] == kDone;
    StackId stack = is_known ? out[at] : StackId::kNone;
    uint32_t deep = is_known ? depth[at] : 0;
    for (; !path.empty(); path.pop_back()) {
      const uint32_t row = path.back();
      if (rows[row].frame != FrameId::kNone) {
        if (deep < kStackDepthMost) {
          stack = to.builder().callee(stack, rows[row].frame);
          ++deep;
        } else {
          left_inner_frames(to);
        }
      }
      out[row] = stack;
      depth[row] = deep;
      state[row] = kDone;
    }
  }
  return out;
}

}  // namespace hone::exchange
