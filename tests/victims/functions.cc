// Functions that are compiled with -finstrument-functions: functions [COUNT [flood | pause]]. How
// often each is called is what tests/e2e/functions_test.py looks for. With "flood" one small
// function is called COUNT times.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdexcept>
#include <thread>

#ifdef HONE_ENABLE
#include <hone/hone.h>
#endif

#ifdef __clang__
#define KEPT __attribute__((noinline))
#else
#define KEPT __attribute__((noinline, noclone))
#endif

extern "C" int c_outer(int n);

namespace shape {

struct Circle {
  KEPT explicit Circle(int r) : radius(r) {}
  KEPT int area(int scale) const { return 3 * radius * radius * scale; }
  int radius;
};

template <class T>
KEPT T twice(T value) {
  __asm__ volatile("");
  return value + value;
}

}  // namespace shape

KEPT static int recursive(int n) {
  __asm__ volatile("");
  return n == 0 ? 0 : 1 + recursive(n - 1);
}

KEPT static int throws(int n) {
  if (n > 0) return throws(n - 1) + 1;
  throw std::runtime_error("thrown");
}

KEPT static int catches() {
  try {
    return throws(3);
  } catch (const std::exception&) {
    return -1;
  }
}

static jmp_buf back;
KEPT static int jumps(int n) {
  __asm__ volatile("");
  if (n == 0) longjmp(back, 1);
  return jumps(n - 1) + 1;
}
// Itself on both sides of the jump.
KEPT static int jumped_over(int n) {
  if (n > 0) return jumps(2) + 1;
  if (setjmp(back) == 0) jumped_over(1);
  return 0;
}

#ifdef HONE_ENABLE
#define RECORD(state_wanted) hone_own_page.state = (state_wanted)
#else
#define RECORD(state_wanted) (void)0
#endif
KEPT static int after_pause(int n) {
  __asm__ volatile("");
  return n;
}
// Nobody records from the second call up to the third, which is made from the same place.
KEPT static int paused(int n) {
  if (n == 0) {
    RECORD(HONE_ON);
    return 0;
  }
  if (n == 1) RECORD(HONE_OFF);
  const int inner = paused(n - 1);
  return after_pause(inner);
}

KEPT static int works(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += shape::Circle(i).area(2) + shape::twice(i);
  return sum;
}

KEPT static int tiny(int n) {
  __asm__ volatile("");
  return n ^ 1;
}

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 10;
  int sum = 0;
  if (argc > 2 && strcmp(argv[2], "pause") == 0) return paused(2);
  if (argc > 2) {
    for (int i = 0; i < count; ++i) sum += tiny(i);
    printf("%d\n", sum & 1);
    return 0;
  }
  sum += works(count) + recursive(5) + catches() + jumped_over(0) + c_outer(count);
  for (int i = 0; i < 3; ++i) {
    std::thread thread([&sum, count] { sum += works(count); });
    thread.join();
  }
  sum += recursive(6000) - 6000;
  printf("%d\n", sum);
}
