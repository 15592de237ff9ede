/* NVTX 3 as a program has it, as far as the tests use it: written from its public interface. Like
 * its own headers it asks a library for nothing at link time: the first call loads the one that
 * NVTX_INJECTION64_PATH names, and hands it the places of the pointers that all calls go through.
 */
#pragma once

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

typedef void (*nvtx_function)(void);

typedef struct nvtx_attributes {
  uint16_t version, size;
  uint32_t category;
  int32_t color_type;
  uint32_t color;
  int32_t payload_type, reserved;
  union {
    uint64_t u64;
    int64_t i64;
    double f64;
    uint32_t u32;
    int32_t i32;
    float f32;
  } payload;
  int32_t message_type;
  union {
    const char* ascii;
    const wchar_t* wide;
    const void* registered;
  } message;
} nvtx_attributes;

/* By module: CORE 1, CUDA 2, CORE2 5, SYNC 6. */
enum { NVTX_MODULES = 7, NVTX_FUNCTIONS = 16 };
static nvtx_function nvtx_pointer[NVTX_MODULES][NVTX_FUNCTIONS];
static nvtx_function* nvtx_places[NVTX_MODULES][NVTX_FUNCTIONS];
static uint32_t nvtx_tool_version;

static int nvtx_functions(int module, nvtx_function*** places, unsigned* count) {
  if (module <= 0 || module >= NVTX_MODULES) return 0;
  for (int i = 1; i < NVTX_FUNCTIONS; ++i) nvtx_places[module][i] = &nvtx_pointer[module][i];
  *places = nvtx_places[module];
  *count = NVTX_FUNCTIONS;
  return 1;
}
static void nvtx_set_version(uint32_t version) {
  nvtx_tool_version = version;
}

static const void* nvtx_table(uint32_t id) {
  static struct {
    size_t bytes;
    int (*functions)(int, nvtx_function***, unsigned*);
  } functions = {sizeof functions, nvtx_functions};
  static struct {
    size_t bytes;
    uint32_t version, reserved;
    void (*set)(uint32_t);
  } version = {sizeof version, 3, 0, nvtx_set_version};
  return id == 1 ? (const void*)&functions : id == 3 ? (const void*)&version : 0;
}

/* 0: there is no tool, and every call does nothing. Not by two threads at once. */
static int nvtx_load(void) {
  static int state = -1;
  if (state >= 0) return state;
  state = 0;
  const char* const path = getenv("NVTX_INJECTION64_PATH");
  void* const library = path ? dlopen(path, RTLD_LAZY) : 0;
  if (!library) return 0;
  int (*const start)(const void* (*)(uint32_t)) =
      (int (*)(const void* (*)(uint32_t)))dlsym(library, "InitializeInjectionNvtx2");
  state = start && start(nvtx_table) != 0;
  if (!state) dlclose(library);
  return state;
}

/* NVTX(module, id, result, (parameter types), otherwise, arguments...) */
#define NVTX(module, id, result, types, otherwise, ...)           \
  (nvtx_load() && nvtx_pointer[module][id]                        \
       ? ((result(*) types)nvtx_pointer[module][id])(__VA_ARGS__) \
       : (otherwise))

#define MARK_EX(a) NVTX(1, 1, void, (const nvtx_attributes*), (void)0, a)
#define MARK(text) NVTX(1, 2, void, (const char*), (void)0, text)
#define MARK_WIDE(text) NVTX(1, 3, void, (const wchar_t*), (void)0, text)
#define START(text) NVTX(1, 5, uint64_t, (const char*), 0, text)
#define END(id) NVTX(1, 7, void, (uint64_t), (void)0, id)
#define PUSH_EX(a) NVTX(1, 8, int, (const nvtx_attributes*), -2, a)
#define PUSH(text) NVTX(1, 9, int, (const char*), -2, text)
#define PUSH_WIDE(text) NVTX(1, 10, int, (const wchar_t*), -2, text)
#define POP() NVTX(1, 11, int, (void), -2)
#define NAME_CATEGORY(id, text) NVTX(1, 12, void, (uint32_t, const char*), (void)0, id, text)
#define NAME_THREAD(tid, text) NVTX(1, 14, void, (uint32_t, const char*), (void)0, tid, text)
#define NAME_CUDA_DEVICE(id, text) NVTX(2, 1, void, (int, const char*), (void)0, id, text)
#define DOMAIN_MARK(d, a) NVTX(5, 1, void, (void*, const nvtx_attributes*), (void)0, d, a)
#define DOMAIN_START(d, a) NVTX(5, 2, uint64_t, (void*, const nvtx_attributes*), 0, d, a)
#define DOMAIN_END(d, id) NVTX(5, 3, void, (void*, uint64_t), (void)0, d, id)
#define DOMAIN_PUSH(d, a) NVTX(5, 4, int, (void*, const nvtx_attributes*), -2, d, a)
#define DOMAIN_POP(d) NVTX(5, 5, int, (void*), -2, d)
#define DOMAIN_RESOURCE(d, a) NVTX(5, 6, void*, (void*, void*), (void*)0, d, a)
#define DOMAIN_NAME_CATEGORY(d, id, text) \
  NVTX(5, 8, void, (void*, uint32_t, const char*), (void)0, d, id, text)
#define DOMAIN_STRING(d, text) NVTX(5, 10, void*, (void*, const char*), (void*)0, d, text)
#define DOMAIN_CREATE(text) NVTX(5, 12, void*, (const char*), (void*)0, text)
#define DOMAIN_DESTROY(d) NVTX(5, 14, void, (void*), (void)0, d)
