// What one thread does: reads units for the addresses they hold. And the table in which the
// results of all units come together.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "elf/debug_info.h"
#include "elf/dwarf/function_walk.h"
#include "elf/dwarf/names.h"

namespace hone::elf::dwarf {

struct Job {
  const UnitHeader* header = nullptr;  // in the main file
  const File* split_file = nullptr;    // when the unit is a skeleton whose body was found
  UnitHeader split_header;
  std::vector<uint32_t> addresses;  // indexes, rising

  uint64_t bytes() const {
    return header->end - header->offset + (split_file ? split_header.end - split_header.offset : 0);
  }
};

struct JobResult {
  unsigned reader = 0;
  bool assembly = false;
  std::string producer;
  std::vector<DebugFrame> frames;     // functions and files count in the reader's tables
  std::vector<uint32_t> first_frame;  // [job's addresses + 1]
};

class UnitReader {
 public:
  UnitReader(const File& main, const File* alternate, uint64_t text_begin)
      : main_(main), pool_(alternate, budget_), text_begin_(text_begin) {
    file_id("");
  }

  JobResult read(const Job& job, std::span<const Svma> addresses);

  const std::vector<DebugFunction>& functions() const { return functions_; }
  const std::vector<std::string>& files() const { return files_; }

 private:
  uint32_t file_id(const std::string& path);
  // `low`, `high`: the range of a physical function; 0 and 0 for an inlined call.
  uint32_t function_id(LoadedUnit& unit, const Die& die, uint64_t low, uint64_t high);

  struct FunctionKey {
    const File* file;
    uint64_t origin;
    uint64_t low;
    bool operator==(const FunctionKey&) const = default;
  };
  struct FunctionKeyHash {
    size_t operator()(const FunctionKey& key) const {
      return (reinterpret_cast<uintptr_t>(key.file) ^ key.origin * 0x9e3779b97f4a7c15u) * 31 +
             key.low;
    }
  };

  const File& main_;
  Budget budget_;
  UnitPool pool_;
  uint64_t text_begin_;
  std::vector<DebugFunction> functions_;
  std::vector<std::string> files_;
  std::unordered_map<std::string, uint32_t> file_ids_;
  std::unordered_map<FunctionKey, uint32_t, FunctionKeyHash> function_ids_;
};

// Gathers the results of jobs, in the order of the jobs, whichever thread did them.
class FrameTable {
 public:
  explicit FrameTable(size_t addresses) : frames_of_(addresses) {}
  void add(const Job& job, const JobResult& result, const UnitReader& reader);
  void finish(DebugFrames& out);

 private:
  uint32_t file(const std::string& path);
  uint32_t function(const DebugFunction& function);

  std::vector<std::vector<DebugFrame>> frames_of_;
  std::vector<DebugFunction> functions_;
  std::vector<std::string> files_{""};
  std::unordered_map<std::string, uint32_t> file_ids_{{"", 0}};
  std::unordered_map<std::string, uint32_t> function_ids_;
  std::string producer_;
  size_t producer_addresses_ = 0;
};

}  // namespace hone::elf::dwarf
