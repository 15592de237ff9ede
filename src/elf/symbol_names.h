// Every name of every function of one image: what people may call it by. (symbol_table.h keeps one
// name an address.)
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "elf/image.h"

namespace hone::elf {

struct FunctionName {
  Svma svma{};
  uint64_t bytes = 0;        // as the symbol says: 0 for assembly without .size
  std::string_view name;     // mangled; a view into the image's bytes
  bool is_indirect = false;  // STT_GNU_IFUNC: the code there only chooses the function
};

// STT_FUNC and STT_GNU_IFUNC in executable sections, of .symtab and .dynsym, in no order; one that
// is in both tables is there twice.
std::vector<FunctionName> read_function_names(const Image& image);

}  // namespace hone::elf
