// A program that would notice if a signal of somebody else's disturbed it. `disturbed WHAT` does
// one thing and prints what it saw, which is the same whenever nothing disturbs it:
//
//   waits     computes and waits in turns, by every call that a signal ends early with EINTR
//   handlers  takes SIGPROF and all real-time signals for itself, and gets each that it sends
//   wakes     sleeps in sigsuspend() and pause(), and is woken each time by another thread
//   blocked   computes in a thread that has blocked all signals
//   small     computes on stacks of 16 KiB: of a thread, of a coroutine, of a signal handler
//   forks     computes in forked children, and in a child that exec replaces
//   modules   computes in a library that is opened and closed over and over
//   writes    writes much more to a pipe and a socket than they hold, in one call each, by every
//             call that does, reads as much from a socket in one, and is interrupted in one
//   sigwait   waits for all signals at once, and takes the one that it was sent
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile unsigned long sink;

static double cpu_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

__attribute__((noinline)) void compute(double seconds) {
  const double end = cpu_s() + seconds;
  while (cpu_s() < end) {
    for (unsigned long i = 0; i < 20000; ++i) sink = sink * 31 + i;
  }
}

static int early;
static void check(const char* what, long result) {
  if (result < 0 && errno == EINTR) {
    ++early;
    printf("%s ended early\n", what);
  }
}

static int waits(void) {
  const struct timespec ten = {0, 10 * 1000 * 1000};
  const int ep = epoll_create1(0);
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 1;
  const struct timeval tv = {0, 10 * 1000};
  setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  sem_t sem;
  sem_init(&sem, 0, 0);
  sigset_t usr2;
  sigemptyset(&usr2);
  sigaddset(&usr2, SIGUSR2);
  sigprocmask(SIG_BLOCK, &usr2, NULL);
  for (int round = 0; round < 12; ++round) {
    char byte;
    struct epoll_event event;
    struct timespec until;
    struct timeval select_for = tv;
    compute(0.004);
    check("nanosleep", nanosleep(&ten, NULL));
    compute(0.004);
    errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &ten, NULL);
    check("clock_nanosleep", errno ? -1 : 0);
    compute(0.004);
    check("poll", poll(NULL, 0, 10));
    compute(0.004);
    check("ppoll", ppoll(NULL, 0, &ten, NULL));
    compute(0.004);
    check("select", select(0, NULL, NULL, NULL, &select_for));
    compute(0.004);
    check("epoll_wait", epoll_wait(ep, &event, 1, 10));
    compute(0.004);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 10 * 1000 * 1000;
    if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, ++until.tv_sec;
    check("sem_timedwait", sem_timedwait(&sem, &until));
    compute(0.004);
    check("sigtimedwait", sigtimedwait(&usr2, NULL, &ten));
    compute(0.004);
    check("recv", recv(pair[0], &byte, 1, 0));
    compute(0.004);
    check("usleep", usleep(10 * 1000));
  }
  printf("waits: %d ended early\n", early);
  return 0;
}

static volatile sig_atomic_t taken[65];
static void take(int signal) {
  ++taken[signal];
}

static int handlers(void) {
  struct sigaction action = {0}, old;
  int odd = 0, ticks;
  action.sa_handler = take;
  action.sa_flags = SA_RESTART;
  for (int s = SIGRTMIN; s <= SIGRTMAX; ++s) {
    // What was there before is what a new program has.
    if (sigaction(s, NULL, &old) != 0 || old.sa_handler != SIG_DFL) ++odd;
    if (sigaction(s, &action, NULL) != 0) ++odd;
    compute(0.002);
  }
  for (int s = SIGRTMIN; s <= SIGRTMAX; ++s) raise(s);
  for (int s = SIGRTMIN; s <= SIGRTMAX; ++s) {
    if (taken[s] != 1) ++odd;
    if (sigaction(s, NULL, &old) != 0 || old.sa_handler != take) ++odd;
    signal(s, SIG_DFL);
  }
  sigaction(SIGPROF, &action, NULL);
  const struct itimerval every = {{0, 10000}, {0, 10000}};
  setitimer(ITIMER_PROF, &every, NULL);
  compute(0.5);
  ticks = taken[SIGPROF];
  printf("handlers: %d odd, its own profile ticks: %s\n", odd, ticks >= 20 ? "yes" : "no");
  return 0;
}

static pthread_t main_thread;
static volatile sig_atomic_t woken;
static void wake(int signal) {
  (void)signal;
  ++woken;
}
static sem_t turn;
static void* waker(void* rounds) {
  for (int i = 0; i < *(int*)rounds; ++i) {
    sem_wait(&turn);
    const struct timespec moment = {0, (i % 7) * 150 * 1000};
    nanosleep(&moment, NULL);
    pthread_kill(main_thread, SIGUSR1);
  }
  return NULL;
}

