// Marks of programs' own pools of memory, pool by pool, and how much of one is in use.
//
//   for_each_pool(profile, [&](const Pool& pool) {
//     LiveBytes live;
//     for (uint32_t row : pool.marks) live.take(allocations[row]);
//   });
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/host/function_ref.h"
#include "profile/profile.h"

namespace hone::exchange {

// One name in one process.
struct Pool {
  ProcessId process{};
  std::string_view name;
  std::vector<uint32_t> marks;  // rows of Instrumentation::allocations, by their times
};

void for_each_pool(const profile::Profile& profile, base::FunctionRef<void(const Pool&)> visit);

// As the report counts it: what is freed and is not live takes nothing away; what is allocated
// where something is live takes its place.
class LiveBytes {
 public:
  void take(const profile::Allocation& mark);
  uint64_t bytes() const { return bytes_; }

 private:
  std::unordered_map<uint64_t, uint64_t> blocks_;  // live ones, by address
  uint64_t bytes_ = 0;                             // at most what it holds
};

}  // namespace hone::exchange
