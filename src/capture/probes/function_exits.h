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
#include <string_view>
#include <vector>

#include "base/host/result.h"
#include "base/types.h"

namespace hone::capture {

// A part of a function: its body, or what the compiler moved away because it seldom runs.
struct CodePart {
  Svma start{};
  std::span<const uint8_t> code;
};

// Where such a part is, when its bytes are gone.
struct CodeRange {
  Svma start{};
  uint64_t bytes = 0;
};

enum class ExitKind : uint8_t {
  kReturn,    // a return, or a jump into another function
  kIndirect,  // a jump to where the run knows: into another function, to a case of a switch, or to
              // the next instruction of an interpreter. `target` says where it takes that from
  kPerhaps,   // the same where no probe can tell of the target: through a table, by an index
};

// Where an indirect jump finds its target, of which a probe on it can tell.
struct JumpTarget {
  // The kernel's name of a register ("ax", "r8"); empty: memory at a fixed place, `slot`.
  std::string_view base;
  bool in_memory = false;  // at `base` plus `displacement`, else `base` itself
  int32_t displacement = 0;
  Svma slot{};
};

struct FunctionExit {
  Svma at{};
  ExitKind kind{};
  // The condition code (0..15) under which the jump is taken; kAlways for what has none.
  uint8_t condition = 0;
  JumpTarget target{};  // of kIndirect
  Svma table{};         // of kPerhaps: of addresses, at a fixed place; 0: none
};
inline constexpr uint8_t kAlways = 0xff;
// A function with more is counted, not timed.
inline constexpr size_t kExitsMax = 64;

// Whether a jump to `target` stays in the call: it leads into one of `parts`, and not to the
// beginning of the first, which is a call of the function by itself that takes this one's place.
bool stays_inside(std::span<const CodeRange> parts, Svma target);

// The target as an argument of a probe (Documentation/trace/uprobetracer.rst), for the jump at
// `at`, which is at `offset` of its file; empty where there is no such argument.
std::string probe_argument(const FunctionExit& exit, FileOffset offset);

// The first part is the body, which begins with the function. Errors: Unsupported, with why its
// ends cannot be known.
Result<std::vector<FunctionExit>> find_exits(std::span<const CodePart> parts);

// Empty when the kernel can put a probe on the instruction that `code` begins with, else why not
// (arch/x86/kernel/uprobes.c: prefixes of segments and locks, vector extensions, traps, ports).
std::string unprobeable(std::span<const uint8_t> code);

// Whether a jump with that condition code is taken, by the processor's flags.
bool is_taken(uint8_t condition, uint64_t flags);

}  // namespace hone::capture
