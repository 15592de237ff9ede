// A stack of tiny functions around every addition. Built with -DTINY=NOINLINE they are called;
// with -DTINY=INLINED the same work is one loop. tiny_functions [CALLS]
#include "work.h"

static volatile uint64_t tiny_sum;

TINY void tiny_f(uint64_t x) {
  tiny_sum = tiny_sum * 3 + x;
}
TINY void tiny_e(uint64_t x) {
  tiny_f(x ^ 1), tiny_sum ^= 1;
}
TINY void tiny_d(uint64_t x) {
  tiny_e(x + 3), tiny_sum ^= 2;
}
TINY void tiny_c(uint64_t x) {
  tiny_d(x ^ 5), tiny_sum ^= 3;
}
TINY void tiny_b(uint64_t x) {
  tiny_c(x + 7), tiny_sum ^= 4;
}
TINY void tiny_a(uint64_t x) {
  tiny_b(x ^ 9), tiny_sum ^= 5;
}

int main(int argc, char** argv) {
  for (uint64_t i = argument(argc, argv, 1, 60000000); i > 0; --i) tiny_a(i);
  return 0;
}
