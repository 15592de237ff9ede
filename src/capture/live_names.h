// Functions' names for frames while they are still being sampled. Reading symbols may take seconds
// (DWARF of a large program): it is done on a thread of its own, and what has no name yet bears
// that of its module.
//
//   LiveNames names;
//   names.ask(builder.frames(), modules);   // now and then; returns at once
//   for (const uint32_t f : names.functions_of(frame)) use(names.function(f));
//
// All functions are for the one thread that made it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/types.h"
#include "recording/builder.h"
#include "stacks/module.h"

namespace hone::capture {

class Scripts;  // scripts.h

struct LiveFunction {
  std::string name;           // demangled; "libx.so+0x1f20" for one that has none
  std::string module;         // file name
  uint32_t module_index = 0;  // one a module: groups functions
};

class LiveNames {
 public:
  LiveNames();
  ~LiveNames();
  LiveNames(const LiveNames&) = delete;
  LiveNames& operator=(const LiveNames&) = delete;

  // Takes over the names that were found meanwhile, and has those of new frames looked for. Both
  // arguments must stay until this is destroyed, or forgot them and reads them no more; `frames`
  // only grows. `hurry`: now, however much the look-up before has cost.
  // `scripts`: what functions of interpreted files are called.
  void ask(std::span<const recording::Builder::FrameKey> frames, stacks::ModuleStore& modules,
           bool hurry = false, const Scripts* scripts = nullptr);
  // Frames begin anew. A look-up under way goes on reading what it was given.
  void forget();
  // Such a look-up, of what was forgotten, is still under way.
  bool reads_forgotten();

  // Innermost first, at least one; valid until the next ask().
  std::span<const uint32_t> functions_of(FrameId frame) const;
  const LiveFunction& function(uint32_t index) const;
  // Frames that are still to be named: the last ones.
  size_t pending() const;
  // False when no thread could be made for it: then modules' names are all that there will be.
  bool works() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hone::capture
