// Any bytes as an ELF file: headers, symbols, PLT, function ranges, links, mini debug info, DWARF.
#include "elf/exercise.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  hone::elf::exercise({data, bytes});
  return 0;
}
