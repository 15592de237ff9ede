// What one thread does: reads units for the addresses they hold. And the table in which the
// results of all units come together.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "elf/code_map.h"
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
  uint32_t address_count = 0;  // of the job's, that something is known of
  std::string producer;
  CodeMap code;  // functions and files count in the reader's tables; not settled
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
  // A stretch of code that becomes an extent.
  struct Target {
    uint64_t low = 0, high = 0, anchor = 0;
    uint32_t part = FunctionWalk::kNone;
    std::vector<LineTable::Row> rows;
  };
  uint32_t file_id(const std::string& path);
  // `low`, `high`: the range of a physical function; 0 and 0 for an inlined call.
  uint32_t function_id(LoadedUnit& unit, const Die& die, uint64_t low, uint64_t high);
  static std::vector<Target> targets_of(const FunctionWalk& walk, std::span<const uint64_t> sorted,
                                        const LoadedUnit& skeleton, const LoadedUnit& unit);
  void read_rows(const LoadedUnit& skeleton, std::vector<Target>& targets) const;
  void add_rows(LoadedUnit& unit, Target& target, CodeMap& out);
  void add_calls(LoadedUnit& unit, const FunctionWalk& walk, std::span<const uint32_t> calls,
                 uint64_t low, CodeMap& out);

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
class MapTable {
 public:
  explicit MapTable(size_t readers) : functions_of_(readers), files_of_(readers) {}
  void add(const JobResult& result, const UnitReader& reader);
  void finish(DebugMap& out);

 private:
  // Ids of a reader's functions or files -> ids here; made when they are met.
  using Remap = std::vector<uint32_t>;
  uint32_t file(Remap& known, const UnitReader& reader, uint32_t id);
  uint32_t function(Remap& known, const UnitReader& reader, uint32_t id);

  std::vector<Remap> functions_of_, files_of_;
  CodeMap code_;
  std::vector<DebugFunction> functions_;
  std::vector<std::string> files_{""};
  std::unordered_map<std::string, uint32_t> file_ids_{{"", 0}};
  std::unordered_map<std::string, uint32_t> function_ids_;
  std::string producer_;
  uint32_t producer_addresses_ = 0;
};

}  // namespace hone::elf::dwarf
