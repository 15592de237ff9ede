// The library that dlopen_unlink.c loads.
#include "work.h"

NOINLINE void plugin_inner(uint64_t units) {
  WORK(units);
}

void plugin_work(uint64_t units) {
  plugin_inner(units);
  work_result += 1;
}
