// One function's cost by source line and by instruction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

struct LineCost {
  std::string file;
  uint32_t line = 0;
  int64_t self_ns = 0;
  uint64_t self_samples = 0;
  int64_t total_ns = 0;  // with what the line calls
  uint64_t total_samples = 0;
};
// A call that the compiler dissolved, or the function that it was dissolved into.
struct SourceStep {
  uint64_t key = 0;  // of the function
  std::string function, file;
  uint32_t line = 0;  // where it is; of all but the innermost, where the next one inwards is called
};
struct InstructionCost {
  uint64_t address = 0;  // linked
  std::string bytes_hex;
  std::string text;   // "mov    rax, qword ptr [rdi]"; "" where it cannot be decoded
  uint32_t line = 0;  // of the innermost inlined source, 0 not known
  std::string file;
  int64_t self_ns = 0;
  uint64_t self_samples = 0;
  int64_t total_ns = 0;  // with what the instruction calls
  uint64_t total_samples = 0;
  std::string inlined_into;  // the function whose code this is; "" for the annotated one's own
  // Innermost first, ends with the function whose code it is. Recordings know it where something
  // was sampled or called; empty elsewhere.
  std::vector<SourceStep> inline_stack;
};
// Self time here is that of the function's code, calls inlined into it included, so that lines and
// instructions add up to it; in hot spots those calls are functions of their own.
struct Annotation {
  std::string function, module, file;
  uint32_t line = 0;  // of the declaration
  uint64_t start = 0, bytes = 0;
  int64_t self_ns = 0, total_ns = 0;
  uint64_t self_samples = 0, total_samples = 0;
  int64_t cpu_ns = 0;            // all sampled CPU time: what shares are of
  Metric metric = Metric::kCpu;  // what the above is of
  std::vector<LineCost> lines;   // by file and line
  // By address; empty when no code was kept. Where the function was inlined, the other functions'
  // code around what was sampled of it, with the cost of its part alone.
  std::vector<InstructionCost> instructions;
  std::string no_code_reason;  // why `instructions` is empty
};

// Includes the code of calls inlined into it. Disassembly by capstone.
Annotation annotate(const profile::Profile& profile, const Selection& selection,
                    FunctionId function);
// Of anything that stacks weigh (metrics.h): "ns" then is its unit.
struct StackWeights;
Annotation annotate_weighed(const profile::Profile& profile, const StackWeights& weights,
                            FunctionId function);
// Of several functions of one key (static ones of two files), the one that weighs most with what it
// calls; kNone when there is none.
FunctionId heaviest_of_key(const profile::Profile& profile, const StackWeights& weights,
                           uint64_t key);

// For each instruction, the one that it jumps to, as an index; -1 where it does not, or out of
// these.
std::vector<int64_t> jump_targets(const std::vector<InstructionCost>& instructions);

}  // namespace hone::analysis
