// Any bytes as a table from the cache on disk. The checksum is put right first, since it would
// stop nearly every input; a wrong one is the unit tests' matter.
#include <cstdint>
#include <cstring>
#include <vector>

#include "unwind/fuzz_walk.h"
#include "unwind/table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hone::unwind;
  if (size < sizeof(TableHeader) || size > 64 * 1024) return 0;
  std::vector<uint64_t> words((size + 7) / 8);  // aligned, and exactly as large
  auto* bytes = reinterpret_cast<uint8_t*>(words.data());
  std::memcpy(bytes, data, size);
  uint64_t claimed;
  std::memcpy(&claimed, bytes + offsetof(TableHeader, table_bytes), 8);
  if (claimed >= sizeof(TableHeader) && claimed <= size) {
    const uint64_t checksum = table_checksum(bytes, claimed);
    std::memcpy(bytes + offsetof(TableHeader, checksum), &checksum, 8);
  }
  TableView view;
  if (parse_table(bytes, size, &view) != hone::base::Err::kOk) return 0;
  fuzz_walk(view, data, size);
  return 0;
}
