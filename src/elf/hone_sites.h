// The places that an instrumented program marks (hone/hone.h), as they lie in its file: what is
// built in, whether it ever ran or not. A place is an object of the program's data that bears
// HONE_SITE_MARK; so no symbols are needed, and a place in an inline function or a template is
// found like any other. What the linker left out is not there.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "elf/image.h"

namespace hone::elf {

struct BuiltInSite {
  std::string_view name, category, function, file;  // views into the image's bytes
  uint32_t line = 0;
  uint8_t kind = 0, level = 0;  // HONE_SITE_..., HONE_LEVEL_...
};

// In the order of their addresses. Empty for a file without section headers. Never fails: what is
// no place is none.
std::vector<BuiltInSite> built_in_sites(const Image& image);

}  // namespace hone::elf
