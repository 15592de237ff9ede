#include "exchange/rows_by_number.h"

#include <algorithm>

namespace hone::exchange {

bool RowsByNumber::add(uint64_t number, uint32_t row) {
  if (find(number) != kNone) return false;
  if (number >= kDenseMost) {
    sparse_.emplace(number, row);
    return true;
  }
  if (number >= dense_.size()) {
    dense_.resize(std::max<size_t>(number + 1, 2 * dense_.size()), kNone);
  }
  dense_[number] = row;
  return true;
}

}  // namespace hone::exchange
