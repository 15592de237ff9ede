// lines one: nearly all time is on the line marked HOT. lines many: it is spread evenly over
// twelve lines of one function. lines WAY [ROUNDS]
#include <string.h>

#include "work.h"

NOINLINE uint64_t one_hot_line(uint64_t rounds) {
  uint64_t x = 12345;
  uint64_t y = 1;
  for (uint64_t i = rounds * 9; i > 0; --i) {
    y += i;
    x = x * 0x9e3779b97f4a7c15u * y * 31u * y * 0x9e3779b1u * (y ^ x);  // HOT
    y ^= 3;
  }
  return x + y;
}

NOINLINE uint64_t many_lines(uint64_t rounds) {
  uint64_t x = 12345;
  for (uint64_t i = rounds * 4; i > 0; --i) {
    x = x * 0x9e3779b97f4a7c15u ^ i;
    x = x * 0x9e3779b97f4a7c17u ^ i;
    x = x * 0x9e3779b97f4a7c19u ^ i;
    x = x * 0x9e3779b97f4a7c1bu ^ i;
    x = x * 0x9e3779b97f4a7c1du ^ i;
    x = x * 0x9e3779b97f4a7c1fu ^ i;
    x = x * 0x9e3779b97f4a7c21u ^ i;
    x = x * 0x9e3779b97f4a7c23u ^ i;
    x = x * 0x9e3779b97f4a7c25u ^ i;
    x = x * 0x9e3779b97f4a7c27u ^ i;
    x = x * 0x9e3779b97f4a7c29u ^ i;
    x = x * 0x9e3779b97f4a7c2bu ^ i;
  }
  return x;
}

int main(int argc, char** argv) {
  const uint64_t rounds = argument(argc, argv, 2, 7000000);
  const int one = argc > 1 && strcmp(argv[1], "one") == 0;
  work_result = one ? one_hot_line(rounds) : many_lines(rounds);
  return 0;
}
