// Evaluates the DWARF expressions of call-frame information. Guest-safe, async-signal-safe.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "unwind/registers.h"
#include "unwind/walk.h"

namespace hone::unwind {

// Eight bytes at `address`, from the snapshot or else by the callback (then *used_read is set).
bool read_stack(const StackMemory& memory, uint64_t address, uint64_t* value, bool* used_read);

enum class EvalResult : uint8_t { kOk, kMissingRegister, kMissingMemory, kUnsupported };

struct EvalContext {
  const Registers& registers;
  const StackMemory& memory;
  uint64_t bias = 0;       // added to DW_OP_addr
  bool used_read = false;  // set when memory came by the callback
};

// `with_cfa`: the stack starts with the CFA on it, as register rules have it. Bounded: 64 values,
// 1,024 steps.
EvalResult evaluate(EvalContext& context, const uint8_t* bytes, size_t size, bool with_cfa,
                    uint64_t cfa, uint64_t* value);

}  // namespace hone::unwind
