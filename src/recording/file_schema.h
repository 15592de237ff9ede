// The schema as a file tells it: what its chunks mean, matched by name with what this version
// knows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/host/result.h"
#include "recording/schema.h"

namespace hone::recording {

struct FileColumn {
  std::string name;
  ColumnType type{};
  Unit unit{};
  int ours = -1;  // place in this version's table; -1 when it does not know the column
};
struct FileTable {
  std::string name;
  TableKind kind{};
  Table ours = Table::kInvalid;
  int time_column = -1;  // the first of unit Time: what chunks' time ranges are of
  std::vector<FileColumn> columns;
};
struct FileSchema {
  std::vector<FileTable> tables;  // a chunk's table number is 1-based
  uint32_t fingerprint = 0;       // ChunkHeader::schema

  // The file's table of this name, or nullptr when it has none.
  const FileTable* find(Table table) const;
};

// The payload of a schema chunk: this version's.
std::vector<uint8_t> own_schema_payload();
uint32_t schema_fingerprint(std::span<const uint8_t> payload);
// Corrupt when the payload contradicts itself or a limit.
Result<FileSchema> parse_schema(std::span<const uint8_t> payload);

}  // namespace hone::recording
