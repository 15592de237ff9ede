// Register files by DWARF numbers, for both architectures. Guest-safe.
#pragma once

#include <stdint.h>

namespace hone::unwind {

enum class Arch : uint8_t { kX86_64 = 1, kAarch64 = 2 };

#if defined(__x86_64__)
inline constexpr Arch kNativeArch = Arch::kX86_64;
#elif defined(__aarch64__)
inline constexpr Arch kNativeArch = Arch::kAarch64;
#endif

// Indexes into Registers::value are DWARF register numbers:
//   x86-64:  0 rax 1 rdx 2 rcx 3 rbx 4 rsi 5 rdi 6 rbp 7 rsp 8..15 r8..r15 16 rip
//            (System V psABI x86-64, figure 3.36)
//   aarch64: 0..30 x0..x30 (29 = fp, 30 = lr) 31 sp 32 pc (32 is ours: DWARF gives pc no number)
//            (DWARF for the Arm 64-bit Architecture, 4.1)
struct Registers {
  static constexpr unsigned kCount = 33;
  uint64_t value[kCount] = {};
  uint64_t valid = 0;  // bit n: value[n] is known

  void set(unsigned number, uint64_t v) {
    value[number] = v;
    valid |= uint64_t{1} << number;
  }
  bool has(unsigned number) const { return (valid >> number) & 1; }
};

struct ArchRegisters {
  unsigned pc, sp, fp, ra;  // ra: the return-address column of the CIEs
};
constexpr ArchRegisters registers_of(Arch arch) {
  return arch == Arch::kX86_64 ? ArchRegisters{16, 7, 6, 16} : ArchRegisters{32, 31, 29, 30};
}

}  // namespace hone::unwind
