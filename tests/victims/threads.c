// Two threads, "worker-many" with 3/4 and "worker-few" with 1/4 of the work; main() waits.
// threads [UNITS [EQUAL]]: with EQUAL 1 both have the same, spread over eight functions.
#define _GNU_SOURCE
#include <pthread.h>

#include "work.h"

static uint64_t units;
static int equal;

#define SPREAD(n)                  \
  NOINLINE void spread_##n(void) { \
    WORK(1);                       \
  }                                \
  _Static_assert(1, "takes the semicolon")
SPREAD(1);
SPREAD(2);
SPREAD(3);
SPREAD(4);
SPREAD(5);
SPREAD(6);
SPREAD(7);
SPREAD(8);

NOINLINE void spread(uint64_t count) {
  for (uint64_t i = 0; i < count; i += 8) {
    spread_1(), spread_2(), spread_3(), spread_4();
    spread_5(), spread_6(), spread_7(), spread_8();
  }
}

static void* many(void* unused) {
  pthread_setname_np(pthread_self(), "worker-many");
  if (equal) {
    spread(units / 2);
  } else {
    WORK(units * 3 / 4);
  }
  return unused;
}

static void* few(void* unused) {
  pthread_setname_np(pthread_self(), "worker-few");
  if (equal) {
    spread(units / 2);
  } else {
    WORK(units / 4);
  }
  return unused;
}

int main(int argc, char** argv) {
  units = argument(argc, argv, 1, 800);
  equal = (int)argument(argc, argv, 2, 0);
  pthread_t a, b;
  pthread_create(&a, NULL, many, NULL);
  pthread_create(&b, NULL, few, NULL);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  return 0;
}
