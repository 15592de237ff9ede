// Throws and catches all the time, through three frames: much of it in the system's unwinder.
// throwing [THROWS]
#include <stdexcept>

#include "work.h"

NOINLINE void thrower(uint64_t i) {
  if (i != 1) throw std::runtime_error("as planned");
}
NOINLINE void through(uint64_t i) {
  struct Cleanup {
    ~Cleanup() { work_result = work_result + 1; }
  } cleanup;
  thrower(i);
}
NOINLINE void catcher(uint64_t i) {
  try {
    through(i);
  } catch (const std::exception&) {
    work_result = work_result + i;
  }
}

int main(int argc, char** argv) {
  const uint64_t throws = argument(argc, argv, 1, 300000);
  for (uint64_t i = 2; i < throws + 2; ++i) catcher(i);
  return 0;
}
