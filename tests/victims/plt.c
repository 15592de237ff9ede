// Nearly all time is in calls through the PLT: caller(), plt_add(), plt_multiply() and the stubs
// between them. plt [CALLS]
#include "work.h"

unsigned long plt_add(unsigned long x);
unsigned long plt_multiply(unsigned long x);

NOINLINE unsigned long caller(uint64_t calls) {
  unsigned long x = 1;
  for (uint64_t i = 0; i < calls; ++i) x = plt_multiply(plt_add(x));
  return x;
}

int main(int argc, char** argv) {
  work_result = caller(argument(argc, argv, 1, 60000000));
  return 0;
}
