// How spans.cc and span_tree.cc mark with Hone. The files beside this one do the same with its
// peers, each with the macros that it has and the same five functions:
//
//     start_marks();   // waits until somebody reads what is marked, unless HONE_BENCH_OFF is set
//     marks_are_on()
//     settle_marks(is_sustained);  // between operations: until what was marked has been taken
//                      // away; where one operation is repeated for its throughput, only if else
//                      // something would be lost
//     stop_marks();    // before the program ends
//     marks_lost()     // -1: not known here
#pragma once

#include <hone/lock.h>
#include <unistd.h>

#define HONE_BENCH_SPAN(name) HONE_SPAN(name)
#define HONE_BENCH_SPAN_ARGUMENTS(name, count, kind) HONE_SPAN(name, "count", count, "kind", kind)
#define HONE_BENCH_PLOT(name, value) HONE_PLOT(name, value)
#define HONE_BENCH_MESSAGE(text) HONE_EVENT(text)
#define HONE_BENCH_ALLOCATE(pointer, bytes) HONE_ALLOCATE("pool", pointer, bytes)
#define HONE_BENCH_FREE(pointer) HONE_FREE("pool", pointer)
#define HONE_BENCH_LOCK(type, variable) HONE_LOCKABLE_GLOBAL(type, variable)
#define HONE_BENCH_LOCK_TYPE(type) hone::Lock<type>

namespace hone_bench {

inline void start_marks() {}
inline bool marks_are_on() {
  return hone_own_page.state == HONE_ON;
}
inline void settle_marks(bool is_sustained) {
  if (!is_sustained && marks_are_on()) usleep(10'000);
}
inline void stop_marks() {}
inline long marks_lost() {
  return -1;
}

}  // namespace hone_bench
