// The jitdumps of the recorded processes, read while they grow.
//
//   if (is_jit_dump(event.path)) process.dump = dumps.open(event);
//   frame address = dumps.place(*process.dump, module, address, time);
//
// A place in JIT code is its address, and how many other pieces of code were there before it: code
// is thrown away, and its memory used again.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/host/file.h"
#include "base/types.h"
#include "recording/builder.h"
#include "stacks/module.h"
#include "symbols/jitdump.h"

namespace hone::capture {

struct MapEvent;  // collector.h

// Of a place: the address as mapped. The bits above it are the generation.
inline constexpr uint64_t kJitAddressMask = (uint64_t{1} << 48) - 1;

// "jit-PID.dump", in any folder.
bool is_jit_dump(std::string_view path);

struct JitDumpFile {
  base::UniqueFd fd;
  std::string path;
  symbols::JitDump dump;
  uint64_t taken = 0;  // bytes of it
  TimeNs looked_at{};
  // When a place of generation 0 was first and last seen: its compiler may write of the code only
  // when much has gathered.
  std::unordered_map<uint64_t, std::pair<TimeNs, TimeNs>> seen;

  // nullptr when none is known.
  const symbols::JitCode* code_of(uint64_t place, bool* several = nullptr) const;
};

class JitDumps {
 public:
  // nullptr when it cannot be read. Once a file, however often it is mapped.
  JitDumpFile* open(const MapEvent& event);
  uint64_t place(JitDumpFile& file, stacks::Module& module, uint64_t address, TimeNs time);
  const JitDumpFile* of(const stacks::Module& module) const;
  // Reads what is left, and says what was wrong.
  void finish(recording::Builder& builder);

 private:
  void read_on(JitDumpFile& file);
  std::deque<JitDumpFile> files_;
  std::unordered_map<const stacks::Module*, JitDumpFile*> of_module_;
  std::vector<std::pair<std::pair<uint64_t, uint64_t>, JitDumpFile*>> by_inode_;
  std::vector<uint8_t> buffer_;
};

}  // namespace hone::capture
