#include "analysis/packed_paths.h"

#include <utility>

namespace hone::analysis {

size_t PackedPaths::bytes() const {
  // A set takes 1.5 bits a row; room of names that was never touched is none.
  return name_.size() * sizeof(uint32_t) + name_.size() / 5 + chains_.capacity() * sizeof(Chain) +
         names_->all.size() * sizeof(PathName);
}

namespace {

struct RowSets {
  explicit RowSets(size_t size) : with_own(size), with_child(size), with_more(size) {}
  RankedSet with_own, with_child, with_more;  // with one child or more; with two or more
};

RowSets row_sets(const PathTree& tree) {
  RowSets out(tree.size());
  for (uint32_t row = 1; row < tree.size(); ++row) {
    const uint32_t parent = tree.parent[row];
    (out.with_child.has(parent) ? out.with_more : out.with_child).add(parent);
  }
  for (const PathTree::Own& own : tree.own) out.with_own.add(own.row);
  return out;
}

void add_capped(uint32_t& to, uint32_t count) {
  if (__builtin_add_overflow(to, count, &to)) to = UINT32_MAX;
}

}  // namespace

PackedPaths packed(PathTree tree) {
  PackedPaths out;
  const auto size = static_cast<uint32_t>(tree.size());
  const RowSets rows = row_sets(tree);
  out.ends_ = RankedSet(size);
  const auto goes_on = [&](uint32_t row) {
    const uint32_t next = row + 1;
    return row != 0 && next < size && tree.parent[next] == row && !rows.with_more.has(row) &&
           !rows.with_own.has(row) && !(tree.of_spans && rows.with_own.has(next));
  };
  for (uint32_t row = 0; row < size; ++row) {
    if (!goes_on(row)) out.ends_.add(row);
  }
  out.ends_.rank();
  // Their first rows, until their parents are known.
  out.chains_.reserve(out.ends_.size());
  uint32_t first = 0;
  for (uint32_t row = 0; row < size; ++row) {
    if (!out.ends_.has(row)) continue;
    out.chains_.push_back({.parent = tree.parent[first], .next_sibling = first});
    first = row + 1;
  }
  for (const PathTree::Own& own : tree.own) {
    PackedPaths::Chain& chain = out.chains_[out.chain_of(own.row)];
    chain.weight += own.weight;
    add_capped(chain.count, own.count);
  }
  // Parents stand before children: from the last on, each is whole when it goes to its parent.
  for (size_t i = out.chains_.size(); i-- > 1;) {
    PackedPaths::Chain& chain = out.chains_[i];
    PackedPaths::Chain& parent = out.chains_[out.chain_of(chain.parent)];
    parent.weight += chain.weight;
    add_capped(tree.of_spans ? out.chains_[0].count : parent.count, chain.count);
    chain.next_sibling = std::exchange(parent.first_child, chain.next_sibling);
  }
  out.chains_[0].next_sibling = 0;
  out.names_ = std::move(tree.names);
  out.name_ = std::move(tree.name);
  out.of_spans_ = tree.of_spans;
  out.not_timed_ = tree.not_timed;
  return out;
}

}  // namespace hone::analysis
