// What `hone record --spans` says: how instrumented programs write.
#pragma once

#include <cstdint>

#include "hone/layout.h"

namespace hone::capture {

struct SpanSettings {
  uint32_t when_full = HONE_DROP_NEWEST;  // or another of them
  int64_t min_ns = 0;                     // spans that are shorter are left out, and counted
  uint32_t frame_every = 1;               // of so many frames one is recorded
  // Of a place with more spans a second than this, on one thread, all are counted and about so many
  // are timed; 0: all are timed.
  uint32_t hot_rate = 0;
  bool one_clock = false;  // one reading of the clock a span: it begins where the last event ended
  // A flight recorder saves what it holds when a frame takes longer; 0: it does not.
  int64_t save_over_ns = 0;
};

}  // namespace hone::capture
