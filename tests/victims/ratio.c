// three() has 3/4 of the work, one() has 1/4, in small slices that alternate.
// ratio [UNITS]
#include "work.h"

NOINLINE void three(void) {
  WORK(3);
}
NOINLINE void one(void) {
  WORK(1);
}

int main(int argc, char** argv) {
  const uint64_t slices = argument(argc, argv, 1, 800) / 4;
  for (uint64_t i = 0; i < slices; ++i) {
    three();
    one();
  }
  return 0;
}
