// One layout of the tree of span_tree.h: compiled once for each line of span_layouts.txt, with
// HONE_BENCH_LAYOUT its number, and for each tracer, with HONE_BENCH_MARKS its macros.
#include "span_tree.h"

#include HONE_BENCH_MARKS

#define HONE_BENCH_PASTE(a, b) a##b
#define HONE_BENCH_JOIN(a, b) HONE_BENCH_PASTE(a, b)

namespace hone_bench {
namespace {

constexpr int kRoots = 4000;
constexpr int kDepthMax = 8;

// Driven by numbers that no predictor learns; some 57 ns of work a node, each step of which waits
// for the one before.
uint64_t state, chain;
long nodes;

uint64_t next_number() {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

__attribute__((noinline)) uint64_t work(uint64_t x, unsigned steps) {
  for (unsigned i = 0; i < steps; ++i) {
    x = (x >> 1) ^ (x + i);
    __asm__ volatile("" : "+r"(x));
  }
  return x;
}

template <TreeMarks kMarks>
void tree(int depth);

constexpr const char* kNames[kTreePlaces] = {
    "node 0", "node 1", "node 2",  "node 3",  "node 4",  "node 5",  "node 6",  "node 7",
    "node 8", "node 9", "node 10", "node 11", "node 12", "node 13", "node 14", "node 15"};

template <TreeMarks kMarks, int kPlace>
__attribute__((noinline)) void node(int depth) {
  const auto body = [&]() __attribute__((always_inline)) {
    const uint64_t number = next_number();
    ++nodes;
    chain = work(chain, static_cast<unsigned>(number % 191));
    if (depth >= kDepthMax) return;
    for (unsigned i = 0; i < (number >> 20) % 3; ++i) tree<kMarks>(depth + 1);
  };
  if constexpr (kMarks == TreeMarks::kSpan) {
    HONE_BENCH_SPAN(kNames[kPlace]);
    body();
  } else if constexpr (kMarks == TreeMarks::kClock) {
    const uint64_t begin = clock_read();
    body();
    const uint64_t duration = clock_read() - begin;
    __asm__ volatile("" : : "r"(duration));
  } else {
    body();
  }
}

template <TreeMarks kMarks>
void tree(int depth) {
  using Node = void (*)(int);
  static constexpr Node kNodes[kTreePlaces] = {
      node<kMarks, 0>,  node<kMarks, 1>,  node<kMarks, 2>,  node<kMarks, 3>,
      node<kMarks, 4>,  node<kMarks, 5>,  node<kMarks, 6>,  node<kMarks, 7>,
      node<kMarks, 8>,  node<kMarks, 9>,  node<kMarks, 10>, node<kMarks, 11>,
      node<kMarks, 12>, node<kMarks, 13>, node<kMarks, 14>, node<kMarks, 15>};
  kNodes[next_number() >> 30 & 15](depth);
}

template <TreeMarks kMarks>
TreeRun run(uint64_t seed) {
  state = seed;
  chain = 1;
  nodes = 0;
  const double begin = thread_cpu_ns();
  for (int i = 0; i < kRoots; ++i) tree<kMarks>(0);
  return {(thread_cpu_ns() - begin) / static_cast<double>(nodes), nodes};
}

}  // namespace

TreeRun HONE_BENCH_JOIN(run_tree_, HONE_BENCH_LAYOUT)(TreeMarks marks, uint64_t seed) {
  return marks == TreeMarks::kSpan    ? run<TreeMarks::kSpan>(seed)
         : marks == TreeMarks::kClock ? run<TreeMarks::kClock>(seed)
                                      : run<TreeMarks::kNone>(seed);
}

}  // namespace hone_bench
