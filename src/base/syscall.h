// System calls without libc: they touch no errno, are no cancellation points, and are there on
// every libc. A result from -4095 to -1 is an error number, negated. Async-signal-safe.
#pragma once

#include <asm/unistd.h>
#include <stdint.h>

namespace hone::kernel {

#if defined(__x86_64__)
inline long syscall6(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
inline long syscall6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}
#endif

template <class T>
long as_long(T value) {
  return (long)value;  // a number or a pointer
}

template <class A = int, class B = int, class C = int, class D = int, class E = int, class F = int>
long call(long number, A a = {}, B b = {}, C c = {}, D d = {}, E e = {}, F f = {}) {
  return syscall6(number, as_long(a), as_long(b), as_long(c), as_long(d), as_long(e), as_long(f));
}

constexpr bool failed(long result) {
  return result < 0 && result >= -4095;
}

}  // namespace hone::kernel
