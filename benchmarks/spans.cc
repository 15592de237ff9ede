// What marks cost the program that makes them: spans [ROUNDS [OPERATION...]], "trees" being
// all that begin with "tree". Prints one JSON object of nanoseconds of thread CPU time, medians
// over rounds, each round one operation after the other, so that all see the same machine. Run
// alone they are built in and off; under `hone record` they are on and drained. The same file
// measures the peers: HONE_BENCH_MARKS names the macros.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define HONE_BENCH_MAIN 1
#include HONE_BENCH_MARKS

#include <algorithm>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "span_tree.h"

namespace {

using namespace hone_bench;

constexpr long kTimes = 50'000;

volatile uint64_t sink;
uint64_t made;  // spans
uint64_t round_number;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// What is measured is in the loop itself: a call would be a part of the figure.
#define HONE_BENCH_INLINE __attribute__((always_inline))

template <class F>
double once(F&& f) {
  const double begin = thread_cpu_ns();
  for (long i = 0; i < kTimes; ++i) f(i);
  return (thread_cpu_ns() - begin) / kTimes;
}

double flat_spans() {
  return once([](long) HONE_BENCH_INLINE { HONE_BENCH_SPAN("flat"); });
}

double counted_spans() {
  made += kTimes;
  return flat_spans();
}

double two_threads() {
  double each[2] = {};
  std::thread other([&] { each[1] = flat_spans(); });
  each[0] = flat_spans();
  other.join();
  made += 2 * kTimes;
  return (each[0] + each[1]) / 2;
}

// Another tree each round, so that a recording of several is not of one that repeats; and the same
// for all layouts and marks of a round.
template <int kLayout, TreeMarks kMarks>
double tree() {
  constexpr uint64_t kFirst = 88172645463325252, kStep = 0x9e3779b97f4a7c15;
  const TreeRun run = kTreeLayouts[kLayout](kMarks, kFirst + kStep * round_number);
  if (kMarks == TreeMarks::kSpan) made += static_cast<uint64_t>(run.nodes);
  return run.ns;
}

#ifdef HONE_BENCH_LOCK
std::mutex bare;
HONE_BENCH_LOCK(std::mutex, marked);
#endif

struct Operation {
  const char* name;
  double (*run)();
  std::vector<double> values;
};

std::vector<Operation> operations() {
  return {
      {"empty",
       [] { return once([](long i) HONE_BENCH_INLINE { sink = static_cast<uint64_t>(i); }); },
       {}},
      {"one_clock", [] { return once([](long) HONE_BENCH_INLINE { sink = clock_read(); }); }, {}},
      {"two_clocks",
       [] {
         return once([](long) HONE_BENCH_INLINE {
           const uint64_t begin = clock_read();
           sink = clock_read() - begin;
         });
       },
       {}},
      {"span", counted_spans, {}},
      {"span_two_threads", two_threads, {}},
#ifdef HONE_BENCH_SPAN_ARGUMENTS
      {"span_two_arguments",
       [] {
         made += kTimes;
         return once([](long i) HONE_BENCH_INLINE { HONE_BENCH_SPAN_ARGUMENTS("spawn", i, 7); });
       },
       {}},
#endif
#ifdef HONE_BENCH_PLOT
      {"plot",
       [] { return once([](long i) HONE_BENCH_INLINE { HONE_BENCH_PLOT("plot", i); }); },
       {}},
#endif
#ifdef HONE_BENCH_MESSAGE
      {"message",
       [] { return once([](long) HONE_BENCH_INLINE { HONE_BENCH_MESSAGE("message"); }); },
       {}},
#endif
#ifdef HONE_BENCH_ALLOCATE
      {"allocate_free",
       [] {
         return once([](long i) HONE_BENCH_INLINE {
           HONE_BENCH_ALLOCATE(reinterpret_cast<void*>(i + 1), 64);
           HONE_BENCH_FREE(reinterpret_cast<void*>(i + 1));
         });
       },
       {}},
#endif
#ifdef HONE_BENCH_LOCK
      {"lock",
       [] { return once([](long) HONE_BENCH_INLINE { std::lock_guard<std::mutex> guard(bare); }); },
       {}},
      {"lock_marked",
       [] {
         return once([](long) HONE_BENCH_INLINE {
           std::lock_guard<HONE_BENCH_LOCK_TYPE(std::mutex)> guard(marked);
         });
       },
       {}},
#endif
  };
}

#define HONE_BENCH_TREES(layout, suffix)                             \
  {"tree" suffix, tree<layout, TreeMarks::kNone>, {}},               \
      {"tree_clocks" suffix, tree<layout, TreeMarks::kClock>, {}}, { \
    "tree_marked" suffix, tree<layout, TreeMarks::kSpan>, {}         \
  }

// Bare, with two clock reads, with spans; and so for each layout.
std::vector<Operation> trees() {
  return {HONE_BENCH_TREES(0, ""), HONE_BENCH_TREES(1, "_1"), HONE_BENCH_TREES(2, "_2"),
          HONE_BENCH_TREES(3, "_3"), HONE_BENCH_TREES(4, "_4")};
}

long peak_rss_bytes() {
  char line[256];
  long kilobytes = 0;
  FILE* const file = fopen("/proc/self/status", "re");
  while (file && fgets(line, sizeof line, file)) sscanf(line, "VmHWM: %ld", &kilobytes);
  if (file) fclose(file);
  return kilobytes * 1024;
}

// Of each layout, what the operation of number `other` of its three takes more than the bare tree.
void print_added(const char* name, const std::vector<Operation>& trees, size_t other) {
  printf(", \"%s\": [", name);
  for (size_t first = 0; first < trees.size(); first += 3) {
    std::vector<double> added;
    for (size_t round = 0; round < trees[first].values.size(); ++round) {
      added.push_back(trees[first + other].values[round] - trees[first].values[round]);
    }
    printf("%s%.3f", first ? ", " : "", median(added));
  }
  printf("]");
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 31;
  const auto is_meant = [&](const char* name) {
    return argc <= 2 || std::any_of(argv + 2, argv + argc,
                                    [&](const char* one) { return strcmp(one, name) == 0; });
  };
  const bool is_sustained = argc == 3 && !is_meant("trees");
  start_marks();
  std::vector<Operation> flat = operations(), tree = trees();
  const bool on = marks_are_on();
  for (int round = 0; round < rounds; ++round, ++round_number) {
    for (std::vector<Operation>* group : {&flat, &tree}) {
      for (Operation& operation : *group) {
        if (!is_meant(operation.name) && (group == &flat || !is_meant("trees"))) continue;
        operation.values.push_back(operation.run());
        settle_marks(is_sustained);
      }
    }
  }
  const long lost = marks_lost();
  stop_marks();
  printf("{\"on\": %s, \"spans\": %lu, \"lost\": %ld, \"peak_rss_bytes\": %ld",
         on ? "true" : "false", static_cast<unsigned long>(made), lost, peak_rss_bytes());
  if (is_meant("trees")) {
    print_added("tree_marginals", tree, 2);
    print_added("tree_floors", tree, 1);
  }
  for (const std::vector<Operation>* group : {&flat, &tree}) {
    for (const Operation& operation : *group) {
      if (!operation.values.empty()) {
        printf(", \"%s\": %.3f", operation.name, median(operation.values));
      }
    }
  }
  printf("}\n");
  return 0;
}
