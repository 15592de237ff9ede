// Grows a call tree by paths of functions. Nodes stand after their parents.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

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
  // Children by their parent and function (or mark): a table with open places, at most half full.
  // A tree of a million nodes is made of little else than looking here.
  struct Place {
    uint64_t key = 0;   // parent << 32 | function or mark
    uint32_t node = 0;  // 0: the place is free
  };
  Place& place_of(uint64_t key);
  uint32_t make(uint32_t parent, uint64_t key);

  const profile::Profile& profile_;
  CallTree tree_;
  std::vector<Place> places_;
};

}  // namespace hone::analysis
