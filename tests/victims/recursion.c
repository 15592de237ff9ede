// descend() calls itself 60 deep; at the bottom, bottom() has 3/4 of the work and descend() itself
// 1/4. recursion [UNITS]
#include "work.h"

NOINLINE void bottom(void) {
  WORK(3);
}

NOINLINE int descend(int depth) {
  volatile int kept = depth;  // read after the call, or the recursion would become a loop
  if (depth == 0) {
    WORK(1);
    bottom();
    return 1;
  }
  return descend(depth - 1) + kept;
}

int main(int argc, char** argv) {
  const uint64_t rounds = argument(argc, argv, 1, 800) / 4;
  int sum = 0;
  for (uint64_t i = 0; i < rounds; ++i) sum += descend(60);
  return sum == 0;
}
