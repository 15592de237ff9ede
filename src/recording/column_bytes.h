// A column that grows value by value and goes into a chunk as byte planes: for rows that come by
// the million, of which few take more than two bytes, and which are never looked at again.
//
//   ColumnBytes column;
//   uint32_t* at = column.room(count);
//   at[i] = value; ...
//   column.advance(count);
//   column.encode(body);
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "recording/codec.h"

namespace hone::recording {

inline uint64_t zigzag(uint64_t difference) {
  return (difference << 1) ^ (0 - (difference >> 63));
}

// Not thread-safe.
class ColumnBytes {
 public:
  // Where the next values go, up to `values` of them; then advance().
  uint32_t* room(size_t values) {
    const size_t needed = used_ + values;
    if (values_.size() < needed) values_.resize(needed + needed / 2);
    return values_.data() + used_;
  }
  void advance(size_t values) { used_ += values; }
  // A value that has more than 32 bits: what stands at `ahead` of the next ones does not count.
  void put_wide(size_t ahead, uint64_t value) { wide_.emplace_back(used_ + ahead, value); }
  void clear() {
    used_ = 0;
    wide_.clear();
  }
  size_t size() const { return used_; }
  // Replaces `body` by the column's; gives its layout.
  Layout encode(std::vector<uint8_t>& body) const;

 private:
  // False where too many values are large.
  bool put_nibbles(std::vector<uint8_t>& body) const;

  std::vector<uint32_t> values_;
  std::vector<std::pair<size_t, uint64_t>> wide_;  // by place, in order
  size_t used_ = 0;
};

}  // namespace hone::recording
