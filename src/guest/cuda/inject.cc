// What the CUDA driver calls when it starts in a program that `hone record` runs
// (CUDA_INJECTION64_PATH): from then on CUPTI tells what the program's devices do.
#ifndef HONE_ENABLE
#define HONE_ENABLE
#endif
#include "hone/cuda_activity.h"
#include "hone/hone.h"

extern "C" {
__attribute__((weak)) void* dlopen(const char* file, int flags);
__attribute__((weak)) void* dlsym(void* library, const char* name);
__attribute__((weak)) int __cxa_atexit(void (*at_exit)(void*), void* own, void* library);
// Of this library, so that closing it takes its handlers with it.
extern HONE_HIDDEN void* __dso_handle __attribute__((weak));
}

namespace {

// CUPTI keeps what is in buffers that are not full. This runs before libraries are closed.
void collect_at_exit(void*) {
  hone_cuda_activity_collect(1);
}

}  // namespace

// Anything but 0: the driver goes on. It does, whether CUPTI is there or not.
extern "C" __attribute__((visibility("default"))) int InitializeInjection() {
  static uint32_t calls;
  if (__atomic_fetch_add(&calls, 1u, __ATOMIC_RELAXED) > 0) return 1;
  const hone_cuda_loader loader = {dlopen, dlsym};
  const char* const why = hone_cuda_activity_open(&loader, nullptr);
  if (why[0] != '\0') {
    HONE_EVENT_AT(HONE_LEVEL_WARN, "CUDA activity is off", "why", why);
  } else if (__cxa_atexit) {
    __cxa_atexit(&collect_at_exit, nullptr, &__dso_handle);
  }
  return 1;
}
