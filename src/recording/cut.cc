#include "recording/cut.h"

#include <algorithm>

#include "recording/schema.h"

namespace hone::recording {

bool cut_to(WaitRow& row, TimeNs first, TimeNs last) {
  if (row.time > last || (row.until < first && row.until != TimeNs{})) return false;
  const TimeNs from = std::max(row.time, first), to = std::min(row.until, last);
  if (from == row.time && to == row.until) return true;
  const double whole = static_cast<double>(raw(row.until)) - static_cast<double>(raw(row.time));
  const double left = static_cast<double>(raw(to)) - static_cast<double>(raw(from));
  const double share = whole > 0 ? std::clamp(left / whole, 0.0, 1.0) : 0;
  const auto part = [share](DurationNs all) {
    if (raw(all) < 0 || share >= 1) return all;  // as a number with a point it may be too large
    return DurationNs{static_cast<int64_t>(static_cast<double>(raw(all)) * share)};
  };
  if (from != row.time) row.flags |= kWaitBeganBefore;
  if (to != row.until) row.flags |= kWaitNotEnded;
  row.duration = part(row.duration);
  row.runnable = part(row.runnable);
  row.stands_for = part(row.stands_for);
  row.time = from;
  row.until = to;
  return true;
}

}  // namespace hone::recording
