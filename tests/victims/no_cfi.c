// The hot code is hand-written. Built with -DWITH_CFI=0 it has no unwind information and its stack
// cannot be walked; with 1, the same code tells where its caller is. no_cfi [UNITS]
#include "work.h"

#if WITH_CFI
#define CFI(text) text "\n"
#else
#define CFI(text)
#endif

#if defined(__x86_64__)
// The frame pointer is used for counting, so that nothing but CFI leads out of here.
__asm__(
    ".text\n.p2align 4\n.globl by_hand\n.type by_hand, @function\nby_hand:\n" CFI(".cfi_startproc")
    "push %rbp\n" CFI(".cfi_adjust_cfa_offset 8") CFI(".cfi_rel_offset %rbp, 0")
    "sub $40, %rsp\n" CFI(".cfi_adjust_cfa_offset 40")
    "mov %rdi, %rbp\nmov %rdi, %rax\n"
    "1: imul $13, %rax, %rax\nxor %rbp, %rax\ndec %rbp\njnz 1b\n"
    "add $40, %rsp\n" CFI(".cfi_adjust_cfa_offset -40")
    "pop %rbp\n" CFI(".cfi_adjust_cfa_offset -8") CFI(".cfi_restore %rbp")
    "ret\n" CFI(".cfi_endproc") ".size by_hand, .-by_hand\n");
#elif defined(__aarch64__)
__asm__(
    ".text\n.p2align 4\n.globl by_hand\n.type by_hand, %function\nby_hand:\n" CFI(".cfi_startproc")
    "stp x29, x30, [sp, #-32]!\n" CFI(".cfi_def_cfa_offset 32") CFI(".cfi_offset 29, -32")
    CFI(".cfi_offset 30, -24")
    "mov x29, x0\nmov x30, x0\n"
    "1: mul x30, x30, x29\nsubs x29, x29, #1\nb.ne 1b\n"
    "mov x0, x30\nldp x29, x30, [sp], #32\n" CFI(".cfi_def_cfa_offset 0")
    "ret\n" CFI(".cfi_endproc") ".size by_hand, .-by_hand\n");
#endif

uint64_t by_hand(uint64_t loops);

NOINLINE uint64_t calls_by_hand(uint64_t units) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < units; ++i) sum += by_hand(WORK_UNIT);
  return sum;
}

int main(int argc, char** argv) {
  work_result = calls_by_hand(argument(argc, argv, 1, 600));
  return 0;
}
