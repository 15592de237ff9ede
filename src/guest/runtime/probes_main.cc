// What probes cost, measured by the program that pays for them: hone-probes FILE [WHAT]. `hone
// overhead` starts it alone (built in, and nobody records) and while it records it, and reads FILE:
// a line "NAME NANOSECONDS" for each probe, and "recorded 1" when it was recorded.
//
//   probes   each in a loop that does nothing else, in CPU time of the thread, less the loop's own:
//            medians over rounds, each round one probe after the other
//   gaps     what interrupts a loop that reads the clock: the median of what takes as long as a
//            sampler's interrupt, and how many there were
//   turns    a turn from one thread to another and back, each time by way of the kernel
#include <hone/hone.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr int kRounds = 25;
constexpr long kTimes = 4000;
// A recorder that is slow to wake has time to read a round's records.
constexpr long kPauseNs = 20'000'000;

int64_t clock_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void sleep_ns(long ns) {
  const timespec nap{0, ns};
  nanosleep(&nap, nullptr);
}

template <class Value>
Value median(Value* values, int count) {
  for (int i = 1; i < count; ++i) {
    for (int k = i; k > 0 && values[k] < values[k - 1]; --k) {
      const Value value = values[k];
      values[k] = values[k - 1];
      values[k - 1] = value;
    }
  }
  return count > 0 ? values[count / 2] : Value{};
}

template <class Body>
double once(Body&& body) {
  const int64_t begin = clock_of(CLOCK_THREAD_CPUTIME_ID);
  for (long i = 0; i < kTimes; ++i) {
    body(i);
    __asm__ volatile("" : : "r"(i) : "memory");
  }
  return static_cast<double>(clock_of(CLOCK_THREAD_CPUTIME_ID) - begin) / kTimes;
}

struct Probe {
  const char* name;
  double (*once)();
};

const Probe kProbes[] = {
    {"loop", [] { return once([](long) {}); }},
    {"clock_read",
     [] {
       return once([](long) {
         uint64_t ticks = hone_counter();
         __asm__ volatile("" : "+r"(ticks));
       });
     }},
    {"span", [] { return once([](long) { HONE_SPAN("span"); }); }},
    {"span_with_arguments",
     [] { return once([](long i) { HONE_SPAN("arguments", "number", i, "half", 0.5); }); }},
    {"plot", [] { return once([](long i) { HONE_PLOT("plot", i); }); }},
    {"message", [] { return once([](long) { HONE_EVENT("message"); }); }},
    {"allocation_and_free",
     [] {
       return once([](long i) {
         const void* const address = reinterpret_cast<const void*>(0x1000 + 16 * i);
         HONE_ALLOCATE("pool", address, 16);
         HONE_FREE("pool", address);
       });
     }},
    {"frame", [] { return once([](long) { HONE_FRAME(); }); }},
};
constexpr int kProbeCount = sizeof kProbes / sizeof kProbes[0];

void probes(FILE* out) {
  static double taken[kProbeCount][kRounds];
  for (int probe = 0; probe < kProbeCount; ++probe) kProbes[probe].once();
  for (int round = 0; round < kRounds; ++round) {
    for (int probe = 0; probe < kProbeCount; ++probe) taken[probe][round] = kProbes[probe].once();
    sleep_ns(kPauseNs);
  }
  const double loop = median(taken[0], kRounds);
  for (int probe = 1; probe < kProbeCount; ++probe) {
    const double ns = median(taken[probe], kRounds) - loop;
    fprintf(out, "%s %.3f\n", kProbes[probe].name, ns > 0 ? ns : 0);
  }
}

void gaps(FILE* out) {
  constexpr int64_t kLength = 400'000'000, kLeast = 700, kMost = 80'000;
  static int64_t all[4096];
  int count = 0;
  const int64_t begin = clock_of(CLOCK_MONOTONIC);
  for (int64_t last = begin; last - begin < kLength && count < 4096;) {
    const int64_t now = clock_of(CLOCK_MONOTONIC);
    if (now - last >= kLeast && now - last <= kMost) all[count++] = now - last;
    last = now;
  }
  fprintf(out, "gap %.1f\ngaps %d\n", static_cast<double>(median(all, count)), count);
}

int ends[2][2];

void* answer(void*) {
  char word = 0;
  while (read(ends[0][0], &word, 1) == 1 && write(ends[1][1], &word, 1) == 1) {
  }
  return nullptr;
}

void turns(FILE* out) {
  constexpr int kTurns = 400, kBatches = 25;
  pthread_t other{};
  if (pipe(ends[0]) != 0 || pipe(ends[1]) != 0) return;
  if (pthread_create(&other, nullptr, &answer, nullptr) != 0) return;
  // The quickest batch: what no other program came between.
  double best = 0;
  for (int batch = 0; batch < kBatches; ++batch) {
    const int64_t begin = clock_of(CLOCK_MONOTONIC);
    char word = 1;
    for (int i = 0; i < kTurns; ++i) {
      if (write(ends[0][1], &word, 1) != 1 || read(ends[1][0], &word, 1) != 1) return;
    }
    const double ns = static_cast<double>(clock_of(CLOCK_MONOTONIC) - begin) / kTurns;
    if (best == 0 || ns < best) best = ns;
  }
  close(ends[0][1]);
  pthread_join(other, nullptr);
  fprintf(out, "turn %.1f\n", best);
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) return 2;
  FILE* const out = fopen(words[1], "w");
  if (out == nullptr) return 1;
  const char* const what = count > 2 ? words[2] : "probes";
  if (strcmp(what, "gaps") == 0) {
    gaps(out);
  } else if (strcmp(what, "turns") == 0) {
    turns(out);
  } else {
    probes(out);
  }
  const bool recorded = __atomic_load_n(&hone_own_page.state, __ATOMIC_RELAXED) == HONE_ON;
  fprintf(out, "recorded %d\n", recorded ? 1 : 0);
  return fclose(out) == 0 ? 0 : 1;
}
