// The file of a module, opened and checked.
#pragma once

#include <string>

#include "base/host/file.h"
#include "base/host/guarded_mapping.h"
#include "base/host/result.h"
#include "base/host/text.h"
#include "elf/image.h"
#include "symbols/resolve.h"

namespace hone::symbols {

// A mapped ELF file. `image` views into `mapping` (or into the bytes that the caller keeps).
struct ElfFile {
  std::string path;
  base::GuardedMapping mapping;
  elf::Image image;
};

Result<ElfFile> open_elf(const std::string& path);

// The module itself: from the descriptor, the image, or the path. Corrupt when the file at the path
// has another build id than the module that was mapped.
Result<ElfFile> open_module(const ModuleSource& source);

// The size of the module's file without opening it, 0 when not to be had.
uint64_t module_file_bytes(const ModuleSource& source);

bool same_bytes(std::span<const uint8_t> a, std::span<const uint8_t> b);
using base::hex_text;

}  // namespace hone::symbols
