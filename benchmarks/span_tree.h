// A tree of calls with some work in each, bare, with two readings of the clock a call, and with a
// span a call: what a span costs in code that has other things to do. What such code costs depends
// on where the compiler happens to put it, so it is compiled several times (span_layouts.txt).
//
//     double bare = run_tree_0(TreeMarks::kNone, seed).ns;     // a call, thread CPU time
#pragma once

#include <cstdint>
#include <ctime>

namespace hone_bench {

constexpr int kTreePlaces = 16;

enum class TreeMarks { kNone, kClock, kSpan };

struct TreeRun {
  double ns;   // of thread CPU time a call
  long nodes;  // calls
};

// The same calls and work for the same seed, whatever marks them.
TreeRun run_tree_0(TreeMarks marks, uint64_t seed);
TreeRun run_tree_1(TreeMarks marks, uint64_t seed);
TreeRun run_tree_2(TreeMarks marks, uint64_t seed);
TreeRun run_tree_3(TreeMarks marks, uint64_t seed);
TreeRun run_tree_4(TreeMarks marks, uint64_t seed);

constexpr TreeRun (*kTreeLayouts[])(TreeMarks, uint64_t) = {run_tree_0, run_tree_1, run_tree_2,
                                                            run_tree_3, run_tree_4};

inline double thread_cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// The CPU's counter by one instruction, as every tracer here reads it.
inline __attribute__((always_inline)) uint64_t clock_read() {
#if defined(__x86_64__)
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return static_cast<uint64_t>(high) << 32 | low;
#else
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#endif
}

}  // namespace hone_bench
