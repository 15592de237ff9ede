// Sleeps most of the time. sleeper [MILLISECONDS [UNITS]]: units of work in between.
#include <time.h>

#include "work.h"

int main(int argc, char** argv) {
  const uint64_t ms = argument(argc, argv, 1, 1000);
  const uint64_t units = argument(argc, argv, 2, 200);
  const struct timespec nap = {0, 10000000};
  for (uint64_t i = 0; i < ms / 10; ++i) {
    nanosleep(&nap, NULL);
    WORK(units * 10 / ms + 1);
  }
  return 0;
}
