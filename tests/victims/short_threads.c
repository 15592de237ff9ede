// Many threads that each live for a fraction of a sampling period, four at a time.
// short_threads [THREADS [LOOPS]]: LOOPS multiplications each, about 0.25 ms by default.
#include <pthread.h>

#include "work.h"

#define AT_ONCE 4

static uint64_t loops;

NOINLINE void* short_work(void* unused) {
  uint64_t x = 1;
  for (uint64_t i = loops; i > 0; --i) x = x * 0x9e3779b97f4a7c15u ^ i;
  work_result = x;
  return unused;
}

int main(int argc, char** argv) {
  const uint64_t count = argument(argc, argv, 1, 1000);
  loops = argument(argc, argv, 2, 200000);
  for (uint64_t i = 0; i < count; i += AT_ONCE) {
    pthread_t threads[AT_ONCE];
    for (int j = 0; j < AT_ONCE; ++j) {
      if (pthread_create(&threads[j], NULL, short_work, NULL) != 0) return 1;
    }
    for (int j = 0; j < AT_ONCE; ++j) pthread_join(threads[j], NULL);
  }
  return 0;
}
