// Whether a file is a CPython interpreter, and where in it the things lie that lead to its frames.
//
//   if (auto python = find_python(*module)) use(python->layout, python->runtime);
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/types.h"
#include "python/layout.h"
#include "stacks/module.h"

namespace hone::capture {

// Where on its stack frame a function keeps something: bytes below the CFA. Not written anywhere,
// and so learned from what is found there.
class LearnedSlot {
 public:
  void vote(uint64_t offset);
  // 0 until enough has been seen.
  uint64_t offset() const { return offsets_.empty() ? 0 : offsets_.front(); }
  // That and the next ones, for what is kept at several: at most kOffsetsMax.
  std::span<const uint64_t> offsets() const { return offsets_; }
  // More votes would not change it.
  bool settled() const { return settled_; }

 private:
  struct Votes {
    uint64_t offset;
    uint32_t count;
  };
  static constexpr size_t kOffsetsMax = 4;
  std::vector<Votes> votes_;  // most first
  std::vector<uint64_t> offsets_;
  bool settled_ = false;
};

struct PythonModule {
  const python::Layout* layout = nullptr;  // absent: of a version that is not known
  uint64_t version = 0;                    // as Py_Version has it; 0: older than 3.11
  // Of _PyEval_EvalFrameDefault, the function that runs Python code; _PyRuntime; PyCode_Type.
  Svma evaluator{}, evaluator_end{}, runtime{}, code_type{};
  // In the evaluator's stack frame: its _PyCFrame; where it keeps the address of the bytecode that
  // it runs; and where it puts that of the instruction, when the register is needed otherwise.
  LearnedSlot cframe, bytecode, instruction;
};

// nullopt for a file that is none: only one whose name has "python" in it is looked into.
std::optional<PythonModule> find_python(const stacks::Module& module);

}  // namespace hone::capture
