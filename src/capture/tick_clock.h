// The CPU's counter (TSC, cntvct_el0) against CLOCK_MONOTONIC: programs stamp what they write with
// the one, recordings speak the other.
#pragma once

#include <cstdint>

#include "base/types.h"

namespace hone::capture {

// The counter now; 0 where the CPU has none that programs may read.
uint64_t counter_now();

// Both clocks at one instant.
struct ClockPair {
  uint64_t ticks = 0;
  TimeNs time{};
};
// Of several tries the one that took least time: to some 20 ns.
ClockPair read_clock_pair();

// A line through two pairs, the older one up to kBaselineNs away. Not thread-safe.
class TickClock {
 public:
  // Begins with a line through two pairs that are 2 ms apart, which it waits for.
  TickClock();
  // Takes another pair: from time to time, so that stamps lie between two pairs or shortly behind.
  void update();
  // Of stamps as large as any; what no time can be is 0.
  TimeNs time_of(uint64_t ticks) const;
  DurationNs duration_of(uint64_t ticks) const;
  uint64_t ticks_at(TimeNs time) const;
  // The smallest step that the counter makes, in ns: on many machines it is more than one tick.
  int64_t granule_ns() const { return granule_ns_; }
  const ClockPair& latest() const { return latest_; }

 private:
  void set_rate();
  ClockPair base_, latest_;
  double ns_per_tick_ = 1;
  uint64_t ns_per_tick_32_ = 1ull << 32;  // the same, times 2^32
  int64_t granule_ns_ = 1;
};

}  // namespace hone::capture
