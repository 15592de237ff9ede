// Two threads that hand a byte to and fro through pipes and compute in between, so that a CPU
// switches at a steady rate: each hand-over is one switch. Both are bound to the CPU that the
// program starts on. switches HAND_OVERS MICROSECONDS of computing for each.
// Prints "switches SECONDS CPU_SECONDS", of its own clocks.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int ends[2][2];
static unsigned long hand_overs, steps;
static volatile uint64_t result;

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void compute(unsigned long count) {
  uint64_t x = result;
  for (unsigned long i = count; i > 0; --i) x = x * 0x9e3779b97f4a7c15u ^ i;
  result = x;
}

static void* turn(void* which) {
  const size_t me = (size_t)which;
  char byte = 0;
  for (unsigned long i = 0; i < hand_overs / 2; ++i) {
    if (read(ends[me][0], &byte, 1) != 1) break;
    compute(steps);
    if (write(ends[1 - me][1], &byte, 1) != 1) break;
  }
  return NULL;
}

int main(int argc, char** argv) {
  hand_overs = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
  // Always the same number of steps: what a machine makes of them in the time is its own affair.
  steps = (argc > 2 ? strtoul(argv[2], NULL, 10) : 50) * 800;
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET((unsigned)sched_getcpu(), &here);
  sched_setaffinity(0, sizeof here, &here);
  if (pipe(ends[0]) != 0 || pipe(ends[1]) != 0) return 1;
  const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  pthread_t threads[2];
  for (size_t i = 0; i < 2; ++i) {
    if (pthread_create(&threads[i], NULL, turn, (void*)i) != 0) return 1;
  }
  if (write(ends[0][1], "x", 1) != 1) return 1;
  for (size_t i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("%ld %.6f %.6f\n", used.ru_nvcsw + used.ru_nivcsw, seconds(CLOCK_MONOTONIC) - wall,
         seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
  return 0;
}
