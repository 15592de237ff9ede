// What marks cost the program that makes them: spans [ROUNDS [OPERATION]]. Prints one JSON object
// of nanoseconds of thread CPU time, medians over rounds, each round one operation after the other,
// so that all see the same machine. Run alone they are built in and off; under `hone record` they
// are on and drained.
#include <hone/lock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

namespace {

constexpr long kTimes = 50'000;

double cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

double median(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

volatile uint64_t sink;

template <class F>
double once(F&& f) {
  const double begin = cpu_ns();
  for (long i = 0; i < kTimes; ++i) f(i);
  return (cpu_ns() - begin) / kTimes;
}

// A tree of 16 places, driven by numbers that no predictor learns; some 57 ns of work a node, each
// step of which waits for the one before.
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

template <bool kMarked>
void tree(int depth);

constexpr const char* kNames[] = {"node 0",  "node 1",  "node 2",  "node 3", "node 4",  "node 5",
                                  "node 6",  "node 7",  "node 8",  "node 9", "node 10", "node 11",
                                  "node 12", "node 13", "node 14", "node 15"};

template <bool kMarked, int kPlace>
__attribute__((noinline)) void node(int depth) {
  const auto body = [&]() __attribute__((always_inline)) {
    const uint64_t number = next_number();
    ++nodes;
    chain = work(chain, static_cast<unsigned>(number % 191));
    if (depth >= 8) return;
    for (unsigned i = 0; i < (number >> 20) % 3; ++i) tree<kMarked>(depth + 1);
  };
  if constexpr (kMarked) {
    HONE_SPAN(kNames[kPlace]);
    body();
  } else {
    body();
  }
}

template <bool kMarked>
void tree(int depth) {
  using Node = void (*)(int);
  static constexpr Node kNodes[] = {
      node<kMarked, 0>,  node<kMarked, 1>,  node<kMarked, 2>,  node<kMarked, 3>,
      node<kMarked, 4>,  node<kMarked, 5>,  node<kMarked, 6>,  node<kMarked, 7>,
      node<kMarked, 8>,  node<kMarked, 9>,  node<kMarked, 10>, node<kMarked, 11>,
      node<kMarked, 12>, node<kMarked, 13>, node<kMarked, 14>, node<kMarked, 15>};
  kNodes[next_number() >> 30 & 15](depth);
}

template <bool kMarked>
double tree_once() {
  // Another tree each time, so that a recording of several is not of one that repeats.
  static uint64_t seed = 88172645463325252;
  state = seed += 0x9e3779b97f4a7c15;
  chain = 1;
  nodes = 0;
  const double begin = cpu_ns();
  for (int i = 0; i < 4000; ++i) tree<kMarked>(0);
  return (cpu_ns() - begin) / static_cast<double>(nodes);
}

double flat_spans() {
  return once([](long) { HONE_SPAN("flat"); });
}

std::mutex bare;
HONE_LOCKABLE_GLOBAL(std::mutex, marked);

double two_threads() {
  double each[2] = {};
  std::thread other([&] { each[1] = flat_spans(); });
  each[0] = flat_spans();
  other.join();
  return (each[0] + each[1]) / 2;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 31;
  struct {
    const char* name;
    double (*run)();
    std::vector<double> values;
  } operations[] = {
      {"empty", [] { return once([](long i) { sink = static_cast<uint64_t>(i); }); }, {}},
      {"one_clock", [] { return once([](long) { sink = hone_counter(); }); }, {}},
      {"two_clocks",
       [] {
         return once([](long) {
           const uint64_t begin = hone_counter();
           sink = hone_counter() - begin;
         });
       },
       {}},
      {"span", flat_spans, {}},
      {"span_two_threads", two_threads, {}},
      {"span_two_arguments",
       [] { return once([](long i) { HONE_SPAN("spawn", "count", i, "kind", 7); }); },
       {}},
      {"plot", [] { return once([](long i) { HONE_PLOT("plot", i); }); }, {}},
      {"message", [] { return once([](long) { HONE_EVENT("message"); }); }, {}},
      {"allocate_free",
       [] {
         return once([](long i) {
           HONE_ALLOCATE("pool", reinterpret_cast<void*>(i), 64);
           HONE_FREE("pool", reinterpret_cast<void*>(i));
         });
       },
       {}},
      {"lock", [] { return once([](long) { std::lock_guard<std::mutex> guard(bare); }); }, {}},
      {"lock_marked",
       [] { return once([](long) { std::lock_guard<hone::Lock<std::mutex>> guard(marked); }); },
       {}},
      {"tree", tree_once<false>, {}},
      {"tree_marked", tree_once<true>, {}},
  };
  const char* const alone = argc > 2 ? argv[2] : nullptr;
  for (int round = 0; round < rounds; ++round) {
    for (auto& operation : operations) {
      const bool is_meant = !alone || strcmp(alone, operation.name) == 0;
      operation.values.push_back(is_meant ? operation.run() : 0);
    }
  }
  const auto& tree = operations[std::size(operations) - 2];
  const auto& tree_marked = operations[std::size(operations) - 1];
  std::vector<double> marginal;
  for (int round = 0; round < rounds; ++round) {
    marginal.push_back(tree_marked.values[round] - tree.values[round]);
  }
  const bool on = hone_own_page.state == HONE_ON;
  printf("{\"on\": %s, \"nodes\": %ld, \"tree_marginal\": %.3f", on ? "true" : "false", nodes,
         median(marginal));
  for (auto& operation : operations) {
    printf(", \"%s\": %.3f", operation.name, median(operation.values));
  }
  printf("}\n");
  return 0;
}
