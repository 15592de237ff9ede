#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "symbols/perf_map.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static constexpr uint64_t kAddresses[] = {0, 0x1000, 0x1001, 0x7f00'0000'0000, UINT64_MAX};
  for (const auto& entry : hone::symbols::read_perf_map(text, kAddresses)) {
    const hone::symbols::JitName name = hone::symbols::parse_jit_name(entry.name);
    if (name.function.size() + name.file.size() > entry.name.size() + 16) std::abort();
  }
  return 0;
}
