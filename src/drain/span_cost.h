// What a span and a mark of an instrumented program (hone/hone.h) cost it while they are recorded:
// measured in whoever records it, with the same readings of the clock and the same stores.
//
//   const SpanCosts costs = span_costs(rings.clock());
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hone::drain {

// Nanoseconds, in a loop that does nothing else; 0: it cannot be measured. Code that has other
// things to do hides part of them, so that they are the most that a program pays.
struct SpanCosts {
  double span_ns = 0;       // begin and end: the readings of the clock, and one record
  double in_parent_ns = 0;  // of it: outside of the span's own times, in those of the span around
  double mark_ns = 0;       // a plot or a frame: one reading, and one record
  double lock_ns = 0;       // taking a lock and letting go of it: two readings, and one record
  double counted_ns = 0;    // a span of a hot place that is counted and not timed
};

// `clock`: HONE_CLOCK_... of hone/layout.h. Measured at the first call, for some milliseconds, and
// kept. Thread-safe.
SpanCosts span_costs(uint32_t clock);

// "tsc", "cntvct", "CLOCK_MONOTONIC"; and ", chained".
std::string clock_name(uint32_t clock);
// As they stand in a recording; none where they cannot be measured.
std::vector<std::pair<std::string, std::string>> span_cost_facts(uint32_t clock);

}  // namespace hone::drain
