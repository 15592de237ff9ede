// Calls of a function that is probed: COUNT of one that begins with a push, as most do, or (with
// "stepped") of one that does not. Prints ns of CPU time a call.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// The register has to be saved: by a push.
__attribute__((noinline, noclone)) int probed_pushing(int x) {
  __asm__ volatile("" : : : "rbx");
  return x;
}

__attribute__((noinline, noclone)) int probed_stepped(int x) {
  __asm__ volatile("");
  return x;
}

int main(int argc, char** argv) {
  const long count = argc > 1 ? atol(argv[1]) : 1000;
  int (*const call)(int) =
      argc > 2 && strcmp(argv[2], "stepped") == 0 ? &probed_stepped : &probed_pushing;
  struct timespec from, to;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
  for (long i = 0; i < count; ++i) call(1);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
  const double ns = (to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
  printf("%.1f\n", ns / (double)count);
  return 0;
}
