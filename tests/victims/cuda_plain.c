/* A program that uses the CUDA driver and nothing of Hone: FRAMES times it copies 50 us, runs a
 * kernel of 100 us and one of 300 us behind it on one stream, and one of 200 us on another, then
 * waits for both. It loads libcuda.so.1 as programs do that are built without CUDA. "kill": it ends
 * by a signal, without a word to anybody. */
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL(name, ...) \
  if (dlsym(cuda, #name) == 0 || ((int (*)())dlsym(cuda, #name))(__VA_ARGS__) != 0) return 1

static int launch(void* cuda, void* kernel, void* stream, uint64_t ns) {
  void* parameters[] = {&ns};
  CALL(cuLaunchKernel, kernel, 1, 1, 1, 32, 1, 1, 0, stream, parameters, (void*)0);
  return 0;
}

static int run(void* cuda, int frames) {
  void *context, *first, *second, *scale, *sum;
  CALL(cuInit, 0);
  CALL(cuCtxCreate_v2, &context, 0, 0);
  CALL(cuStreamCreate, &first, 1);
  CALL(cuStreamCreate, &second, 1);
  CALL(cuModuleGetFunction, &scale, (void*)0, "_Z5scalePff");
  CALL(cuModuleGetFunction, &sum, (void*)0, "_ZN4math3sumIfEEvPKT_i");
  for (int i = 0; i < frames; ++i) {
    CALL(cuMemcpyHtoDAsync_v2, (uint64_t)0, (void*)0, (size_t)50000, first);
    if (launch(cuda, scale, first, 100000) || launch(cuda, sum, first, 300000)) return 1;
    if (launch(cuda, scale, second, 200000)) return 1;
    CALL(cuStreamSynchronize, first);
    CALL(cuStreamSynchronize, second);
  }
  return 0;
}

int main(int count, char** words) {
  void* const cuda = dlopen("libcuda.so.1", RTLD_LAZY);
  const int status = cuda ? run(cuda, count > 1 ? atoi(words[1]) : 1) : 1;
  puts(!cuda ? "no CUDA" : status == 0 ? "done" : "failed");
  fflush(stdout);
  if (count > 2 && strcmp(words[2], "kill") == 0) raise(SIGKILL);
  return 0;
}
