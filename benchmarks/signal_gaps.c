// signal-gaps SECONDS [HZ]: what a thread loses to short interruptions while it computes.
//
// Reads the time-stamp counter in a loop, 20 calls deep, and adds up the gaps between two readings
// that are longer than the loop takes and shorter than another thread's turn. With HZ, a timer of
// its own interrupts it at that rate, with a signal handler that does nothing: the least that a
// sampler by signals can cost. Prints the share of its time that is lost in gaps.
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
static inline uint64_t ticks(void) {
  return __builtin_ia32_rdtsc();
}
#else
static inline uint64_t ticks(void) {
  uint64_t t;
  __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(t));
  return t;
}
#endif

#define SHORTEST_NS 1000
#define LONGEST_NS 300000

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double ticks_per_ns(void) {
  const double start = now_s();
  const uint64_t first = ticks();
  while (now_s() < start + 0.05) {
  }
  return (double)(ticks() - first) / ((now_s() - start) * 1e9);
}

static uint64_t shortest, longest, lost, whole;

__attribute__((noinline)) static void look(uint64_t total) {
  const uint64_t first = ticks();
  uint64_t before = first;
  while (before - first < total) {
    const uint64_t at = ticks(), gap = at - before;
    before = at;
    // What another thread's turn took is no time of this one's.
    if (gap > longest) {
      total += gap;
      continue;
    }
    whole += gap;
    if (gap > shortest) lost += gap;
  }
}

__attribute__((noinline)) static void deep(int depth, uint64_t total) {
  if (depth == 0) {
    look(total);
  } else {
    deep(depth - 1, total);
  }
  __asm__ volatile("");  // no call by jump
}

static void nothing(int signal) {
  (void)signal;
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: signal-gaps SECONDS [HZ]\n");
    return 2;
  }
  const double rate = ticks_per_ns();
  shortest = (uint64_t)(SHORTEST_NS * rate);
  longest = (uint64_t)(LONGEST_NS * rate);
  if (argc > 2) {
    struct sigaction action = {0};
    struct sigevent event = {0};
    timer_t timer;
    const long period = (long)(1e9 / atof(argv[2]));
    const struct itimerspec every = {{0, period}, {0, period}};
    action.sa_handler = nothing;
    action.sa_flags = SA_RESTART;
    sigaction(SIGRTMAX - 5, &action, NULL);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGRTMAX - 5;
    event._sigev_un._tid = (int)syscall(SYS_gettid);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return 1;
    timer_settime(timer, 0, &every, NULL);
  }
  deep(20, (uint64_t)(atof(argv[1]) * 1e9 * rate));
  printf("%.6f\n", (double)lost / (double)whole);
  return 0;
}
