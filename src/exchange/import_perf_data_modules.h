// The files of code that a perf.data names, found again on this machine: by build id at their
// paths, among debug files and in perf's own cache (~/.debug), without one by their inodes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/host/file.h"
#include "exchange/import_perf_data_features.h"
#include "exchange/intake.h"
#include "stacks/module.h"

namespace hone::exchange::perf_data {

struct MappedFile {
  int32_t pid = 0;
  std::string_view path;
  std::vector<uint8_t> build_id;  // empty: the record has none
  stacks::FileIdentity identity;  // inode 0: the record has none
};

class Modules {
 public:
  // Made-up paths without end get one module together.
  static constexpr size_t kModulesMost = 1 << 16;

  Modules(Intake& to, const Features& features);

  stacks::ModuleStore& store() { return store_; }
  stacks::Module* of(const MappedFile& file);
  stacks::Module* kernel() { return store_.kernel(); }
  // Written when it is first asked for.
  ModuleId id(stacks::Module& module);
  // Where the kernel's code began when it was recorded; 0: the file does not say.
  void kernel_begins_at(uint64_t address, std::vector<uint8_t> build_id) {
    kernel_begin_ = address;
    kernel_build_id_ = std::move(build_id);
  }

  // Has the frames named, and says what was not found.
  void finish(std::span<const int64_t> self_ns_by_frame);

 private:
  const std::vector<uint8_t>* build_id_of(std::string_view path);
  stacks::Module* find(const MappedFile& file, std::span<const uint8_t> build_id);
  stacks::Module* anonymous(const MappedFile& file);
  base::UniqueFd perf_map(int32_t pid);
  stacks::Module* vdso(std::span<const uint8_t> build_id);
  stacks::Module* missing(std::string_view path, std::span<const uint8_t> build_id,
                          std::string problem);
  bool is_running_kernel();
  void no_names(const stacks::Module& module, std::string_view why);

  Intake& to_;
  const Features& features_;
  stacks::ModuleStore store_;
  std::unordered_map<std::string, stacks::Module*> by_key_;
  std::unordered_map<std::string, size_t> build_id_by_path_;  // index into features_.build_ids
  size_t indexed_ = 0;
  std::unordered_set<const stacks::Module*> unverified_;
  std::unordered_set<int32_t> without_map_;  // processes
  uint64_t missing_ = 0, perf_maps_ = 0;
  uint64_t kernel_begin_ = 0;
  std::vector<uint8_t> kernel_build_id_;  // of its mapping; empty: that has none
};

}  // namespace hone::exchange::perf_data
