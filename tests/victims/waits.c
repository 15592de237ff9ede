// Waits of known kinds, each in a function of its own, and says at its end how long each took by
// its own clock: "sleep 123456789" in ns, one line a kind. The rest of its life it runs.
// waits KIND[,KIND...] [MILLISECONDS of each [MICROSECONDS of a wait]]: sleep, futex, pipe, poll,
// child, disk, queue.
//   futex  on a condition variable that another thread signals
//   pipe   read(2) of a pipe that another thread writes to
//   disk   writes and fsync(2) of a file in $WAITS_FOLDER, or here
//   queue  for a CPU: two threads that compute, bound to one; the truth is the kernel's own account
//          (/proc/thread-self/schedstat), "queue 0" where it keeps none
// What the helping threads wait for is said too, as "helper KIND NS"; "delayed" is what a thread
// that waits otherwise waited for a CPU.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "work.h"

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void nap(uint64_t ns) {
  const struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
  nanosleep(&t, NULL);
}

// Of the calling thread, so far: ns that it could have run and had no CPU.
static uint64_t run_delay_ns(void) {
  unsigned long long ran = 0, waited = 0;
  char text[128] = "";
  const int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  if (read(fd, text, sizeof text - 1) < 0) text[0] = 0;
  close(fd);
  return sscanf(text, "%llu %llu", &ran, &waited) == 2 ? waited : 0;
}

// On a clock that stands while the calling thread runs, or wants to: of time blocked.
static uint64_t idle_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return now_ns() - ((uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec) - run_delay_ns();
}

static uint64_t nap_ns = 3000000;
static uint64_t stop_ns;

NOINLINE uint64_t wait_sleep(void) {
  uint64_t waited = 0;
  while (now_ns() < stop_ns) {
    const uint64_t from = idle_ns();
    nap(nap_ns);
    waited += idle_ns() - from;
    WORK(1);
  }
  return waited;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static int told, over;

static void* signals(void* unused) {
  (void)unused;
  uint64_t slept = 0;
  for (;;) {
    const uint64_t from = idle_ns();
    nap(nap_ns);
    slept += idle_ns() - from;
    pthread_mutex_lock(&lock);
    told = 1;
    const int end = over;
    pthread_cond_signal(&turn);
    pthread_mutex_unlock(&lock);
    if (end) break;
  }
  printf("helper sleep %llu\n", (unsigned long long)slept);
  printf("helper delayed %llu\n", (unsigned long long)run_delay_ns());
  return NULL;
}

NOINLINE uint64_t wait_futex(void) {
  pthread_t helper;
  uint64_t waited = 0;
  over = 0;
  pthread_create(&helper, NULL, signals, NULL);
  while (now_ns() < stop_ns) {
    uint64_t from = idle_ns();
    pthread_mutex_lock(&lock);
    while (!told) pthread_cond_wait(&turn, &lock);
    told = 0;
    pthread_mutex_unlock(&lock);
    waited += idle_ns() - from;
    WORK(1);
  }
  pthread_mutex_lock(&lock);
  over = 1;
  pthread_mutex_unlock(&lock);
  const uint64_t from = idle_ns();
  pthread_join(helper, NULL);
  return waited + idle_ns() - from;
}

static int ends[2];

static void* writes(void* unused) {
  (void)unused;
  uint64_t slept = 0;
  do {
    const uint64_t from = idle_ns();
    nap(nap_ns);
    slept += idle_ns() - from;
  } while (write(ends[1], "x", 1) == 1 && now_ns() < stop_ns);
  close(ends[1]);
  printf("helper sleep %llu\n", (unsigned long long)slept);
  printf("helper delayed %llu\n", (unsigned long long)run_delay_ns());
  return NULL;
}

NOINLINE uint64_t wait_pipe(int by_poll) {
  pthread_t helper;
  uint64_t waited = 0, from = 0;
  ssize_t got = 1;
  if (pipe(ends) != 0) return 0;
  pthread_create(&helper, NULL, writes, NULL);
  while (got == 1) {
    char byte;
    from = idle_ns();
    if (by_poll) {
      struct pollfd fd = {ends[0], POLLIN, 0};
      poll(&fd, 1, -1);
    }
    got = read(ends[0], &byte, 1);
    waited += idle_ns() - from;
    WORK(1);
  }
  pthread_join(helper, NULL);
  close(ends[0]);
  return waited;
}

NOINLINE uint64_t wait_child(void) {
  uint64_t waited = 0;
  while (now_ns() < stop_ns) {
    const uint64_t from = idle_ns();
    const pid_t child = fork();
    if (child == 0) {
      nap(nap_ns);
      _exit(0);
    }
    waitpid(child, NULL, 0);
    waited += idle_ns() - from;
    WORK(1);
  }
  return waited;
}

NOINLINE uint64_t wait_disk(void) {
  const char* folder = getenv("WAITS_FOLDER");
  char path[4096], block[4096];
  uint64_t waited = 0;
  memset(block, 7, sizeof block);
  snprintf(path, sizeof path, "%s/waits-XXXXXX", folder ? folder : ".");
  const int fd = mkstemp(path);
  if (fd < 0) return 0;
  unlink(path);
  while (now_ns() < stop_ns) {
    if (pwrite(fd, block, sizeof block, 0) < 0) break;
    const uint64_t from = idle_ns();
    fsync(fd);
    waited += idle_ns() - from;
  }
  close(fd);
  return waited;
}

static uint64_t delays[2];

static void* computes(void* which) {
  static int bound = -1;
  pthread_mutex_lock(&lock);
  if (bound < 0) bound = sched_getcpu();
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET((unsigned)bound, &one);
  pthread_mutex_unlock(&lock);
  sched_setaffinity(0, sizeof one, &one);
  while (now_ns() < stop_ns) WORK(1);
  delays[(size_t)which] = run_delay_ns();
  return NULL;
}

NOINLINE uint64_t wait_queue(void) {
  pthread_t threads[2];
  for (size_t i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, computes, (void*)i);
  const uint64_t from = idle_ns();
  for (size_t i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  printf("helper futex %llu\n", (unsigned long long)(idle_ns() - from));
  return delays[0] + delays[1];
}

int main(int argc, char** argv) {
  char kinds[256];
  snprintf(kinds, sizeof kinds, "%s", argc > 1 ? argv[1] : "sleep,futex,pipe,poll,child");
  const uint64_t ns = argument(argc, argv, 2, 300) * 1000000u;
  nap_ns = argument(argc, argv, 3, 3000) * 1000u;
  const uint64_t delayed = run_delay_ns();
  for (char* kind = strtok(kinds, ","); kind; kind = strtok(NULL, ",")) {
    uint64_t waited = 0;
    stop_ns = now_ns() + ns;
    if (strcmp(kind, "sleep") == 0) waited = wait_sleep();
    if (strcmp(kind, "futex") == 0) waited = wait_futex();
    if (strcmp(kind, "pipe") == 0) waited = wait_pipe(0);
    if (strcmp(kind, "poll") == 0) waited = wait_pipe(1);
    if (strcmp(kind, "child") == 0) waited = wait_child();
    if (strcmp(kind, "disk") == 0) waited = wait_disk();
    if (strcmp(kind, "queue") == 0) waited = wait_queue();
    printf("%s %llu\n", kind, (unsigned long long)waited);
  }
  printf("delayed %llu\n", (unsigned long long)(run_delay_ns() - delayed));
  return 0;
}
