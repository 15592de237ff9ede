// Functions whose numbers of calls are known: what --probe finds without rebuilding a program.
//
//   probed COUNT [flood | wait | crowd]
//
// It prints what each function was called, one a line: "NAME COUNT".
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#define APART __attribute__((noinline, noclone))

namespace shape {

APART int area(int x) {
  asm volatile("" ::: "memory");
  return 3 * x;
}

// Calls area once, in its own time.
APART int twice(int x) {
  const int once = area(x);
  asm volatile("" ::: "memory");
  return 2 * once;
}

}  // namespace shape

// Ends in the call of another function, which compilers make a jump.
APART int ends_in_area(int x) {
  asm volatile("" ::: "memory");
  return shape::area(x + 1);
}

APART int recursive(int depth) {
  if (depth == 0) return 1;
  int inner = recursive(depth - 1);
  asm volatile("" : "+r"(inner));  // else it becomes a loop
  return inner + 1;
}

APART int throws(int x) {
  if (x % 2 == 0) throw x;
  asm volatile("" ::: "memory");
  return x;
}

APART int catches(int x) {
  try {
    return throws(x);
  } catch (int caught) {
    return -caught;
  }
}

static jmp_buf place;
APART void jumps(int x) {
  asm volatile("" ::: "memory");
  longjmp(place, x + 1);
}

APART int jumped_over(int x) {
  if (setjmp(place) == 0) jumps(x);
  return x;
}

// A switch, whose cases some compilers reach by a table.
APART int switches(int x) {
  asm volatile("" ::: "memory");
  switch (x % 8) {
    case 0:
      return x + 7;
    case 1:
      return x * 3;
    case 2:
      return x - 9;
    case 3:
      return x ^ 5;
    case 4:
      return x | 64;
    case 5:
      return x / 3;
    case 6:
      return x << 2;
  }
  return 1;
}

// Sleeps that long, of the clock that recordings have.
APART void sleeps_20_ms() {
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += 20'000'000;
  if (until.tv_nsec >= 1'000'000'000) until.tv_sec += 1, until.tv_nsec -= 1'000'000'000;
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
  }
}

APART int in_thread(int x) {
  asm volatile("" ::: "memory");
  return x + 1;
}

APART int in_child(int x) {
  asm volatile("" ::: "memory");
  return x + 2;
}

APART int often(int x) {
  asm volatile("" ::: "memory");
  return x + 1;
}

APART void never_called() {
  asm volatile("" ::: "memory");
}

// It ends in the child, too, which is in the same call.
APART int forks(int count) {
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < count; ++i) in_child(i);
    return 1;
  }
  waitpid(child, nullptr, 0);
  return 0;
}

// Of what has several threads when it is met, and begins more all the time: when it is told to,
// four of the first make their calls, and the last of the others.
int crowd(int count) {
  pthread_barrier_t told;
  pthread_barrier_init(&told, nullptr, 5);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      pthread_barrier_wait(&told);
      for (int i = 0; i < count; ++i) in_thread(i);
    });
  }
  std::atomic<bool> is_over{false};
  std::thread beginner([&] {
    while (!is_over) std::thread([] {}).join();
    std::thread([count] {
      for (int i = 0; i < count; ++i) often(i);
    }).join();
  });
  getchar();
  is_over = true;
  pthread_barrier_wait(&told);
  for (std::thread& thread : threads) thread.join();
  beginner.join();
  pthread_barrier_destroy(&told);
  return 0;
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 10;
  if (argc > 2 && strcmp(argv[2], "wait") == 0) getchar();  // until it is told to begin
  if (argc > 2 && strcmp(argv[2], "crowd") == 0) return crowd(count);
  const bool floods = argc > 2 && strcmp(argv[2], "flood") == 0;
  if (floods) {
    int sum = 0;
    for (int i = 0; i < count; ++i) sum += often(i);
    return sum == 42;
  }
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    sum += shape::twice(i) + ends_in_area(i) + catches(i) + jumped_over(i) + switches(i);
  }
  sum += recursive(count);
  sleeps_20_ms();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([count] {
      for (int i = 0; i < count; ++i) in_thread(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  fflush(stdout);
  if (forks(count) != 0) _exit(0);
  if (sum == 42) never_called();
  printf("area %d\ntwice %d\nrecursive %d\nthrows %d\n", 2 * count, count, count + 1, count);
  return 0;
}
