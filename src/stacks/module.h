// The code files (and the vDSO) that processes map, each held by descriptor from its first mapping,
// with its compact unwind table.
//
//   ModuleStore store({.cache_folder = base::cache_folder()});
//   Module* module = store.of_file({.device = dev, .inode = ino}, "/usr/bin/xz", candidates);
//   const unwind::TableView& table = store.table(*module);
//
// Modules live as long as the store and never move. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/host/file.h"
#include "base/types.h"
#include "elf/image.h"
#include "unwind/table.h"

namespace hone::stacks {

enum class ModuleKind : uint8_t {
  kFile = 1,
  kVdso = 2,
  kKernel = 3,
  kKernelModule = 4,
  kAnonymous = 5,
  kScript = 6  // a source file that an interpreter runs: addresses are of whoever reads them
};

struct Module {
  ModuleKind kind = ModuleKind::kFile;
  std::string path;  // as mapped in the target
  // The file; of anonymous code what its JIT compiler says of it (a perf map). Absent: it could not
  // be opened, or there is none.
  base::UniqueFd fd;
  std::vector<uint8_t> build_id;
  std::vector<elf::Segment> segments;
  unwind::Arch arch = unwind::kNativeArch;
  Svma image_base{};
  Svma entry{};                // where the kernel starts it: no frame above it
  std::vector<uint8_t> image;  // the vDSO's bytes
  pid_t pid = 0;               // of anonymous code: the process that mapped it first
  std::string problem;         // why it could not be read; empty when it could
  ModuleId id{};               // in the recording, given by whoever writes it

  // The linked address of the first byte of an executable mapping at that offset of the file.
  std::optional<Svma> svma_of(FileOffset offset) const;
  // Copies code at `address`, from the file or the image; false when it is not all there.
  bool read_code(Svma address, uint8_t* out, size_t bytes) const;

 private:
  friend class ModuleStore;
  bool table_tried = false;
  unwind::TableView table;
  base::Mapping table_bytes;
};

struct FileIdentity {
  uint64_t device = 0, inode = 0, generation = 0;
  bool operator==(const FileIdentity&) const = default;
};

struct ModuleStoreOptions {
  std::string cache_folder;  // of unwind tables by build id; empty: no cache
  // Modules beyond this are not held open: their tables are made at once, and their names are
  // looked for by path.
  size_t fds_max = ~size_t{0};
};

struct ModuleStoreCosts {
  uint64_t tables_compiled = 0, tables_from_cache = 0, tables_failed = 0;
  uint64_t fdes_compiled = 0, fdes_unsupported = 0;
  int64_t compile_ns = 0;
};

class ModuleStore {
 public:
  explicit ModuleStore(ModuleStoreOptions options);

  // The module of that identity; opened at its first call from the first of `candidates` whose
  // inode is the one that was mapped. `path` is what the target sees.
  Module* of_file(const FileIdentity& identity, const std::string& path,
                  std::span<const std::string> candidates);
  // Code without a file: one module a name ("//anon", "[heap]", "/memfd:x") and process, since what
  // it holds is known by addresses that are that process's.
  Module* anonymous(const std::string& name, pid_t pid = 0);
  // A source file of an interpreted language: nothing is mapped or opened.
  Module* script(const std::string& path);
  Module* vdso();
  Module* kernel();

  // Empty when the module has no unwind information (or its problem says why). Compiled at the
  // first call, or read from the cache.
  const unwind::TableView& table(Module& module);

  const std::deque<Module>& modules() const { return modules_; }
  std::deque<Module>& modules() { return modules_; }
  const ModuleStoreCosts& costs() const { return costs_; }

 private:
  struct IdentityHash {
    size_t operator()(const FileIdentity& id) const {
      return static_cast<size_t>((id.inode * 0x9e3779b97f4a7c15u) ^ (id.device << 32) ^
                                 id.generation);
    }
  };
  void read_file_facts(Module& module);
  void compile_table(Module& module, const elf::Image& image);
  bool load_cached_table(Module& module, const std::string& path);

  ModuleStoreOptions options_;
  ModuleStoreCosts costs_;
  std::deque<Module> modules_;
  std::unordered_map<FileIdentity, Module*, IdentityHash> by_identity_;
  std::unordered_map<std::string, Module*> by_name_;
  size_t held_fds_ = 0;
  Module* vdso_ = nullptr;
  Module* kernel_ = nullptr;
};

}  // namespace hone::stacks
