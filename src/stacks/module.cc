#include "stacks/module.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/host/clock.h"
#include "base/host/guarded_mapping.h"
#include "base/host/text.h"
#include "unwind/compile.h"

namespace hone::stacks {
namespace {

// Tables of another layout are never read: the version is part of the folder's name.
constexpr const char* kTableFolder = "/unwind-1/";
// The vDSO is two to four pages; its end is found by the mapping, this bounds the search.
constexpr uint64_t kVdsoBytesMax = 64 << 10;
// One module a name, so a program that makes up names without end shares the last one.
constexpr size_t kAnonymousNamesMax = 4096;

uint64_t page_bytes() {
  static const auto bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

// A file without a build id is known by what its table is compiled from.
std::string table_key(const Module& module, const elf::Image& image) {
  if (!module.build_id.empty()) return base::hex_text(module.build_id);
  const unwind::FrameSection frames = image.eh_frame();
  if (frames.size == 0) return {};
  const uint64_t hash = XXH3_64bits_withSeed(frames.bytes, frames.size, raw(frames.address));
  char text[32];
  std::snprintf(text, sizeof text, "h%016llx", static_cast<unsigned long long>(hash));
  return text;
}

uint64_t vdso_bytes(uint64_t address) {
  auto maps = base::read_file("/proc/self/maps");
  if (!maps) return 0;
  char start[32];
  std::snprintf(start, sizeof start, "%llx-", static_cast<unsigned long long>(address));
  const size_t at = maps->find(start);
  if (at == std::string::npos) return 0;
  const uint64_t end = std::strtoull(maps->c_str() + at + std::strlen(start), nullptr, 16);
  return end > address ? std::min(end - address, kVdsoBytesMax) : 0;
}

// Opens `path` if it is the file that was mapped. It is looked at before it is opened: the name is
// the target's choice, and opening a FIFO may hang, opening a device may do something.
Result<base::UniqueFd> open_mapped(const std::string& path, const FileIdentity& identity) {
  HONE_TRY_ASSIGN(const base::UniqueFd place, base::open_file(path, O_PATH));
  struct stat status {};
  if (::fstat(place.get(), &status) != 0 || status.st_ino != identity.inode ||
      !S_ISREG(status.st_mode)) {
    return fail(Code::InvalidArgument, path + ": is no longer the file that was mapped");
  }
  return base::open_file("/proc/self/fd/" + std::to_string(place.get()), O_RDONLY);
}

}  // namespace

std::optional<Svma> Module::svma_of(FileOffset offset) const {
  const uint64_t at = raw(offset);
  // A mapping starts at a page, so its offset may lie before the segment that it maps, inside the
  // bytes of the one before: the executable segment whose pages hold the offset is the one meant.
  for (const elf::Segment& s : segments) {
    const uint64_t page = raw(s.offset) & ~(page_bytes() - 1);
    if (s.executable && at >= page && at < raw(s.offset) + s.file_bytes) {
      return Svma{raw(s.svma) - (raw(s.offset) - at)};
    }
  }
  for (const elf::Segment& s : segments) {
    if (at >= raw(s.offset) && at < raw(s.offset) + s.file_bytes) {
      return Svma{raw(s.svma) + (at - raw(s.offset))};
    }
  }
  return std::nullopt;
}

bool Module::read_code(Svma address, uint8_t* out, size_t bytes) const {
  for (const elf::Segment& s : segments) {
    const uint64_t inside = raw(address) - raw(s.svma);
    if (raw(address) < raw(s.svma) || bytes > s.file_bytes || inside > s.file_bytes - bytes)
      continue;
    const uint64_t at = raw(s.offset) + inside;
    if (fd)
      return ::pread(fd.get(), out, bytes, static_cast<off_t>(at)) == static_cast<ssize_t>(bytes);
    if (bytes > image.size() || at > image.size() - bytes) return false;
    std::memcpy(out, image.data() + at, bytes);
    return true;
  }
  return false;
}

ModuleStore::ModuleStore(ModuleStoreOptions options) : options_(std::move(options)) {
  if (options_.cache_folder.empty()) return;
  options_.cache_folder += kTableFolder;
  std::error_code error;
  std::filesystem::create_directories(options_.cache_folder, error);
  if (error) options_.cache_folder.clear();
}

Module* ModuleStore::of_file(const FileIdentity& identity, const std::string& path,
                             std::span<const std::string> candidates) {
  auto [entry, inserted] = by_identity_.try_emplace(identity, nullptr);
  if (!inserted) return entry->second;
  Module& module = modules_.emplace_back();
  entry->second = &module;
  module.path = path;
  for (const std::string& candidate : candidates) {
    auto fd = open_mapped(candidate, identity);
    if (!fd) {
      if (module.problem.empty() || fd.error().code == Code::InvalidArgument) {
        module.problem = fd.error().message;
      }
      continue;
    }
    module.fd = std::move(*fd);
    module.problem.clear();
    break;
  }
  read_file_facts(module);
  if (module.fd && ++held_fds_ > options_.fds_max) {
    (void)table(module);
    module.fd.reset();
    --held_fds_;
  }
  return &module;
}

void ModuleStore::read_file_facts(Module& module) {
  if (!module.fd) return;
  auto file = base::Mapping::of_file(module.fd.get(), module.path);
  if (!file) {
    module.problem = file.error().message;
    return;
  }
  const base::GuardedMapping mapping(std::move(*file));
  auto image = elf::Image::parse(mapping.bytes());
  if (!image) {
    module.problem = module.path + ": " + image.error().message;
    module.fd.reset();  // nothing more can be had from it
    return;
  }
  module.build_id.assign(image->build_id().begin(), image->build_id().end());
  module.segments = image->segments();
  module.arch = image->arch();
  module.entry = image->entry();
  if (!module.segments.empty()) {
    module.image_base = Svma{raw(module.segments.front().svma) & ~(page_bytes() - 1)};
  }
}

Module* ModuleStore::anonymous(const std::string& name, pid_t pid) {
  const std::string key = std::to_string(pid) + ' ' + name;
  if (by_name_.size() >= kAnonymousNamesMax && !by_name_.contains(key) &&
      (pid != 0 || name != "//anon")) {
    return anonymous("//anon", 0);
  }
  auto [entry, inserted] = by_name_.try_emplace(key, nullptr);
  if (inserted) {
    Module& module = modules_.emplace_back();
    module.kind = ModuleKind::kAnonymous;
    module.path = name;
    module.pid = pid;
    module.table_tried = true;
    entry->second = &module;
  }
  return entry->second;
}

Module* ModuleStore::script(const std::string& path) {
  auto [entry, inserted] = by_name_.try_emplace("script " + path, nullptr);
  if (inserted) {
    Module& module = modules_.emplace_back();
    module.kind = ModuleKind::kScript;
    module.path = path;
    module.table_tried = true;
    entry->second = &module;
  }
  return entry->second;
}

Module* ModuleStore::vdso() {
  if (vdso_) return vdso_;
  Module& module = modules_.emplace_back();
  vdso_ = &module;
  module.kind = ModuleKind::kVdso;
  module.path = "[vdso]";
  // Every process of this kernel and architecture maps the same bytes as we do.
  const uint64_t address = ::getauxval(AT_SYSINFO_EHDR);
  const uint64_t bytes = address ? vdso_bytes(address) : 0;
  const auto* begin = reinterpret_cast<const uint8_t*>(address);
  module.image.assign(begin, begin + bytes);
  auto image = elf::Image::parse(module.image);
  if (!image) {
    module.problem = "[vdso]: " + image.error().message;
    return vdso_;
  }
  module.build_id.assign(image->build_id().begin(), image->build_id().end());
  module.segments = image->segments();
  module.arch = image->arch();
  return vdso_;
}

Module* ModuleStore::kernel() {
  if (!kernel_) {
    kernel_ = &modules_.emplace_back();
    kernel_->kind = ModuleKind::kKernel;
    kernel_->path = "[kernel]";
    kernel_->table_tried = true;
  }
  return kernel_;
}

const unwind::TableView& ModuleStore::table(Module& module) {
  if (module.table_tried) return module.table;
  module.table_tried = true;
  base::GuardedMapping mapping;
  std::span<const uint8_t> bytes = module.image;
  if (module.fd) {
    // By build id the file itself need not be touched.
    if (!module.build_id.empty() && !options_.cache_folder.empty() &&
        load_cached_table(module, options_.cache_folder + base::hex_text(module.build_id))) {
      return module.table;
    }
    auto mapped = base::Mapping::of_file(module.fd.get(), module.path);
    if (!mapped) {
      module.problem = mapped.error().message;
      return module.table;
    }
    mapping = base::GuardedMapping(std::move(*mapped));
    bytes = mapping.bytes();
  }
  if (bytes.empty()) return module.table;
  auto image = elf::Image::parse(bytes);
  if (!image) {
    module.problem = module.path + ": " + image.error().message;
    ++costs_.tables_failed;
    return module.table;
  }
  const std::string key = options_.cache_folder.empty() || module.kind == ModuleKind::kVdso
                              ? std::string{}
                              : table_key(module, *image);
  const std::string path = key.empty() ? key : options_.cache_folder + key;
  if (module.build_id.empty() && !path.empty() && load_cached_table(module, path)) {
    return module.table;
  }
  compile_table(module, *image);
  if (module.table && !path.empty()) {
    // A cache that cannot be written costs the next run a compile, and nothing else.
    (void)base::write_file_atomically(
        path, module.table_bytes.bytes().first(module.table.header->table_bytes));
  }
  return module.table;
}

bool ModuleStore::load_cached_table(Module& module, const std::string& path) {
  auto mapping = base::Mapping::of_file(path);
  if (!mapping || !*mapping) return false;
  unwind::TableView view;
  if (unwind::parse_table(mapping->data(), mapping->size(), &view) != base::Err::kOk) return false;
  if (view.header->arch != module.arch) return false;
  module.table_bytes = std::move(*mapping);
  module.table = view;
  ++costs_.tables_from_cache;
  return true;
}

void ModuleStore::compile_table(Module& module, const elf::Image& image) {
  const int64_t start = raw(base::thread_cpu_time());
  const unwind::FrameSection eh_frame = image.eh_frame();
  const unwind::FrameSection debug_frame = image.debug_frame();
  auto memory =
      base::Mapping::anonymous(unwind::compile_memory_bytes(eh_frame.size + debug_frame.size));
  if (!memory) {
    module.problem = memory.error().message;
    ++costs_.tables_failed;
    return;
  }
  unwind::CompileResult result;
  const base::Err err =
      unwind::compile(module.arch, eh_frame, debug_frame, memory->data(), memory->size(), &result);
  if (err == base::Err::kOk &&
      unwind::parse_table(memory->data(), result.table_bytes, &module.table) == base::Err::kOk) {
    module.table_bytes = std::move(*memory);
    ++costs_.tables_compiled;
    costs_.fdes_compiled += result.fde_count;
    costs_.fdes_unsupported += result.unsupported_count;
  } else {
    module.table = {};
    module.problem = module.path + ": its unwind information cannot be used: " + base::text(err);
    ++costs_.tables_failed;
  }
  costs_.compile_ns += raw(base::thread_cpu_time()) - start;
}

}  // namespace hone::stacks
