// Machine code as text, by capstone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hone::analysis {

struct Instruction {
  uint64_t address = 0;
  uint32_t bytes = 0;
  std::string text;  // "mov    rax, qword ptr [rdi]"; "" where it cannot be decoded
};

// `arch` as in the recording's `modules`: 1 x86-64 (Intel syntax), 2 aarch64. Every byte of `code`
// belongs to exactly one instruction: what cannot be decoded becomes instructions without text.
// Empty for another arch.
std::vector<Instruction> disassemble(std::span<const uint8_t> code, uint64_t address, uint8_t arch);

}  // namespace hone::analysis
