// A PathTree that is summed up, as it is kept and as flame graphs are cut from it: about four bytes
// a row and 28 a branch, since most rows of a recording's stacks have one row below them, which
// stands right behind them and weighs the same.
//
//   const PackedPaths paths = packed(std::move(tree));          // sums up
//   paths.for_children(0, [&](uint32_t row) { use(paths.name_of(row), paths.weight(row)); });
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "analysis/path_tree.h"
#include "analysis/ranked_set.h"

namespace hone::analysis {

class PackedPaths {
 public:
  const PathNames& names() const { return *names_; }
  size_t size() const { return name_.size(); }  // row 0 is the root
  bool of_spans() const { return of_spans_; }
  uint64_t not_timed() const { return not_timed_; }

  uint32_t name_of(uint32_t row) const { return name_[row] & ~PathTree::kInlined; }
  bool inlined(uint32_t row) const { return (name_[row] & PathTree::kInlined) != 0; }
  // With what is below; counts of spans are their own (PathTree).
  int64_t weight(uint32_t row) const { return chains_[chain_of(row)].weight; }
  uint32_t count(uint32_t row) const { return chains_[chain_of(row)].count; }
  uint32_t parent(uint32_t row) const {
    return row == 0 ? 0 : ends_.has(row - 1) ? chains_[chain_of(row)].parent : row - 1;
  }
  template <class Visit>
  void for_children(uint32_t row, Visit&& visit) const {
    if (!ends_.has(row)) return visit(row + 1);
    for (uint32_t child = chains_[chain_of(row)].first_child; child != 0;
         child = chains_[chain_of(child)].next_sibling) {
      visit(child);
    }
  }
  size_t bytes() const;

 private:
  friend PackedPaths packed(PathTree tree);

  // Rows of which each is the only one below the one before it, without weight of that one's own.
  struct Chain {
    int64_t weight = 0;
    uint32_t count = 0;
    uint32_t parent = 0, next_sibling = 0;  // of its first row
    uint32_t first_child = 0;               // of its last; 0: none
  };
  // How many chains end before the row: the number of its own.
  size_t chain_of(uint32_t row) const { return ends_.rank_of(row); }

  std::shared_ptr<const PathNames> names_;
  decltype(PathTree::name) name_;
  RankedSet ends_;  // last rows of chains
  std::vector<Chain> chains_;
  bool of_spans_ = false;
  uint64_t not_timed_ = 0;
};

PackedPaths packed(PathTree tree);

}  // namespace hone::analysis
