// Which system call the interrupted code has just come back from. A result has taken the place of
// its number, so it is read from the code, as libcs write it:
//
//   most calls                mov $NUMBER,%eax; syscall
//   musl, where a thread      __syscall_cp_asm(), which is given the number and keeps it nowhere:
//   can be cancelled          ... mov %r11,8(%rsp); syscall; ret. Its only caller compares the
//                             result with EINTR, then the number with close()'s, in a register that
//                             a call leaves as it was. Found there byte for byte, or not at all.
#include "guest/agent/agent.h"
#include "guest/agent/kernel.h"

#if defined(__x86_64__)

namespace hone::agent {
namespace {

template <size_t N>
bool same(const uint8_t* at, const uint8_t (&wanted)[N]) {
  for (size_t i = 0; i < N; ++i) {
    if (at[i] != wanted[i]) return false;
  }
  return true;
}

constexpr uint8_t kSyscall[] = {0x0f, 0x05};
constexpr uint8_t kMuslCall[] = {0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05, 0xc3};
constexpr uint8_t kIsEintr[] = {0x48, 0x83, 0xf8, 0xfc};  // cmp $-4,%rax

// The register that `at` compares with 3 (close): cmp $3,%r, 32 or 64 bits wide. -1: none of those
// that a call leaves as they were.
long compared_with_close(const uint8_t* at, const sigcontext& registers) {
  constexpr uint8_t kRex = 0x40, kRexBase = 0x01;
  uint8_t prefix = 0;
  if ((*at & 0xf0) == kRex) prefix = *at++;
  if (at[0] != 0x83 || (at[1] & 0xf8) != 0xf8 || at[2] != 3) return -1;
  switch ((at[1] & 7) | ((prefix & kRexBase) != 0 ? 8 : 0)) {
    case 3:
      return (long)registers.rbx;
    case 5:
      return (long)registers.rbp;
    case 12:
      return (long)registers.r12;
    case 13:
      return (long)registers.r13;
    case 14:
      return (long)registers.r14;
    case 15:
      return (long)registers.r15;
    default:
      return -1;
  }
}

int number_for_musl(const sigcontext& registers) {
  const auto* const stack = (const uint64_t*)registers.rsp;
  if (!readable(stack, sizeof *stack)) return -1;
  const auto* at = (const uint8_t*)*stack;
  // Arguments are taken off the stack first; a near or a far jump is between the two comparisons.
  constexpr size_t kBefore = 12, kNear = 2, kFar = 6, kCompare = 4;
  if (!readable(at, kBefore + sizeof kIsEintr + kFar + kCompare)) return -1;
  const uint8_t* const last = at + kBefore;
  while (at < last && !same(at, kIsEintr)) ++at;
  if (at == last) return -1;
  at += sizeof kIsEintr;
  if (at[0] == 0x75) {
    at += kNear;
  } else if (at[0] == 0x0f && at[1] == 0x85) {
    at += kFar;
  } else {
    return -1;
  }
  const long number = compared_with_close(at, registers);
  constexpr long kNumbersMax = 1024;
  return number >= 0 && number < kNumbersMax ? (int)number : -1;
}

}  // namespace

int number_of_call(const sigcontext& registers) {
  const auto* const at = (const uint8_t*)registers.rip;
  constexpr size_t kBefore = sizeof kMuslCall - 1;
  if (!readable(at - kBefore, kBefore + 1) || !same(at - sizeof kSyscall, kSyscall)) return -1;
  if (same(at - kBefore, kMuslCall)) return number_for_musl(registers);
  if (at[-7] != 0xb8) return -1;
  int number = 0;
  memcpy(&number, at - 6, sizeof number);
  return number;
}

}  // namespace hone::agent

#endif
