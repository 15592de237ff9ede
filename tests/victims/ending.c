// Ends in a known way after some work. ending WAY [UNITS]: WAY is exit7, kill, segv, abort or term.
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "work.h"

NOINLINE void some_work(uint64_t units) {
  WORK(units);
}

int main(int argc, char** argv) {
  const char* way = argc > 1 ? argv[1] : "exit7";
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  some_work(argument(argc, argv, 2, 100));
  if (strcmp(way, "kill") == 0) raise(SIGKILL);
  if (strcmp(way, "term") == 0) raise(SIGTERM);
  if (strcmp(way, "abort") == 0) abort();
  if (strcmp(way, "segv") == 0) *(volatile int*)8 = 1;
  return 7;
}
