// Nearly all time is in code made at run time, in memory that no file stands behind and no unwind
// table tells of. jit [UNITS]
#include <string.h>
#include <sys/mman.h>

#include "work.h"

#if defined(__x86_64__)
// Through rbp, so that the caller's frame pointer is not where a leaf would leave it:
//   push rbp; xor ebp, ebp; mov rax, rdi; loop: imul rax, rax, 13; dec rdi; jnz loop; pop rbp; ret
static const unsigned char kCode[] = {0x55, 0x31, 0xed, 0x48, 0x89, 0xf8, 0x48, 0x6b, 0xc0,
                                      0x0d, 0x48, 0xff, 0xcf, 0x75, 0xf7, 0x5d, 0xc3};
#elif defined(__aarch64__)
// mov x1, x0; loop: mul x1, x1, x0; subs x0, x0, #1; b.ne loop; mov x0, x1; ret
static const unsigned char kCode[] = {0xe1, 0x03, 0x00, 0xaa, 0x21, 0x7c, 0x00, 0x9b,
                                      0x00, 0x04, 0x00, 0xf1, 0xc1, 0xff, 0xff, 0x54,
                                      0xe0, 0x03, 0x01, 0xaa, 0xc0, 0x03, 0x5f, 0xd6};
#endif

NOINLINE uint64_t call_made_code(uint64_t (*made)(uint64_t), uint64_t units) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < units; ++i) sum += made(WORK_UNIT);
  return sum;
}

int main(int argc, char** argv) {
  void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return 1;
  memcpy(page, kCode, sizeof kCode);
  if (mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0) return 2;
  __builtin___clear_cache((char*)page, (char*)page + sizeof kCode);
  work_result = call_made_code((uint64_t(*)(uint64_t))page, argument(argc, argv, 1, 600));
  return 0;
}
