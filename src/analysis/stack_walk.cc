#include "analysis/stack_walk.h"

namespace hone::analysis {

StackWalk::StackWalk(const profile::Stacks& stacks, const StackWeights& weights,
                     std::span<const StackWeights::Own> part)
    : stacks_(stacks),
      weights_(weights),
      reached_(stacks.size()),
      branching_(stacks.size()),
      branches_(1, 0) {
  if (!part.empty()) {
    first_ = part.front().stack;
    last_ = part.back().stack;
  }
  for (const StackWeights::Own& own : part) reached_.add(own.stack);
  // Parents stand before their children, so one pass from the end reaches all callers.
  for (size_t i = size_t{last_} + 1; i-- > 1;) {
    const auto stack = static_cast<uint32_t>(i);
    if (!reached_.has(stack)) continue;
    const uint32_t parent = raw(stacks.parent[i]);
    reached_.add(parent);
    // None is not walked through, so what stands behind it is a branch as well.
    if (parent + 1 == stack && parent != 0) continue;
    branching_.add(parent);
    branches_.push_back(stack);
  }
  branching_.rank();
  first_branch_.resize(branching_.size(), 0);
  next_branch_.resize(branches_.size(), 0);
  // From the last to the first, so that each caller's are in order.
  for (uint32_t at = 1; at < branches_.size(); ++at) {
    uint32_t& first = first_branch_[branching_.rank_of(raw(stacks.parent[branches_[at]]))];
    next_branch_[at] = first;
    first = at;
  }
}

}  // namespace hone::analysis
