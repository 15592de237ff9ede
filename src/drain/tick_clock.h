// The CPU's counter (TSC, cntvct_el0) against CLOCK_MONOTONIC: programs stamp what they write with
// the one, recordings speak the other.
#pragma once

#include <cstdint>
#include <span>

#include "base/types.h"
#include "drain/span_encoder.h"

namespace hone::drain {

// The counter now; 0 where the CPU has none that programs may read.
uint64_t counter_now();

// Both clocks at one instant.
struct ClockPair {
  uint64_t ticks = 0;
  TimeNs time{};
};
// Of several tries the one that took least time: to some 20 ns.
ClockPair read_clock_pair();

// The step that a counter makes, from differences of readings of it with varying work in between:
// what all of them are multiples of, to the last tick. 1 when there is nothing such. (A counter
// that a hypervisor scales up from a slower one moves by steps that are no whole number of ticks.)
double step_of_counter(std::span<const uint64_t> differences);

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
  uint64_t ticks_of(DurationNs duration) const;
  // The line that the three above go by.
  ClockLine line() const { return {latest_.ticks, latest_.time, ns_per_tick_}; }
  // The smallest step that the counter makes, in ticks: on some machines it is more than one.
  double ticks_per_step() const { return ticks_per_step_; }

 private:
  void set_rate();
  ClockPair base_, latest_;
  double ns_per_tick_ = 1;
  uint64_t ns_per_tick_32_ = 1ull << 32;  // the same, times 2^32
  double ticks_per_step_ = 1;
};

}  // namespace hone::drain
