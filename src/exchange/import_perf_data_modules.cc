#include "exchange/import_perf_data_modules.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>

#include "base/host/file.h"
#include "base/host/guarded_mapping.h"
#include "base/host/text.h"
#include "elf/image.h"
#include "symbols/kernel.h"
#include "symbols/resolve.h"

namespace hone::exchange::perf_data {
namespace {

constexpr size_t kFdsMost = 400;
constexpr size_t kPerfMapsMost = 64;
constexpr std::string_view kKernelName = "[kernel.kallsyms]";

struct stat status_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) status = {};
  return status;
}

bool has_build_id(const std::string& path, std::span<const uint8_t> build_id) {
  if (status_of(path).st_ino == 0) return false;
  // Without waiting: it may have become a pipe by now.
  auto fd = base::open_file(path, O_RDONLY | O_NONBLOCK);
  if (!fd) return false;
  auto mapping = base::Mapping::of_file(fd->get(), path);
  if (!mapping) return false;
  const base::GuardedMapping file(std::move(*mapping));
  const auto image = elf::Image::parse(file.bytes());
  return image && std::equal(build_id.begin(), build_id.end(), image->build_id().begin(),
                             image->build_id().end());
}

// Where a file of that build id may lie: at its path, and in the caches that perf and distributions
// keep by build id (perf-buildid-cache(1)).
std::vector<std::string> places_of(std::string_view path, std::span<const uint8_t> build_id) {
  std::vector<std::string> out;
  if (path.starts_with('/')) out.emplace_back(path);
  if (build_id.size() < 2) return out;
  const std::string hex = base::hex_text(build_id);
  const std::string below = "/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2);
  std::string cache;
  if (const char* given = std::getenv("PERF_BUILDID_DIR")) {
    cache = given;
  } else if (const char* home = std::getenv("HOME")) {
    cache = std::string(home) + "/.debug";
  }
  if (!cache.empty()) {
    for (const char* name : {"/elf", "/vdso", ""}) out.push_back(cache + below + name);
  }
  out.push_back("/usr/lib/debug" + below);
  return out;
}

stacks::FileIdentity identity_at(const std::string& path) {
  const struct stat status = status_of(path);
  return {.device = status.st_dev, .inode = status.st_ino};
}

}  // namespace

Modules::Modules(Intake& to, const Features& features)
    : to_(to),
      features_(features),
      store_({.cache_folder = base::cache_folder(), .fds_max = kFdsMost}) {}

const std::vector<uint8_t>* Modules::build_id_of(std::string_view path) {
  for (; indexed_ < features_.build_ids.size(); ++indexed_) {
    const FileBuildId& each = features_.build_ids[indexed_];
    if (!each.of_guest && !each.id.empty()) build_id_by_path_[each.path] = indexed_;
  }
  const auto found = build_id_by_path_.find(std::string(path));
  return found == build_id_by_path_.end() ? nullptr : &features_.build_ids[found->second].id;
}

stacks::Module* Modules::of(const MappedFile& file) {
  const bool is_vdso = file.path == "[vdso]";
  const bool is_file = file.path.starts_with('/') && !file.path.starts_with("//") &&
                       !file.path.starts_with("/memfd:") && !file.path.starts_with("/SYSV") &&
                       !file.path.starts_with("/dev/zero");
  if (!is_file && !is_vdso) {
    return anonymous(file);
  }
  std::vector<uint8_t> build_id = file.build_id;
  if (build_id.empty()) {
    if (const auto* known = build_id_of(file.path)) build_id = *known;
  }
  std::string key(file.path);
  key += '\0';
  key += build_id.empty() ? fmt::format("{}:{}:{}", file.identity.device, file.identity.inode,
                                        file.identity.generation)
                          : base::hex_text(build_id);
  if (const auto known = by_key_.find(key); known != by_key_.end()) return known->second;
  if (by_key_.size() >= kModulesMost) return store_.anonymous("//more", 0);
  stacks::Module* module = is_vdso ? vdso(build_id) : find(file, build_id);
  by_key_.emplace(std::move(key), module);
  return module;
}

// Code without a file: what made it may have left a list of its functions.
stacks::Module* Modules::anonymous(const MappedFile& file) {
  stacks::Module* module =
      store_.anonymous(std::string(file.path.empty() ? "//anon" : file.path), file.pid);
  if (module->fd || module->id != ModuleId::kNone || perf_maps_ >= kPerfMapsMost ||
      without_map_.contains(file.pid)) {
    return module;
  }
  module->fd = perf_map(file.pid);
  if (!module->fd) {
    without_map_.insert(file.pid);
    return module;
  }
  module->path = "[jit]";
  ++perf_maps_;
  return module;
}

// /tmp/perf-PID.map, where the file was recorded on this machine. Numbers of processes are given
// out again: that it is the same process is what nobody can say.
base::UniqueFd Modules::perf_map(int32_t pid) {
  utsname names{};
  if (::uname(&names) != 0 || features_.host != names.nodename) return {};
  const std::string path = fmt::format("/tmp/perf-{}.map", pid);
  base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)};
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  // Anybody may write to that folder: only what is the person's own, or root's, names functions.
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) return {};
  return fd;
}

