// Python frames in place of the interpreter's, from outside: by the copy of the stack that came
// with a sample, and by the memory of the process as it is a moment later.
//
//   python.on_map(process.python, pid, range);
//   if (process.python && python.replace(*process.python, sample, stack, frames)) ...
//
// Which of it is exact, and what is only likely: docs/design/2026-11-21-python-frames.md.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "capture/live_memory.h"
#include "capture/python_module.h"
#include "capture/scripts.h"
#include "python/frames.h"
#include "stacks/address_space.h"
#include "stacks/unwinder.h"

namespace hone::capture {

struct RawSample;   // collector.h
struct PythonLook;  // python_look.h

// What is known of one process that runs an interpreter.
struct PythonProcess {
  PythonProcess(pid_t pid_, PythonModule& module_, const stacks::Module* mapped_, uint64_t bias_)
      : pid(pid_), module(&module_), mapped(mapped_), bias(bias_), memory(pid_) {}

  struct KnownCode {
    python::Code code;
    ScriptPlace place;
    std::vector<std::pair<uint32_t, uint32_t>> lines;  // (from this byte of the bytecode, line)
    bool has_unit = false, asked_for_unit = false;     // the name of its module
  };
  pid_t pid;
  PythonModule* module;
  const stacks::Module* mapped;
  uint64_t bias;  // Avma - Svma
  LiveMemory memory;
  std::unordered_map<pid_t, uint64_t> threads;  // their states, by the kernel's id
  std::unordered_map<uint64_t, KnownCode> codes;
  std::vector<std::pair<uint64_t, uint64_t>>
      by_bytecode;  // where it begins, the code object: sorted
  // Frames as they were when they were last sure, and the place that each then stood for: while a
  // frame stays as it is, so does its code.
  struct Link {
    python::Frame frame;
    stacks::StackFrame place{};
  };
  std::unordered_map<uint64_t, Link> links;
};

struct PythonCounts {
  uint64_t samples = 0;  // that ran Python code
  uint64_t later = 0;    // with frames that were read when the thread had run on
  uint64_t unseen = 0;   // of which only addresses came: by timers in the program
  uint64_t unnamed = 0;  // calls of the evaluator whose frame was not found
  uint64_t unread = 0;   // of those: the process was gone
  uint64_t refused = 0;  // of those: its memory may not be read
};

class PythonFrames {
 public:
  PythonFrames(recording::Builder& builder, stacks::ModuleStore& modules)
      : builder_(builder), scripts_(builder, modules) {}

  // Something was mapped: makes `process` when it is an interpreter.
  void on_map(std::unique_ptr<PythonProcess>& process, pid_t pid, const stacks::MappedRange& range);
  // Of a child, which has the same interpreter; what it runs is read anew. nullptr for nullptr.
  static std::unique_ptr<PythonProcess> forked(const PythonProcess* parent, pid_t pid);

  enum class Found : uint8_t { kNone, kAgreeing, kLater };
  // Writes the frames of `stack` with those of Python in place of the evaluator's. kNone: nothing
  // was replaced and `out` is not written. kLater: what was read of the process did not agree with
  // the sample any more, so that callers are those of a moment later.
  Found replace(PythonProcess& process, const RawSample& sample, const stacks::UnwoundStack& stack,
                std::vector<stacks::StackFrame>& out);

  const PythonCounts& counts() const { return counts_; }
  const Scripts& scripts() const { return scripts_; }
  void write_diagnostics();

 private:
  void learn(PythonLook& look);
  void read_runs(PythonLook& look);
  bool top_of(PythonLook& look, size_t activation, python::Frame& frame, uint64_t& code,
              bool& agrees);
  bool append(PythonLook& look, size_t activation, std::vector<stacks::StackFrame>& out);
  void append_callers(PythonLook& look, uint64_t at, std::vector<stacks::StackFrame>& out);
  const PythonProcess::KnownCode* code_at(PythonLook& look, uint64_t address, uint64_t globals);
  void describe(PythonLook& look, uint64_t address, uint64_t globals,
                PythonProcess::KnownCode& known);

  recording::Builder& builder_;
  Scripts scripts_;
  PythonCounts counts_;
  std::unordered_map<const stacks::Module*, std::unique_ptr<PythonModule>> modules_;
};

}  // namespace hone::capture
