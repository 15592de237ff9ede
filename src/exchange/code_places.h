// Code as files describe it that know more than a name: a function's own file and its line's, calls
// that were inlined, modules by path and build id. One to a recording: Intake::places(); what is
// known by a name alone is Intake::code().
//
//   CodePlaces& places = to.places();
//   const ModuleId module = places.module("/usr/bin/app");
//   const FunctionId step = places.function({.module = module, .name = "step", .file = "a.cc"});
//   const FrameId frame = places.frame(module, {{.function = step, .file = "b.h", .line = 7}});
//
// The same is one row of its table each time. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "recording/builder.h"

namespace hone::exchange {

class CodePlaces {
 public:
  explicit CodePlaces(recording::Builder& out) : out_(&out) {}

  // `build_id`: its bytes, or empty. A module that is no path ("[vdso]", "libc.so.6") holds code
  // that nobody looks up.
  ModuleId module(std::string_view path, std::string_view build_id = {});

  struct Function {
    ModuleId module{};
    std::string_view name, mangled, file;
    uint32_t line = 0;  // of its declaration
  };
  FunctionId function(const Function& of);

  struct Level {
    FunctionId function{};
    std::string_view file;
    uint32_t line = 0;
  };
  // `levels`, innermost first: each was inlined into the next.
  FrameId frame(ModuleId module, std::span<const Level> levels);
  // The same of one function that nothing was inlined into, at a line of its own file. Only its
  // module, name and file are looked at.
  FrameId frame(const Function& of, uint32_t line);
  // The same for a frame that was given its row elsewhere.
  void write_levels(FrameId frame, std::span<const Level> levels);
  // Bytes that are kept to know places again.
  uint64_t held() const { return held_; }

 private:
  void hold(size_t text_bytes);

  // What text importers look up for every frame of theirs: one table by numbers, before those
  // below.
  struct Place {
    uint32_t module = 0, name = 0, file = 0, line = 0;
    bool operator==(const Place&) const = default;
  };
  struct HashOfPlace {
    size_t operator()(const Place& of) const {
      const uint64_t a = uint64_t{of.module} << 32 | of.name, b = uint64_t{of.file} << 32 | of.line;
      const uint64_t mixed = (a ^ b * 0xd1b54a32d192ed03) * 0x9e3779b97f4a7c15;
      return mixed ^ mixed >> 32;
    }
  };

  recording::Builder* out_;
  std::unordered_map<Place, FrameId, HashOfPlace> places_;
  // Keys are of numbers of texts, which the recording holds once.
  std::unordered_map<std::string, ModuleId> modules_;
  std::unordered_map<std::string, FunctionId> functions_;
  std::unordered_map<std::string, FrameId> frames_;
  std::string key_;
  std::string last_path_;  // of the module without a build id that was asked for last
  ModuleId last_module_{};
  uint64_t next_address_ = 1, held_ = 0;
};

}  // namespace hone::exchange
