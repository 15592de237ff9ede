// A set of small numbers that knows how many of its members are less than another: a map from a few
// of millions of stacks to a dense array, at a bit and a half a stack.
//
//   RankedSet sampled(stacks.size());
//   sampled.add(7);
//   sampled.rank();                       // after the last add
//   weights[sampled.rank_of(7)]           // sampled.size() of them
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hone::analysis {

class RankedSet {
 public:
  RankedSet() = default;
  // For numbers less than `limit`, which is at most 2^32.
  explicit RankedSet(size_t limit) : words_((limit + 63) / 64) {}

  void add(uint32_t number) { words_[number / 64] |= uint64_t{1} << (number % 64); }
  bool has(uint32_t number) const { return (words_[number / 64] >> (number % 64) & 1) != 0; }

  void rank() {
    before_.resize(words_.size());
    size_ = 0;
    for (size_t i = 0; i < words_.size(); ++i) {
      before_[i] = static_cast<uint32_t>(size_);
      size_ += static_cast<size_t>(std::popcount(words_[i]));
    }
  }
  // How many members are less than `number`.
  size_t rank_of(uint32_t number) const {
    const uint64_t less = words_[number / 64] & ((uint64_t{1} << (number % 64)) - 1);
    return before_[number / 64] + static_cast<size_t>(std::popcount(less));
  }
  size_t size() const { return size_; }

 private:
  std::vector<uint64_t> words_;
  std::vector<uint32_t> before_;  // members in earlier words
  size_t size_ = 0;
};

}  // namespace hone::analysis
