// What the agent takes from the libc that the program has, glibc or musl, old or new: looked up at
// run time or weak, so that one file serves all of them and none is loaded for its sake. Types that
// libcs define differently pass through as addresses.
#pragma once

namespace hone::agent {

using StartFunction = void* (*)(void*);
using ThreadFunction = int (*)(void*);

// The functions behind ours in the order of look-up; nullptr where there is none.
struct Libc {
  int (*pthread_create)(void*, const void*, StartFunction, void*);
  int (*thrd_create)(void*, ThreadFunction, void*);
  int (*dlclose)(void*);
  int (*sigaction)(int, const void*, void*);
  void (*(*signal)(int, void (*)(int)))(int);
  int (*pthread_sigmask)(int, const void*, void*);
  int (*sigprocmask)(int, const void*, void*);
  int (*sigwait)(const void*, int*);
  int (*sigwaitinfo)(const void*, void*);
  int (*sigtimedwait)(const void*, void*, const void*);
  int (*signalfd)(int, const void*, int);
};
extern Libc libc;

// Idempotent; called again by what may run before the constructor.
void find_libc();

}  // namespace hone::agent
