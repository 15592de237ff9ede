#include "exchange/call_nodes.h"

namespace hone::exchange {

CallNodes::CallNodes(const profile::Profile& profile)
    : profile_(profile),
      parent_{kRoot},
      function_{FunctionId::kNone},
      of_stack_(profile.stacks().size(), 0) {}

uint32_t CallNodes::child(uint32_t parent, FunctionId function) {
  const uint64_t key = uint64_t{parent} << 32 | raw(function);
  const auto [at, is_new] = children_.try_emplace(key, static_cast<uint32_t>(parent_.size()));
  if (is_new) {
    parent_.push_back(parent);
    function_.push_back(function);
  }
  return at->second;
}

uint32_t CallNodes::node_of(StackId stack) {
  const profile::Stacks& stacks = profile_.stacks();
  path_.clear();
  while (stack != StackId::kNone && of_stack_[raw(stack)] == 0) {
    path_.push_back(stack);
    stack = stacks.parent[raw(stack)];
  }
  uint32_t node = stack == StackId::kNone ? kRoot : of_stack_[raw(stack)] - 1;
  for (; !path_.empty(); path_.pop_back()) {
    const uint32_t frame = raw(stacks.frame[raw(path_.back())]);
    const std::vector<uint32_t>& first = profile_.frames().first_line;
    for (uint32_t row = first[frame + 1]; row-- > first[frame];) {
      node = child(node, profile_.lines().function[row]);
    }
    of_stack_[raw(path_.back())] = node + 1;
  }
  return node;
}

}  // namespace hone::exchange
