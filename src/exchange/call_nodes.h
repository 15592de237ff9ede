// Stacks as one tree of functions, inlined calls among them: what formats without addresses know.
// Nodes are made when they are asked for; a parent stands before its children.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "profile/profile.h"

namespace hone::exchange {

class CallNodes {
 public:
  static constexpr uint32_t kRoot = 0;

  // `profile` must outlive it.
  explicit CallNodes(const profile::Profile& profile);
  // Of the innermost function of a stack; kRoot where there is none.
  uint32_t node_of(StackId stack);
  // The child of that function, made if it is not there.
  uint32_t child(uint32_t parent, FunctionId function);

  size_t size() const { return parent_.size(); }
  uint32_t parent(uint32_t node) const { return parent_[node]; }
  FunctionId function(uint32_t node) const { return function_[node]; }

 private:
  const profile::Profile& profile_;
  std::vector<uint32_t> parent_;
  std::vector<FunctionId> function_;
  std::unordered_map<uint64_t, uint32_t> children_;  // parent << 32 | function
  std::vector<uint32_t> of_stack_;                   // 1 + node; 0: not asked for yet
  std::vector<StackId> path_;
};

}  // namespace hone::exchange
