// How spans.cc and span_tree.cc mark with LTTng-UST: two tracepoints a span, its name by address.
#pragma once

#ifdef HONE_BENCH_MAIN
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#endif
#include "marks/lttng_events.inc"

#include <unistd.h>

namespace hone_bench {

class LttngSpan {
 public:
  explicit __attribute__((always_inline)) LttngSpan(const char* name) {
    lttng_ust_tracepoint(hone_bench, span_begin, name);
  }
  __attribute__((always_inline)) ~LttngSpan() { lttng_ust_tracepoint(hone_bench, span_end); }
  LttngSpan(const LttngSpan&) = delete;
  LttngSpan& operator=(const LttngSpan&) = delete;
};

inline void start_marks() {}
inline bool marks_are_on() {
  return lttng_ust_tracepoint_enabled(hone_bench, span_begin);
}
inline void settle_marks(bool is_sustained) {
  if (!is_sustained && marks_are_on()) usleep(10'000);
}
inline void stop_marks() {}
inline long marks_lost() {
  return -1;
}

}  // namespace hone_bench

#define HONE_BENCH_SPAN(name) const hone_bench::LttngSpan hone_bench_span(name)
