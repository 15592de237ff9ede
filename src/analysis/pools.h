// Pools of memory that instrumented programs keep themselves (HONE_ALLOCATE, HONE_FREE): how much
// is taken, given back and live, by whom, and what was never given back.
//
//   const PoolReport pools = pool_report(profile, selection);
//   for (const PoolStats& pool : pools.pools) use(pool.name, pool.peak_bytes, pool.left);
//
// A pool is one name in one process. Its whole history is followed, since what is live depends on
// all of it; a selection of threads or of time takes what was allocated by these and then. Where
// marks were lost (`lost`), what is live, left or freed twice may be wrong.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/selection.h"
#include "analysis/spans.h"
#include "profile/profile.h"

namespace hone::analysis {

// Allocations of 2^(i-1) + 1 to 2^i bytes; the first holds those of 0 and 1, the last all larger.
inline constexpr size_t kSizeClasses = 41;

struct SizeClass {
  uint64_t count = 0, bytes = 0;
};

// What was allocated inside a span, the innermost that was open on its thread.
struct PoolSpan {
  std::string span;  // "": in none
  uint64_t count = 0, bytes = 0;
  uint64_t live_count = 0, live_bytes = 0;  // of these at the end
};

// Allocations of one size and one span that were not given back.
struct PoolLeft {
  std::string span;
  uint64_t size = 0;
  uint64_t count = 0, bytes = 0;
  TimeNs first{};  // the oldest of them
};

struct PoolStats {
  std::string name, process;
  uint64_t allocations = 0, allocated_bytes = 0;
  uint64_t frees = 0, freed_bytes = 0;
  uint64_t resets = 0;
  uint64_t live_count = 0, live_bytes = 0;  // at the end
  uint64_t peak_bytes = 0, peak_count = 0;  // at one time, of bytes
  TimeNs peak_time{};
  uint64_t freed_twice = 0;    // freed before, and not allocated since
  uint64_t freed_unknown = 0;  // never allocated in this recording: before it, or never
  uint64_t taken_twice = 0;    // allocated where something was live: it was freed without a mark
  Distribution lifetime;       // of those that were freed
  std::array<SizeClass, kSizeClasses> sizes{};
  // The time from its first mark to its last in equal parts: live bytes at the end of each.
  std::vector<uint64_t> live_over_time;
  TimeNs first{}, last{};
  int64_t growth_bytes = 0;  // the largest rise over one of these parts
  TimeNs growth_from{}, growth_until{};
  std::vector<PoolSpan> spans;  // most bytes first
  std::vector<PoolLeft> left;   // most bytes first
};

struct PoolReport {
  TimeNs start{};                // of the recording
  std::vector<PoolStats> pools;  // largest peak first
  uint64_t lost = 0;             // marks of any kind: what is live may be wrong
};

PoolReport pool_report(const profile::Profile& profile, const Selection& selection);

}  // namespace hone::analysis
