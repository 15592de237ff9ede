// Any bytes as a symbol cache. The checksum is made right first, since nothing behind it would be
// reached otherwise.
#include <cstring>

#include <xxhash.h>

#include "symbols/symbol_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  constexpr size_t kChecksumAt = 16;
  constexpr size_t kChecksumEnd = 24;
  std::string content(reinterpret_cast<const char*>(data), bytes);
  if (content.size() >= kChecksumEnd) {
    const uint64_t sum = XXH3_64bits(content.data() + kChecksumEnd, content.size() - kChecksumEnd);
    std::memcpy(content.data() + kChecksumAt, &sum, sizeof sum);
  }
  const auto cache = hone::symbols::SymbolCache::parse(std::move(content));
  if (!cache) return 0;
  std::vector<hone::Svma> wanted = {hone::Svma{1}};
  for (const auto& extent : cache->code().extents) {
    if (extent.begin > wanted.back()) wanted.push_back(extent.begin);
    const hone::Svma last{hone::raw(extent.end) - 1};
    if (last > wanted.back()) wanted.push_back(last);
  }
  (void)cache->unknown(wanted);
  (void)cache->extract(wanted);
  // What was accepted can be written and read again.
  const std::string again = cache->encode();
  if (!hone::symbols::SymbolCache::parse(again)) __builtin_trap();
  return 0;
}
