// Where a function of x86-64 code is left: its returns, and its jumps into other functions. A probe
// on each of these, instead of on the return address, changes nothing on the program's stack: what
// unwinds that (an exception, a profiler, a crash handler) finds what it expects.
//
//   auto exits = find_exits({.start = start, .code = bytes});
//
// Pure, and hostile bytes are only ever decoded.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/host/result.h"
#include "base/types.h"

namespace hone::capture {

// A part of a function: its body, or what the compiler moved away because it seldom runs.
struct CodePart {
  Svma start{};
  std::span<const uint8_t> code;
};

enum class ExitKind : uint8_t {
  kReturn,   // a return, or a jump into another function
  kPerhaps,  // a jump to where only the run knows: into another function, or to a case of a switch
};

struct FunctionExit {
  Svma at{};
  ExitKind kind{};
  // The condition code (0..15) under which the jump is taken; kAlways for what has none.
  uint8_t condition = 0;
};
inline constexpr uint8_t kAlways = 0xff;
// A function with more is counted, not timed.
inline constexpr size_t kExitsMax = 64;

// The first part is the body, which begins with the function. Errors: Unsupported, with why its
// ends cannot be known.
Result<std::vector<FunctionExit>> find_exits(std::span<const CodePart> parts);

// Empty when the kernel can put a probe on the instruction that `code` begins with, else why not
// (arch/x86/kernel/uprobes.c: prefixes of segments and locks, vector extensions, traps, ports).
std::string unprobeable(std::span<const uint8_t> code);

// Whether a jump with that condition code is taken, by the processor's flags.
bool is_taken(uint8_t condition, uint64_t flags);

}  // namespace hone::capture
