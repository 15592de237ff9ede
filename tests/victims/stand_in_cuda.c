/* A stand-in of the CUDA driver, libcuda.so.1: one device, whose streams do what they are given one
 * after the other, on a clock that runs 20 ticks in a million too fast. A kernel runs for as many
 * nanoseconds as its first parameter says, a copy for one a byte. Like the driver it loads what
 * CUDA_INJECTION64_PATH names. Not thread-safe. */
#define _GNU_SOURCE
#include "stand_in_cuda.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OK 0
#define INVALID 1
#define NOT_INITIALIZED 3
#define NOT_READY 600
#define SPEED (1 + 20e-6)

typedef struct stream {
  uint32_t number;
  double tail; /* when all that it was given is done, by the device's clock */
} stream;
typedef struct event {
  int is_recorded;
  double time;
} event;

static int is_started;
static int64_t zero;
static void* current;
static stream streams[64] = {{7, 0}};
static uint32_t stream_count = 1;
static char names[16][64];
static uint32_t name_count;
static stand_in_listener listener;

static int64_t monotonic(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
static double now(void) {
  return (double)(monotonic() - zero) * SPEED;
}
static uint64_t ours(double time) {
  return (uint64_t)(zero + (int64_t)(time / SPEED));
}
static stream* stream_of(void* handle) {
  return handle ? (stream*)handle : &streams[0];
}

void stand_in_listen(stand_in_listener to) {
  listener = to;
}

static void work(uint32_t kind, const char* name, uint8_t copy, void* handle, double ns) {
  stream* const on = stream_of(handle);
  const double start = on->tail > now() ? on->tail : now();
  on->tail = start + ns;
  if (listener) listener(kind, name, copy, on->number, ours(start), ours(on->tail));
}

int cuInit(unsigned flags) {
  if (flags != 0) return INVALID;
  if (is_started) return OK;
  is_started = 1;
  zero = monotonic();
  const char* const path = getenv("CUDA_INJECTION64_PATH");
  void* const library = path && *path ? dlopen(path, RTLD_LAZY) : 0;
  int (*const inject)(void) = library ? (int (*)(void))dlsym(library, "InitializeInjection") : 0;
  if (inject && inject() == 0) return 999;
  return OK;
}
int cuCtxCreate_v2(void** context, unsigned flags, int device) {
  if (!is_started) return NOT_INITIALIZED;
  if (flags != 0 || device != 0) return INVALID;
  *context = current = &is_started;
  return OK;
}
int cuCtxGetCurrent(void** context) {
  *context = current;
  return is_started ? OK : NOT_INITIALIZED;
}
int cuCtxPushCurrent_v2(void* context) {
  return context == &is_started ? OK : INVALID;
}
int cuCtxPopCurrent_v2(void** context) {
  *context = current;
  return OK;
}
int cuCtxGetDevice(int* device) {
  *device = 0;
  return OK;
}
int cuDeviceGetName(char* name, int bytes, int device) {
  if (device != 0 || bytes < 1) return INVALID;
  strncpy(name, "stand-in", (size_t)bytes - 1);
  name[bytes - 1] = '\0';
  return OK;
}
int cuDeviceGetAttribute(int* value, int attribute, int device) {
  *value = 0;
  return attribute == 18 && device == 0 ? OK : INVALID;
}
int cuStreamCreate(void** handle, unsigned flags) {
  if (flags > 1 || stream_count == 64) return INVALID;
  stream* const made = &streams[stream_count];
  made->number = 12 + ++stream_count;
  *handle = made;
  return OK;
}
int cuStreamDestroy_v2(void* handle) {
  return handle ? OK : INVALID;
}
int cuStreamSynchronize(void* handle) {
  while (now() < stream_of(handle)->tail) {
    const struct timespec nap = {0, 50000};
    nanosleep(&nap, 0);
  }
  return OK;
}
int cuStreamIsCapturing(void* handle, int* status) {
  (void)handle;
  *status = 0;
  return OK;
}
int cuThreadExchangeStreamCaptureMode(int* mode) {
  static int is;
  const int was = is;
  is = *mode;
  *mode = was;
  return OK;
}
int cuEventCreate(void** out, unsigned flags) {
  *out = flags == 0 ? calloc(1, sizeof(event)) : 0;
  return *out ? OK : INVALID;
}
int cuEventDestroy_v2(void* handle) {
  free(handle);
  return OK;
}
int cuEventRecord(void* handle, void* on) {
  event* const it = (event*)handle;
  const double tail = stream_of(on)->tail;
  it->time = tail > now() ? tail : now();
  it->is_recorded = 1;
  return OK;
}
int cuEventQuery(void* handle) {
  const event* const it = (const event*)handle;
  return !it->is_recorded || now() >= it->time ? OK : NOT_READY;
}
int cuEventElapsedTime(float* ms, void* start, void* end) {
  const event *const a = (const event*)start, *const b = (const event*)end;
  if (!a->is_recorded || !b->is_recorded) return 400;
  if (cuEventQuery(start) != OK || cuEventQuery(end) != OK) return NOT_READY;
  *ms = (float)((b->time - a->time) / 1e6);
  return OK;
}
int cuModuleGetFunction(void** function, void* module, const char* name) {
  (void)module;
  if (name_count == 16) return INVALID;
  strncpy(names[name_count], name, sizeof names[0] - 1);
  *function = names[name_count++];
  return OK;
}
int cuLaunchKernel(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared, void* on,
                   void** parameters, void** extra) {
  (void)shared, (void)extra;
  if (grid_x * grid_y * grid_z * block_x * block_y * block_z == 0) return INVALID;
  work(10, (const char*)function, 0, on, (double)*(const uint64_t*)parameters[0]);
  return OK;
}
int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void* on) {
  (void)to, (void)from;
  work(1, "", 1, on, (double)bytes);
  return OK;
}
int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, void* on) {
  (void)to, (void)value;
  work(2, "", 0, on, (double)bytes);
  return OK;
}
