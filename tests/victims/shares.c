// Three functions with given shares of the work. shares [A B C [UNITS]], 36 32 32 by default: no
// function stands out; 80 10 10: one does.
#include "work.h"

NOINLINE void share_a(uint64_t n) {
  WORK(n);
}
NOINLINE void share_b(uint64_t n) {
  WORK(n);
}
NOINLINE void share_c(uint64_t n) {
  WORK(n);
}

int main(int argc, char** argv) {
  const uint64_t a = argument(argc, argv, 1, 36), b = argument(argc, argv, 2, 32),
                 c = argument(argc, argv, 3, 32);
  const uint64_t units = argument(argc, argv, 4, 1200);
  for (uint64_t done = 0; done < units; done += a + b + c) {
    share_a(a);
    share_b(b);
    share_c(c);
  }
  return 0;
}
