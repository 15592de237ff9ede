// Names change while it runs: the process becomes "renamed-main", a thread is "first-name" and
// then "second-name". rename [UNITS]
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/prctl.h>

#include "work.h"

static uint64_t units;

static void* renamed(void* unused) {
  pthread_setname_np(pthread_self(), "first-name");
  WORK(units / 4);
  pthread_setname_np(pthread_self(), "second-name");
  WORK(units / 4);
  return unused;
}

int main(int argc, char** argv) {
  units = argument(argc, argv, 1, 400);
  prctl(PR_SET_NAME, "renamed-main", 0, 0, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, renamed, NULL);
  WORK(units / 2);
  pthread_join(thread, NULL);
  return 0;
}
