// Any bytes as .eh_frame or .debug_frame: compiled, checked, and walked with.
//
// Byte 0 of the input: bit 0 aarch64, bit 1 .debug_frame, bit 2 the section twice.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "unwind/fuzz_walk.h"
#include "unwind/test_support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone::unwind;
  if (size < 1 || size > 64 * 1024) return 0;
  const Arch arch = data[0] & 1 ? Arch::kAarch64 : Arch::kX86_64;
  const FrameSection section{.bytes = data + 1,
                             .size = size - 1,
                             .address = hone::Svma{0x100000},
                             .text_address = hone::Svma{0x1000},
                             .data_address = hone::Svma{0x2000},
                             .is_debug_frame = (data[0] & 2) != 0};
  FrameSection second;
  if (data[0] & 4) second = section;
  second.is_debug_frame = true;
  uint64_t named = 0;
  for_each_fde(arch, section, &named, [](void* count, hone::Svma, uint64_t bytes) {
    if (bytes == 0) std::abort();
    ++*static_cast<uint64_t*>(count);
  });
  const OwnedTable table = compile_owned(arch, section, second);
  if (!table.view) {
    // What compile() makes must pass its own check.
    if (table.result.table_bytes != 0) std::abort();
    return 0;
  }
  fuzz_walk(table.view, data, size);
  return 0;
}
