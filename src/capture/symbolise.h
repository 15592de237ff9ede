// Names for the frames of a recording: every module once, its sampled addresses together. Used at
// the end of recording, and when a recording is opened that never got its names.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/types.h"
#include "recording/builder.h"
#include "symbols/kernel.h"
#include "symbols/resolve.h"

namespace hone::capture {

// A function of an interpreted source file: its place is its number, from 1.
struct ScriptFunction {
  std::string name;
  uint32_t line = 0;
};

struct JitDumpFile;  // jit_dumps.h

struct SymbolInput {
  ModuleId module{};
  uint8_t kind = 0;  // recording::kModule...
  symbols::ModuleSource source;
  std::span<const ScriptFunction> script;  // of kModuleScript
  const JitDumpFile* jit = nullptr;        // of kModuleAnonymous
};

struct NamedFunction {
  ModuleId module{};
  symbols::Function function;
  uint64_t code_at = 0;  // of JIT code: where in the jitdump it stands; 0: it does not
};
struct NamedLine {
  FrameId frame{};
  uint32_t function = 0;  // index into functions
  uint32_t file = 0;      // index into files; 0 = none
  uint32_t line = 0;
  bool inlined = false;
};
// Of the code from `begin` up to the next one of the module; file and line 0: not known.
struct NamedRange {
  Svma begin{};
  uint32_t file = 0;
  uint32_t line = 0;
};
struct ModuleState {
  ModuleId module{};
  symbols::SymbolState state{};
  bool optimised = true;
  std::string debug_file, producer, missing;
  std::vector<NamedRange> ranges;  // sorted: all code of the functions that were met
};
struct NamedFrames {
  std::vector<NamedFunction> functions;
  std::vector<std::string> files = {""};
  std::vector<NamedLine> lines;  // by frame, innermost first
  std::vector<ModuleState> modules;
};

// `frames[i]` is the frame of id i + 1.
NamedFrames name_frames(std::span<const recording::Builder::FrameKey> frames,
                        std::span<const SymbolInput> modules, const symbols::Options& options);

// Writes them, with the code bytes, and the lines of these, of the functions that hold most of
// `self_ns_by_frame`.
void write_names(recording::Builder& builder, const NamedFrames& names,
                 std::span<const SymbolInput> modules, std::span<const int64_t> self_ns_by_frame);

}  // namespace hone::capture
