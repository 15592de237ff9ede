// A stack with pages in its middle that were never touched, since a function has much more room for
// locals than it uses. stack_hole [UNITS [leaf]]: around(), below which all the work is done in
// inner(); or leaf() itself, where it is done, called by one() and other() in turns.
#include "work.h"

NOINLINE void inner(uint64_t units) {
  WORK(units);
}

NOINLINE uint64_t around(uint64_t units) {
  volatile char room[48 << 10];
  room[0] = 1;
  room[sizeof room - 1] = 2;
  for (uint64_t i = 0; i < units; i += 10) inner(10);
  return (uint64_t)(room[0] + room[sizeof room - 1]);
}

NOINLINE uint64_t leaf(void) {
  volatile char room[48 << 10];
  room[0] = 1;
  room[sizeof room - 1] = 2;
  WORK(1);
  return (uint64_t)(room[0] + room[sizeof room - 1]);
}
NOINLINE uint64_t one(void) {
  return leaf() + 1;
}
NOINLINE uint64_t other(void) {
  volatile uint64_t more[20] = {0};
  return leaf() + more[3];
}

int main(int argc, char** argv) {
  const uint64_t units = argument(argc, argv, 1, 1500);
  // Stacks begin anywhere in a page. The copy is to hold half a page of the function with the hole:
  // of less than 512 bytes nobody could say later that it is the same call.
  const uintptr_t beyond = ((uintptr_t)__builtin_frame_address(0) - 2048) % 4096;
  volatile char* step = __builtin_alloca(beyond + 1);
  step[0] = 0;
  if (argc > 2) {
    for (uint64_t i = 0; i < units; i += 2) work_result += one() + other();
  } else {
    work_result = around(units);
  }
  return 0;
}
