// One frame of 20 KB between main() and the work, as the shell of sqlite3 has. fixed_frame [UNITS]
#include <string.h>

#include "work.h"

NOINLINE void inner(void) {
  WORK(1);
}

NOINLINE uint64_t wide(uint64_t units) {
  volatile char room[20000];
  memset((char*)room, 1, sizeof room);
  for (uint64_t i = 0; i < units; ++i) inner();
  return (uint64_t)room[units % sizeof room];
}

int main(int argc, char** argv) {
  return wide(argument(argc, argv, 1, 800)) != 1;
}