static int wakes(void) {
  int rounds = 300;
  struct sigaction action = {0};
  sigset_t usr1, before;
  pthread_t thread;
  action.sa_handler = wake;
  sigaction(SIGUSR1, &action, NULL);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, &before);
  sem_init(&turn, 0, 0);
  main_thread = pthread_self();
  pthread_create(&thread, NULL, waker, &rounds);
  alarm(30);  // a wake-up that was lost would be waited for for ever
  for (int i = 0; i < rounds; ++i) {
    const int seen = woken;
    compute(0.0015);
    sem_post(&turn);
    while (woken == seen) sigsuspend(&before);
  }
  pthread_join(thread, NULL);
  printf("wakes: %d\n", (int)woken);
  return 0;
}

__attribute__((noinline)) static void blocked_work(void) {
  compute(0.6);
  sink += 1;
}
static void* blocked_thread(void* unused) {
  sigset_t all, now;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  blocked_work();
  pthread_sigmask(SIG_SETMASK, NULL, &now);
  printf("blocked: SIGTERM %d SIGUSR1 %d\n", sigismember(&now, SIGTERM),
         sigismember(&now, SIGUSR1));
  return unused;
}
static int blocked(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, blocked_thread, NULL);
  pthread_join(thread, NULL);
  return 0;
}

__attribute__((noinline)) static void small_work(double seconds) {
  compute(seconds);
  sink += 1;
}
static void* small_thread(void* unused) {
  small_work(0.3);
  return unused;
}
#if defined(__GLIBC__)  // musl has no coroutines
static ucontext_t main_context, coroutine_context;
__attribute__((noinline)) static void coroutine_work(void) {
  compute(0.02);
  sink += 1;
}
static void coroutine(void) {
  for (;;) {
    coroutine_work();
    swapcontext(&coroutine_context, &main_context);
  }
}
#endif
__attribute__((noinline)) static void handler_work(void) {
  compute(0.2);
  sink += 1;
}
static void on_own_stack(int signal) {
  (void)signal;
  handler_work();
}
static int small(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16 * 1024);
  if (pthread_create(&thread, &attributes, small_thread, NULL) != 0) return 1;
  pthread_join(thread, NULL);
#if defined(__GLIBC__)
  static char stack[16 * 1024];
  getcontext(&coroutine_context);
  coroutine_context.uc_stack.ss_sp = stack;
  coroutine_context.uc_stack.ss_size = sizeof stack;
  makecontext(&coroutine_context, coroutine, 0);
  for (int i = 0; i < 15; ++i) swapcontext(&main_context, &coroutine_context);
#endif
  stack_t own = {.ss_sp = malloc(16 * 1024), .ss_size = 16 * 1024};
  struct sigaction action = {0};
  sigaltstack(&own, NULL);
  action.sa_handler = on_own_stack;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  printf("small: done\n");
  return 0;
}

__attribute__((noinline)) static void forked_work(void) {
  compute(0.15);
  sink += 1;
}
static int forks(const char* self) {
  int status, good = 0;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      forked_work();
      _exit(i);
    }
    waitpid(child, &status, 0);
    good += WIFEXITED(status) && WEXITSTATUS(status) == i;
  }
  const pid_t child = fork();
  if (child == 0) {
    execl(self, self, "blocked", (char*)NULL);
    _exit(99);
  }
  waitpid(child, &status, 0);
  good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
  printf("forks: %d of 4\n", good);
  return 0;
}

static int modules(const char* library) {
  int rounds = 0;
  const double end = cpu_s() + 0.8;
  while (cpu_s() < end) {
    void* handle = dlopen(library, RTLD_NOW);
    if (!handle) return printf("modules: %s\n", dlerror()), 1;
    void (*work)(unsigned long) = (void (*)(unsigned long))dlsym(handle, "plugin_work");
    if (!work) return printf("modules: no plugin_work\n"), 1;
    for (int i = 0; i < 3; ++i) work(1);
    dlclose(handle);
    ++rounds;
  }
  printf("modules: %s\n", rounds > 10 ? "many rounds" : "few rounds");
  return 0;
}

