#include "symbols/module_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

namespace hone::symbols {

bool same_bytes(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

Result<ElfFile> open_elf(const std::string& path) {
  ElfFile file;
  file.path = path;
  // Without waiting: what a hostile file names as its debug file may be a pipe.
  HONE_TRY_ASSIGN(base::UniqueFd fd, base::open_file(path, O_RDONLY | O_NONBLOCK));
  HONE_TRY_ASSIGN(base::Mapping mapping, base::Mapping::of_file(fd.get(), path));
  file.mapping = base::GuardedMapping(std::move(mapping));
  HONE_TRY_ASSIGN(file.image, elf::Image::parse(file.mapping.bytes()));
  return file;
}

Result<ElfFile> open_module(const ModuleSource& source) {
  if (!source.image.empty()) {
    ElfFile file;
    file.path = source.path;
    HONE_TRY_ASSIGN(file.image, elf::Image::parse(source.image));
    return file;
  }
  if (source.fd >= 0) {
    ElfFile file;
    file.path = source.path;
    HONE_TRY_ASSIGN(base::Mapping mapping, base::Mapping::of_file(source.fd, source.path));
    file.mapping = base::GuardedMapping(std::move(mapping));
    HONE_TRY_ASSIGN(file.image, elf::Image::parse(file.mapping.bytes()));
    return file;
  }
  Result<ElfFile> file = fail(Code::NotFound, source.path);
  if (!source.root.empty()) file = open_elf(source.root + source.path);
  if (!file) file = open_elf(source.path);
  if (!file) return file;
  if (!source.build_id.empty() && !same_bytes(source.build_id, file->image.build_id())) {
    return fail(Code::Corrupt, source.path + ": replaced since it was mapped (build id was " +
                                   hex_text(source.build_id) + ")");
  }
  return file;
}

uint64_t module_file_bytes(const ModuleSource& source) {
  struct stat status {};
  if (!source.image.empty()) return source.image.size();
  if (source.fd >= 0) {
    if (::fstat(source.fd, &status) != 0) return 0;
  } else if ((source.root.empty() || ::stat((source.root + source.path).c_str(), &status) != 0) &&
             ::stat(source.path.c_str(), &status) != 0) {
    return 0;
  }
  return static_cast<uint64_t>(status.st_size);
}

std::vector<uint8_t> read_code(const ModuleSource& source, Svma start, uint64_t bytes) {
  const auto file = open_module(source);
  if (!file) return {};
  const auto code = file->image.bytes_at(start, bytes);
  return {code.begin(), code.end()};
}

}  // namespace hone::symbols
