// Threads that are all alive at a time: many_threads [THREADS]. Each does one unit of work, then
// waits for the last. Prints how many there were: as many as the system lets it have, at most
// THREADS.
#include <pthread.h>
#include <stdio.h>

#include "work.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_there = PTHREAD_COND_INITIALIZER;
static int go;

NOINLINE void thread_work(void) {
  WORK(1);
}

static void* run(void* ignored) {
  (void)ignored;
  thread_work();
  pthread_mutex_lock(&lock);
  while (!go) pthread_cond_wait(&all_there, &lock);
  pthread_mutex_unlock(&lock);
  return NULL;
}

int main(int argc, char** argv) {
  enum { kMost = 20000 };
  static pthread_t threads[kMost];
  const uint64_t wanted = argument(argc, argv, 1, 10000);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  uint64_t count = 0;
  while (count < wanted && count < kMost &&
         pthread_create(&threads[count], &attributes, run, NULL) == 0) {
    ++count;
  }
  pthread_mutex_lock(&lock);
  go = 1;
  pthread_cond_broadcast(&all_there);
  pthread_mutex_unlock(&lock);
  for (uint64_t i = 0; i < count; ++i) pthread_join(threads[i], NULL);
  printf("%llu\n", (unsigned long long)count);
  return 0;
}
