// One sample of a Python process, looked at: its stack's copy, the evaluator's calls in it, and the
// process's memory. Private to PythonFrames.
#pragma once

#include <cstdint>
#include <vector>

#include "capture/collector.h"
#include "capture/python.h"

namespace hone::capture {

// One call of the evaluator, as a native frame of the stack.
struct PythonActivation {
  uint32_t index;    // of the stack's frames
  uint32_t inner;    // that of the call inside of it, or of the innermost frame
  bool is_inmost;    // nothing of the evaluator is inside of it
  uint64_t sp, cfa;  // its stack frame; cfa 0: not known, or of no size that it could have
  bool began;        // it has come past its first instructions
};

// All that is needed while one sample is looked at.
struct PythonLook {
  PythonProcess& process;
  const RawSample& sample;
  const stacks::UnwoundStack& stack;
  python::Source source;
  uint64_t stack_start = 0;
  std::vector<PythonActivation> activations{};  // innermost first
  std::vector<uint64_t> runs{};  // innermost frame of each, by what is live; may be empty
  bool runs_read = false;
  bool later = false;

  uint64_t thread();
  // A word of the thread's stack, of the copy where that has it.
  bool word(uint64_t address, uint64_t* value);
  // Which instruction of the bytecode of `code` that call is at, 0 when it is not found; and of any
  // code that is known.
  uint64_t instruction_in(const PythonActivation& at, const python::Code& code);
  uint64_t instruction_of_any(const PythonActivation& at, uint64_t* code);

 private:
  template <class F>
  uint64_t instruction(const PythonActivation& at, F is_there);
};

}  // namespace hone::capture
