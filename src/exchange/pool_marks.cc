#include "exchange/pool_marks.h"

#include <algorithm>
#include <map>
#include <utility>

namespace hone::exchange {

void for_each_pool(const profile::Profile& profile, base::FunctionRef<void(const Pool&)> visit) {
  const profile::Instrumentation& all = profile.instrumentation();
  std::map<std::pair<ProcessId, StringId>, std::vector<uint32_t>> pools;
  for (size_t i = 0; i < all.allocations.size(); ++i) {
    const profile::Allocation& mark = all.allocations[i];
    const ProcessId process = profile.threads()[raw(mark.thread)].process;
    pools[{process, all.sites[raw(mark.site)].name}].push_back(static_cast<uint32_t>(i));
  }
  for (auto& [key, marks] : pools) {
    // A thread's own stay in the order in which it wrote them, also at one reading of the clock.
    std::stable_sort(marks.begin(), marks.end(), [&](uint32_t a, uint32_t b) {
      return all.allocations[a].time < all.allocations[b].time;
    });
    visit({key.first, profile.string(key.second), std::move(marks)});
  }
}

void LiveBytes::take(const profile::Allocation& mark) {
  if (mark.kind == recording::kPoolReset) {
    blocks_.clear();
    bytes_ = 0;
    return;
  }
  // Sums that stopped at what a number holds may be less than their parts.
  if (const auto at = blocks_.find(mark.address); at != blocks_.end()) {
    bytes_ -= std::min(at->second, bytes_);
    blocks_.erase(at);
  }
  if (mark.kind != recording::kAllocated) return;
  blocks_.emplace(mark.address, mark.bytes);
  if (__builtin_add_overflow(bytes_, mark.bytes, &bytes_)) bytes_ = UINT64_MAX;
}

}  // namespace hone::exchange
