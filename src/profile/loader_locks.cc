// The loader's part for locks and pools of memory of instrumented programs. Rows that cannot be are
// left out, and counted.
#include "profile/loader.h"

namespace hone::profile {
namespace {

// Times so that no sum of one and two durations overflows.
constexpr int64_t kTimeMax = int64_t{1} << 62;

}  // namespace

void Loader::read_locks() {
  Instrumentation& all = profile_.instrumentation_;
  const size_t threads = profile_.threads_.size();
  tables_.for_each<recording::LockRow>([&](const recording::LockRow& row, size_t) {
    const int64_t end = raw(row.end), wait = raw(row.wait), hold = raw(row.hold);
    const bool is_sound = raw(row.thread) > 0 && raw(row.thread) < threads && raw(row.site) > 0 &&
                          raw(row.site) < all.sites.size() && end >= 0 && end < kTimeMax &&
                          wait >= 0 && wait <= end && hold >= 0 && hold <= end - wait;
    if (!is_sound) {
      ++bad_locks_;
      return;
    }
    all.locks.push_back({.thread = row.thread,
                         .end = row.end,
                         .wait_ns = wait,
                         .hold_ns = hold,
                         .lock = row.lock,
                         .site = row.site,
                         .owner = checked(row.owner, threads),
                         .flags = row.flags});
  });
}

void Loader::read_allocations() {
  Instrumentation& all = profile_.instrumentation_;
  tables_.for_each<recording::AllocationRow>([&](const recording::AllocationRow& row, size_t) {
    const bool is_sound = raw(row.thread) > 0 && raw(row.thread) < profile_.threads_.size() &&
                          raw(row.site) > 0 && raw(row.site) < all.sites.size() &&
                          raw(row.time) >= 0 && raw(row.time) < kTimeMax && row.kind >= 1 &&
                          row.kind <= 3;
    if (!is_sound) {
      ++bad_locks_;
      return;
    }
    all.allocations.push_back({.thread = row.thread,
                               .site = row.site,
                               .span = checked(row.span, all.sites.size()),
                               .time = row.time,
                               .address = row.address,
                               .bytes = row.bytes,
                               .kind = row.kind});
  });
  count("load.lock_out_of_range", recording::kDataLoss, bad_locks_,
        "uses of locks and pools by no thread, of no place or at times that cannot be; they are "
        "left out");
}

}  // namespace hone::profile