stacks::Module* Modules::find(const MappedFile& file, std::span<const uint8_t> build_id) {
  const std::string path(file.path);
  if (!build_id.empty()) {
    for (const std::string& place : places_of(path, build_id)) {
      if (!has_build_id(place, build_id)) continue;
      const std::string candidates[] = {place};
      return store_.of_file(identity_at(place), path, candidates);
    }
    const bool is_there = status_of(path).st_ino != 0;
    return missing(path, build_id,
                   is_there ? path + ": is another file than the one that was recorded"
                            : path + ": is not on this machine");
  }
  const stacks::FileIdentity here = identity_at(path);
  if (here.inode == 0) return missing(path, {}, path + ": is not on this machine");
  if (file.identity.inode != 0 && file.identity.inode != here.inode) {
    return missing(path, {}, path + ": is another file than the one that was recorded");
  }
  // Its inode may be that of another machine, and by chance the same.
  const std::string candidates[] = {path};
  stacks::Module* module = store_.of_file(here, path, candidates);
  unverified_.insert(module);
  return module;
}

stacks::Module* Modules::vdso(std::span<const uint8_t> build_id) {
  stacks::Module* own = store_.vdso();
  const bool is_same = build_id.empty()
                           ? [&] {
                               utsname names{};
                               return ::uname(&names) == 0 && features_.release == names.release;
                             }()
                           : std::equal(build_id.begin(), build_id.end(), own->build_id.begin(),
                                        own->build_id.end());
  if (is_same) return own;
  for (const std::string& place : places_of("", build_id)) {
    if (!has_build_id(place, build_id)) continue;
    const std::string candidates[] = {place};
    return store_.of_file(identity_at(place), "[vdso]", candidates);
  }
  return missing("[vdso]", build_id, "[vdso]: is that of another kernel");
}

// A module that is known by name alone.
stacks::Module* Modules::missing(std::string_view path, std::span<const uint8_t> build_id,
                                 std::string problem) {
  ++missing_;
  const stacks::FileIdentity none{.device = UINT64_MAX, .inode = missing_};
  stacks::Module* module = store_.of_file(none, std::string(path), {});
  module->build_id.assign(build_id.begin(), build_id.end());
  module->problem = std::move(problem);
  return module;
}

ModuleId Modules::id(stacks::Module& module) {
  if (module.id != ModuleId::kNone) return module.id;
  recording::Builder& builder = to_.builder();
  module.id = builder.append_id<ModuleId>(recording::ModuleRow{
      .path = builder.string(module.path, recording::TextKind::kPath),
      .build_id = {reinterpret_cast<const char*>(module.build_id.data()), module.build_id.size()},
      .kind = static_cast<uint8_t>(module.kind),
      .arch = static_cast<uint8_t>(module.arch),
      .image_base = module.image_base});
  return module.id;
}

// Kernel addresses mean something to the boot in which they were taken: the same build, and moved
// to the same place at its start.
bool Modules::is_running_kernel() {
  if (kernel_begin_ == 0) return false;
  const std::vector<uint8_t>* build_id = &kernel_build_id_;
  if (build_id->empty()) build_id = build_id_of(kKernelName);
  if (build_id != nullptr) {
    const auto notes = base::read_file("/sys/kernel/notes");
    const std::string_view wanted(reinterpret_cast<const char*>(build_id->data()),
                                  build_id->size());
    if (!notes || notes->find(wanted) == std::string::npos) return false;
  } else {
    utsname names{};
    if (::uname(&names) != 0 || features_.release != names.release) return false;
  }
  const auto symbols = symbols::KernelSymbols::load();
  return symbols && raw(symbols->find(Avma{kernel_begin_}).start) == kernel_begin_;
}

void Modules::no_names(const stacks::Module& module, std::string_view why) {
  recording::Builder& builder = to_.builder();
  builder.append(
      recording::ModuleSymbolsRow{.module = module.id,
                                  .state = static_cast<uint8_t>(symbols::SymbolState::kNoFile),
                                  .optimised = 1,
                                  .debug_file = StringId::kNone,
                                  .producer = StringId::kNone,
                                  .missing = builder.string(why, recording::TextKind::kSentence)});
}

void Modules::finish(std::span<const int64_t> self_ns_by_frame) {
  std::vector<CodeModule> named;
  uint64_t nowhere = 0, unverified = 0;
  for (const stacks::Module& module : store_.modules()) {
    if (module.id == ModuleId::kNone) continue;
    if (unverified_.contains(&module)) ++unverified;
    const bool is_code_file =
        module.kind == stacks::ModuleKind::kFile || module.kind == stacks::ModuleKind::kVdso;
    if (module.kind == stacks::ModuleKind::kKernel && !is_running_kernel()) {
      no_names(module, "the kernel that was recorded is not the one that runs here now");
      to_.left("perf_data.other_kernel",
               "functions of the kernel have no names: another one runs here, or it was started "
               "anew since, or hides its addresses",
               1);
      continue;
    }
    if (is_code_file && module.segments.empty()) {
      no_names(module, module.problem);
      ++nowhere;
      continue;
    }
    named.push_back({.module = module.id,
                     .kind = static_cast<uint8_t>(module.kind),
                     .source = {.path = module.path,
                                .fd = module.fd ? module.fd.get() : -1,
                                .image = module.image,
                                .build_id = module.build_id}});
  }
  to_.left("perf_data.modules_not_found",
           "files of code are not on this machine as they were recorded: their functions have no "
           "names, and stacks are not walked through them",
           nowhere);
  to_.left("perf_data.modules_not_checked",
           "files of code were taken by their paths: the recording has no build ids to check them "
           "by (perf record --buildid-mmap)",
           unverified, recording::kInfo);
  to_.left("perf_data.perf_maps",
           "lists of a JIT compiler's code (/tmp/perf-PID.map) were taken by the number of their "
           "process alone",
           perf_maps_, recording::kInfo);
  to_.name_code(named, self_ns_by_frame);
}

}  // namespace hone::exchange::perf_data
