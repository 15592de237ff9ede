// Nearly all time is in code made at run time: 60% of it in "first", then 40% in "second", at the
// same address. Said by a jitdump in the current folder: at once, or, with a second argument, when
// all has run. The loop of "first" is line 11 of made.jit, that of "second" line 21.
// jitdump [UNITS [late]]
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "work.h"

#if defined(__x86_64__)
// push rbp; mov rbp, rsp; mov rax, rdi; loop: imul rax, rax, 13; dec rdi; jnz loop; pop rbp; ret
static const unsigned char kCode[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0x89, 0xf8, 0x48, 0x6b,
                                      0xc0, 0x0d, 0x48, 0xff, 0xcf, 0x75, 0xf7, 0x5d, 0xc3};
#define LOOP_AT 7
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
// stp x29, x30, [sp, #-16]!; mov x29, sp; mov x1, x0; loop: mul x1, x1, x0; subs x0, x0, #1;
// b.ne loop; mov x0, x1; ldp x29, x30, [sp], #16; ret
static const unsigned char kCode[] = {0xfd, 0x7b, 0xbf, 0xa9, 0xfd, 0x03, 0x00, 0x91, 0xe1,
                                      0x03, 0x00, 0xaa, 0x21, 0x7c, 0x00, 0x9b, 0x00, 0x04,
                                      0x00, 0xf1, 0xc1, 0xff, 0xff, 0x54, 0xe0, 0x03, 0x01,
                                      0xaa, 0xfd, 0x7b, 0xc1, 0xa8, 0xc0, 0x03, 0x5f, 0xd6};
#define LOOP_AT 12
#define MACHINE EM_AARCH64
#endif

static FILE* file;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static void put32(uint32_t value) {
  fwrite(&value, sizeof value, 1, file);
}
static void put64(uint64_t value) {
  fwrite(&value, sizeof value, 1, file);
}

static void put_load(uint64_t time, uint64_t start, const char* name, uint64_t index,
                     uint32_t line) {
  static const char kFile[] = "made.jit";
  put32(2);  // lines of the code that follows
  put32(16 + 16 + 2 * (16 + sizeof kFile));
  put64(time);
  put64(start);
  put64(2);
  for (uint32_t i = 0; i < 2; ++i) {
    put64(start + i * LOOP_AT);
    put32(line + i);
    put32(0);
    fwrite(kFile, sizeof kFile, 1, file);
  }
  put32(0);  // the code
  put32((uint32_t)(16 + 40 + strlen(name) + 1 + sizeof kCode));
  put64(time);
  put32((uint32_t)getpid());
  put32((uint32_t)getpid());
  put64(start);
  put64(start);
  put64(sizeof kCode);
  put64(index);
  fwrite(name, strlen(name) + 1, 1, file);
  fwrite(kCode, sizeof kCode, 1, file);
  fflush(file);
}

NOINLINE uint64_t call_made_code(uint64_t (*made)(uint64_t), uint64_t units) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < units; ++i) sum += made(WORK_UNIT);
  return sum;
}

int main(int argc, char** argv) {
  const uint64_t units = argument(argc, argv, 1, 1000);
  const int late = argc > 2;
  char name[64];
  snprintf(name, sizeof name, "jit-%d.dump", (int)getpid());
  file = fopen(name, "w+");
  if (!file) return 1;
  put32(0x4a695444);
  put32(1);
  put32(40);
  put32(MACHINE);
  put32(0);
  put32((uint32_t)getpid());
  put64(now_ns());
  put64(0);
  fflush(file);
  // What profilers find it by.
  if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(file), 0) == MAP_FAILED) return 2;

  void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return 3;
  memcpy(page, kCode, sizeof kCode);
  if (mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0) return 4;
  __builtin___clear_cache((char*)page, (char*)page + sizeof kCode);
  uint64_t (*made)(uint64_t) = (uint64_t(*)(uint64_t))page;
  const uint64_t start = (uint64_t)(uintptr_t)page;

  const uint64_t first_at = now_ns();
  if (!late) put_load(first_at, start, "first", 0, 10);
  work_result = call_made_code(made, units * 6 / 10);
  const uint64_t second_at = now_ns();
  if (!late) put_load(second_at, start, "second", 1, 20);
  work_result += call_made_code(made, units * 4 / 10);
  if (late) {
    // So late that a recorder on a busy machine has looked at all samples by then.
    const struct timespec nap = {0, 500000000};
    nanosleep(&nap, 0);
    put_load(first_at, start, "first", 0, 10);
    put_load(second_at, start, "second", 1, 20);
  }
  return 0;
}
