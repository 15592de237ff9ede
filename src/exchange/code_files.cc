#include "exchange/code_files.h"

#include <algorithm>

#include "symbols/module_file.h"

namespace hone::exchange {

const CodeFiles::File& CodeFiles::file(std::string_view path, std::string_view build_id) {
  key_ = path;
  key_ += '\0';
  key_ += build_id;
  const auto [at, is_new] = files_.try_emplace(key_);
  File& file = at->second;
  if (!is_new) return file;
  // No more than paths: what is called "[vdso]" or "app" is not looked for in the current folder.
  if (path.starts_with('/')) {
    const symbols::ModuleSource source{
        .path = std::string(path),
        .build_id = {reinterpret_cast<const uint8_t*>(build_id.data()), build_id.size()}};
    if (const auto found = symbols::open_module(source)) {
      file.segments = found->image.segments();
      file.is_here = true;
    }
  }
  absent_ += file.is_here ? 0 : 1;
  return file;
}

std::optional<uint64_t> CodeFiles::linked(std::string_view path, std::string_view build_id,
                                          uint64_t offset) {
  const elf::Segment* found = nullptr;
  for (const elf::Segment& segment : file(path, build_id).segments) {
    const uint64_t from = raw(segment.offset);
    if (offset < from || offset - from >= segment.file_bytes) continue;
    if (found == nullptr || (segment.executable && !found->executable)) found = &segment;
  }
  if (found == nullptr) return std::nullopt;
  return raw(found->svma) + (offset - raw(found->offset));
}

}  // namespace hone::exchange
