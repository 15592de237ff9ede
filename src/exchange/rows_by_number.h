// Numbers that a file calls things by -> rows here. Most are small and dense.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "exchange/held_bytes.h"

namespace hone::exchange {

class RowsByNumber {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t find(uint64_t number) const {
    if (number < dense_.size()) return dense_[number];
    const auto at = sparse_.find(number);
    return at == sparse_.end() ? kNone : at->second;
  }
  // False when there is one of that number.
  bool add(uint64_t number, uint32_t row);
  uint64_t held() const {
    return dense_.capacity() * sizeof(uint32_t) +
           sparse_.size() * (kHeldOfEntry + 2 * sizeof(uint64_t));
  }

 private:
  static constexpr uint64_t kDenseMost = uint64_t{1} << 22;
  std::vector<uint32_t> dense_;
  std::unordered_map<uint64_t, uint32_t> sparse_;
};

}  // namespace hone::exchange
