// All work is in inner(), inlined through middle() into often() (3/4) and seldom() (1/4).
// inlined [UNITS]
#include "work.h"

INLINED void inner(uint64_t units) {
  uint64_t x = work_result;
  for (uint64_t i = units * WORK_UNIT; i > 0; --i) x = x * 0x9e3779b97f4a7c15u ^ i;
  work_result = x;
}
INLINED void middle(uint64_t units) {
  inner(units);
}
NOINLINE void often(void) {
  middle(3);
}
NOINLINE void seldom(void) {
  middle(1);
}

int main(int argc, char** argv) {
  const uint64_t slices = argument(argc, argv, 1, 800) / 4;
  for (uint64_t i = 0; i < slices; ++i) {
    often();
    seldom();
  }
  return 0;
}
