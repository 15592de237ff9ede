#include "analysis/packed_paths.h"

#include <utility>

namespace hone::analysis {

size_t PackedPaths::bytes() const {
  // A set takes 1.5 bits a row; room of names that was never touched is none.
  return name_.size() * sizeof(uint32_t) + name_.size() / 5 + chains_.capacity() * sizeof(Chain) +
         names_->all.size() * sizeof(PathName);
}

PackedPaths packed(PathTree tree) {
  sum_up(tree);
  PackedPaths out;
  const auto size = static_cast<uint32_t>(tree.size());
  out.ends_ = RankedSet(size);
  const auto goes_on = [&](uint32_t row) {
    const uint32_t next = row + 1;
    return row != 0 && next < size && tree.first_child[row] == next &&
           tree.next_sibling[next] == 0 && tree.weight[row] == tree.weight[next] &&
           tree.count[row] == tree.count[next];
  };
  for (uint32_t row = 0; row < size; ++row) {
    if (!goes_on(row)) out.ends_.add(row);
  }
  out.ends_.rank();
  out.chains_.reserve(out.ends_.size());
  uint32_t first = 0;
  for (uint32_t row = 0; row < size; ++row) {
    if (!out.ends_.has(row)) continue;
    out.chains_.push_back({.weight = tree.weight[row],
                           .count = tree.count[row],
                           .parent = tree.parent[first],
                           .next_sibling = tree.next_sibling[first],
                           .first_child = tree.first_child[row]});
    first = row + 1;
  }
  out.names_ = std::move(tree.names);
  out.name_ = std::move(tree.name);
  out.of_spans_ = tree.of_spans;
  out.not_timed_ = tree.not_timed;
  return out;
}

}  // namespace hone::analysis