// Not of one size, and one of them empty.
static int in_parts(char* bytes, size_t count, struct iovec parts[], int most) {
  int used = 0;
  for (size_t at = 0; at < count && used < most; ++used) {
    size_t size = used == 2 ? 0 : (size_t)(used * 7919 % 90000) + 1;
    if (used + 1 == most || size > count - at) size = count - at;
    parts[used].iov_base = bytes + at;
    parts[used].iov_len = size;
    at += size;
  }
  return used;
}
static unsigned long sum_of(const char* bytes, long count) {
  unsigned long sum = 0;
  for (long i = 0; i < count; ++i) sum = sum * 31 + (unsigned char)bytes[i];
  return sum;
}
static unsigned long read_sum;
static void* slow_reader(void* fd) {
  static char bytes[30000];
  long got, all = 0;
  read_sum = 0;
  while ((got = read(*(int*)fd, bytes, sizeof bytes)) > 0) {
    const struct timespec moment = {0, 2 * 1000 * 1000};
    nanosleep(&moment, NULL);
    for (long i = 0; i < got; ++i) read_sum = read_sum * 31 + (unsigned char)bytes[i];
    all += got;
  }
  return (void*)all;
}
enum { kBytes = 1500000, kParts = 60 };
static char* to_write;
static void* slow_writer(void* fd) {
  for (long at = 0; at < kBytes;) {
    const struct timespec moment = {0, 2 * 1000 * 1000};
    const long put = write(*(int*)fd, to_write + at, kBytes - at < 30000 ? kBytes - at : 30000);
    if (put <= 0) break;
    nanosleep(&moment, NULL);
    at += put;
  }
  close(*(int*)fd);
  return NULL;
}

static long write_all(int way, int fd) {
  struct iovec parts[kParts];
  const int count = in_parts(to_write, kBytes, parts, kParts);
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
  switch (way) {
    case 0:
    case 1:
      return write(fd, to_write, kBytes);
    case 2:
      return send(fd, to_write, kBytes, 0);
    case 3:
    case 4:
      return writev(fd, parts, count);
    default:
      return sendmsg(fd, &message, MSG_NOSIGNAL);
  }
}

// A handler of the program's own ends a write that nobody reads: that it must see.
static long write_until_alarm(void) {
  struct sigaction action = {0};
  struct iovec parts[kParts];
  int ends[2];
  if (pipe(ends) != 0) return -1;
  action.sa_handler = take;
  sigaction(SIGALRM, &action, NULL);
  const struct itimerval soon = {{0, 0}, {0, 60000}};
  compute(0.004);
  setitimer(ITIMER_REAL, &soon, NULL);
  return writev(ends[1], parts, in_parts(to_write, kBytes, parts, kParts));
}

static int writes(void) {
  to_write = malloc(kBytes);
  for (int i = 0; i < kBytes; ++i) to_write[i] = (char)((i * 2654435761u) >> 13);
  for (int way = 0; way < 7; ++way) {
    int ends[2];
    pthread_t other;
    void* all = NULL;
    const int by_pipe = way == 0 || way == 3;
    if (by_pipe ? pipe(ends) != 0 : socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
    if (way == 6) {
      char* bytes = malloc(kBytes);
      pthread_create(&other, NULL, slow_writer, &ends[1]);
      compute(0.004);
      const long got = recv(ends[0], bytes, kBytes, MSG_WAITALL);
      pthread_join(other, NULL);
      close(ends[0]);
      printf("writes: read at once %ld, %s\n", got,
             sum_of(bytes, got) == sum_of(to_write, kBytes) ? "as written" : "something else");
      continue;
    }
    pthread_create(&other, NULL, slow_reader, &ends[0]);
    compute(0.004);
    const long written = write_all(way, ends[1]);
    close(ends[1]);
    pthread_join(other, &all);
    close(ends[0]);
    printf("writes: %ld, read %ld, %s\n", written, (long)all,
           read_sum == sum_of(to_write, kBytes) ? "as written" : "something else");
  }
  printf("writes: until a signal %ld\n", write_until_alarm());
  return 0;
}

static int all_signals(void) {
  sigset_t all;
  int wrong = 0;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  for (int i = 0; i < 40; ++i) {
    const struct timespec ten = {0, 10 * 1000 * 1000};
    int got = 0;
    compute(0.003);
    if (sigtimedwait(&all, NULL, &ten) >= 0) ++wrong;
    raise(SIGUSR1);
    if (sigwait(&all, &got) != 0 || got != SIGUSR1) ++wrong;
  }
  const int fd = signalfd(-1, &all, SFD_NONBLOCK);
  struct signalfd_siginfo info;
  for (int i = 0; i < 40; ++i) {
    compute(0.003);
    if (read(fd, &info, sizeof info) > 0) ++wrong;
  }
  printf("sigwait: %d wrong\n", wrong);
  return 0;
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  setvbuf(stdout, NULL, _IONBF, 0);
  if (strcmp(what, "waits") == 0) return waits();
  if (strcmp(what, "handlers") == 0) return handlers();
  if (strcmp(what, "wakes") == 0) return wakes();
  if (strcmp(what, "blocked") == 0) return blocked();
  if (strcmp(what, "small") == 0) return small();
  if (strcmp(what, "forks") == 0) return forks(argv[0]);
  if (strcmp(what, "modules") == 0) return argc > 2 ? modules(argv[2]) : 2;
  if (strcmp(what, "writes") == 0) return writes();
  if (strcmp(what, "sigwait") == 0) return all_signals();
  return 2;
}
