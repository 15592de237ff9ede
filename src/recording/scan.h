// Finds the whole chunks of a recording, whatever has become of it: forward from chunk to chunk,
// and past damage to the next chunk whose checksums hold.
#pragma once

#include <cstdint>
#include <vector>

#include "base/host/result.h"
#include "recording/file_schema.h"
#include "recording/format.h"
#include "recording/reader.h"
#include "recording/source.h"

namespace hone::recording {

struct FoundChunk {
  uint64_t offset = 0;
  ChunkHeader header{};
};
struct ScanResult {
  FileSchema schema;
  std::vector<FoundChunk> rows;  // chunks of rows in file order, contradictory ones left out
  Salvage salvage;
};

// By its first bytes. Errors: as scan().
Result<void> check_head(const Source& source);
// Errors: not a recording, a newer major version, input or output; never damage.
Result<ScanResult> scan(const Source& source);

}  // namespace hone::recording
