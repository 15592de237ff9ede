// The registers of a caller by a rule: the complete evaluation, of which the walker's hot loop is
// the common case. Guest-safe, async-signal-safe.
#pragma once

#include <stdint.h>

#include "unwind/registers.h"
#include "unwind/table.h"
#include "unwind/walk.h"

namespace hone::unwind {

enum class StepResult : uint8_t {
  kCaller,           // `registers` are the caller's
  kOutermost,        // there is no caller
  kMissingRegister,  // a register that is not known was needed
  kMissingMemory,
  kBadCfa,
  kUnsupported,
};

// User addresses have 48 bits; what lies above on aarch64 is the pointer authentication code.
constexpr uint64_t without_pac(Arch arch, uint64_t address) {
  return arch == Arch::kAarch64 ? address & 0xffffffffffff : address;
}

// Replaces `registers` (those of a frame of `kind`, in a module of `table` and `bias`) by the
// caller's. Untouched unless kCaller. *spliced: the return address came by StackMemory::read.
StepResult step_to_caller(Arch arch, Registers& registers, FrameKind kind, const Rule& rule,
                          const TableView& table, uint64_t bias, const StackMemory& memory,
                          bool* spliced);

}  // namespace hone::unwind
