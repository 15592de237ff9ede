// Works until a signal, or until its work is done (status 5). until_told WAY [UNITS]
//   ignore   SIGINT is ignored: always to the end, status 5
//   polite   SIGINT ends it with status 9, after "interrupted N" on standard output, N of signals
//   default  SIGINT kills it
// Says "ready" on standard output when it may be told, and "done" when it comes to the end.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "work.h"

static volatile sig_atomic_t told;
static void on_signal(int signal) {
  (void)signal;
  ++told;
}

NOINLINE void one_unit(void) {
  WORK(1);
}

int main(int argc, char** argv) {
  const char* way = argc > 1 ? argv[1] : "default";
  if (strcmp(way, "ignore") == 0) signal(SIGINT, SIG_IGN);
  if (strcmp(way, "polite") == 0) signal(SIGINT, on_signal);
  puts("ready");
  fflush(stdout);
  for (uint64_t units = argument(argc, argv, 2, 4000); units > 0; --units) {
    one_unit();
    if (told) {
      WORK(20);
      printf("interrupted %d\n", (int)told);
      return 9;
    }
  }
  puts("done");
  return 5;
}
