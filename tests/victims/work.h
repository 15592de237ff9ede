// Work of known size for the victims: one chain of dependent multiplications, so that the same
// count takes the same time wherever the loop stands. A unit is about 0.5 ms on a 3 GHz machine.
#pragma once

#include <stdint.h>
#include <stdlib.h>

#define WORK_UNIT 400000ul
#define NOINLINE __attribute__((noinline, noclone))
#define INLINED static inline __attribute__((always_inline))

static volatile uint64_t work_result;

// A macro, so that the time is the calling function's own and no inlined function's.
#define WORK(units)                                                   \
  do {                                                                \
    uint64_t work_x = work_result;                                    \
    for (uint64_t work_i = (units)*WORK_UNIT; work_i > 0; --work_i) { \
      work_x = work_x * 0x9e3779b97f4a7c15u ^ work_i;                 \
    }                                                                 \
    work_result = work_x;                                             \
  } while (0)

// Argument `index` as a number, or what stands in when it is not given.
static inline uint64_t argument(int argc, char** argv, int index, uint64_t otherwise) {
  return argc > index ? strtoull(argv[index], NULL, 10) : otherwise;
}
