// The table `waits` -> Profile. Rows that cannot be are left out, and counted.
#include <algorithm>
#include <limits>

#include "profile/loader.h"

namespace hone::profile {
namespace {

// One wait: 104 days. All together stay under a limit, so that no sum over them can overflow.
constexpr int64_t kWaitMax = int64_t{1} << 53;
constexpr int64_t kWaitSumMax = std::numeric_limits<int64_t>::max() / 8;

// A range of time whose length can be taken.
bool is_range(TimeNs from, TimeNs until) {
  int64_t length = 0;
  return !__builtin_sub_overflow(raw(until), raw(from), &length) && length >= 0 &&
         length <= kWaitMax;
}

}  // namespace

void Loader::read_waits() {
  std::vector<Wait>& waits = profile_.waits_;
  waits.reserve(tables_[recording::Table::kWaits].row_count);
  int64_t left = kWaitSumMax;
  tables_.for_each<recording::WaitRow>([&](const recording::WaitRow& row, size_t) {
    const bool account = (row.flags & recording::kWaitAccount) != 0;
    const int64_t charged = account ? raw(row.runnable) : raw(row.duration);
    // The waits of a thread do not overlap, so that together they fit between first and last.
    const bool sound = is_range(row.time, row.until) && charged >= 0 && charged <= left &&
                       (account ? charged <= kWaitMax && raw(row.duration) == 0
                                : charged <= raw(row.until) - raw(row.time) &&
                                      raw(row.runnable) <= raw(row.duration));
    const ThreadId thread = checked(row.thread, profile_.threads_.size());
    if (!sound || thread == ThreadId::kNone) {
      ++bad_waits_;
      return;
    }
    left -= charged;
    waits.push_back({.time = row.time,
                     .until = row.until,
                     .duration_ns = raw(row.duration),
                     .runnable_ns = std::max<int64_t>(raw(row.runnable), -1),
                     .stands_for_ns = std::clamp<int64_t>(raw(row.stands_for), 0, kWaitMax),
                     .thread = thread,
                     .waker = checked(row.waker, profile_.threads_.size()),
                     .stack = checked(row.stack, profile_.stacks_.size()),
                     .place = string_id(row.place),
                     .count = row.count,
                     .system_call = row.system_call,
                     .cause = row.cause,
                     .flags = row.flags});
  });
  count("load.wait_out_of_range", recording::kDataLoss, bad_waits_,
        "waits of no thread, or with times that cannot be; they are left out");
}

}  // namespace hone::profile
