// Functions of interpreted languages as places in a recording: a module a source file, and within
// it an address of a function's number and a line.
//
//   Scripts scripts(builder, modules);
//   const ScriptPlace place = scripts.place({"/app/app.py", "app", "Server.handle", 12});
//   frame = {place.module, script_address(place.number, 15)};
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "capture/symbolise.h"
#include "recording/builder.h"
#include "stacks/module.h"

namespace hone::capture {

struct ScriptPlace {
  stacks::Module* module = nullptr;
  uint32_t number = 0;
};

constexpr uint64_t script_address(uint32_t number, uint32_t line) {
  return static_cast<uint64_t>(number) << 32 | line;
}

class Scripts {
 public:
  // Both must outlive it.
  Scripts(recording::Builder& builder, stacks::ModuleStore& modules)
      : builder_(builder), modules_(modules) {}

  struct Function {
    std::string file;
    std::string unit;   // module of the language that it is in, shown before its name; may be empty
    std::string name;   // within that
    uint32_t line = 0;  // where it begins
  };
  // Written to the recording when it is new, or when its unit was not known before. A module of
  // nullptr when there are more than can be told apart.
  ScriptPlace place(const Function& function);
  // In the order of their numbers; none for a module that is no script's.
  std::span<const ScriptFunction> functions_of(const stacks::Module& module) const;

 private:
  struct File {
    std::vector<ScriptFunction> functions;
    std::vector<bool> has_unit;
    std::unordered_map<std::string, uint32_t> number_of;
  };
  recording::Builder& builder_;
  stacks::ModuleStore& modules_;
  std::unordered_map<const stacks::Module*, File> files_;
  size_t function_count_ = 0;
};

}  // namespace hone::capture
