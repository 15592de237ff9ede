// Grows a call tree by paths of functions. Nodes stand after their parents.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "analysis/call_tree.h"
#include "profile/profile.h"

namespace hone::analysis {

class TreeBuilder {
 public:
  explicit TreeBuilder(const profile::Profile& profile);

  // The child of `parent` for a source-level row; made when it is not there.
  uint32_t child(uint32_t parent, uint32_t row);
  // A child that is no function: a thread, a process, "[broken stacks]". `mark` tells those of one
  // parent apart.
  uint32_t named_child(uint32_t parent, uint32_t mark, std::string_view name);
  void add(uint32_t node, int64_t ns, uint64_t samples) {
    tree_.nodes[node].self_ns += ns;
    tree_.nodes[node].self_samples += samples;
  }
  CallNode& node(uint32_t index) { return tree_.nodes[index]; }
  size_t size() const { return tree_.nodes.size(); }

  // Sums self into totals and puts children in order, heaviest first. The builder is empty after.
  CallTree finish();

 private:
  uint32_t make(uint32_t parent, uint64_t key);

  const profile::Profile& profile_;
  CallTree tree_;
  std::unordered_map<uint64_t, uint32_t> children_;  // parent << 32 | function or mark
};

}  // namespace hone::analysis
