// Nearly all time is in clock_gettime(), which is in the vDSO. vdso [CALLS]
#include <time.h>

#include "work.h"

NOINLINE void ask_often(uint64_t calls) {
  struct timespec now;
  for (uint64_t i = 0; i < calls; ++i) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    work_result += (uint64_t)now.tv_nsec;
  }
}

int main(int argc, char** argv) {
  ask_often(argument(argc, argv, 1, 8000000));
  return 0;
}
