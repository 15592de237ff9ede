// What views of stacks weigh. metrics.h says which of them a recording has.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hone::analysis {

enum class Metric : uint32_t {
  kCpu,       // CPU time, by samples
  kSamples,   // samples, each 1
  kWall,      // kCpu, kOffCpu and waiting for a CPU together
  kOffCpu,    // blocked: for a lock, a disk, a timer, ...
  kRunnable,  // could have run, and had no CPU
  kLockWait,  // the part of kOffCpu whose cause is known to be a lock
  kSpans,
  kGpu,
  // By stack only where the recording has sums of them (table `costs`).
  kInstructions,
  kCycles,
  kCacheMisses,
  kBranchMisses,
  kPageFaults,
  kAllocatedBytes,
  kAllocations,
  kLiveBytes,
  kLeakedBytes,
  kShortLivedBytes,
  // From here on, those that recordings name themselves, by a hash of their name: the same in each.
  kOwn = 0x8000'0000,
};
inline constexpr size_t kMetrics = 18;  // that are not kOwn

}  // namespace hone::analysis
