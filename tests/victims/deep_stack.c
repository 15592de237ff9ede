// A stack larger than any snapshot: `frames` calls with `bytes` of locals each, and the work at the
// bottom, in bottom(). deep_stack [FRAMES [BYTES [UNITS]]]; without arguments about 300 KB.
#include <alloca.h>
#include <string.h>

#include "work.h"

NOINLINE void bottom(uint64_t units) {
  WORK(units);
}

NOINLINE uint64_t deeper(uint64_t frames, uint64_t bytes, uint64_t units) {
  volatile char* room = alloca(bytes);
  memset((char*)room, (int)frames, bytes);
  if (frames == 0) {
    for (uint64_t i = 0; i < units; i += 10) bottom(10);
    return (uint64_t)room[0];
  }
  return deeper(frames - 1, bytes, units) + (uint64_t)room[bytes - 1];
}

int main(int argc, char** argv) {
  const uint64_t frames = argument(argc, argv, 1, 300);
  const uint64_t bytes = argument(argc, argv, 2, 1000);
  work_result = deeper(frames, bytes, argument(argc, argv, 3, 800));
  return 0;
}
