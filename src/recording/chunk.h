// One chunk of rows: columns in memory to bytes and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "recording/codec.h"
#include "recording/file_schema.h"
#include "recording/format.h"

namespace hone::recording {

// The values of a column that wait to be written. Bytes columns: lengths, and the bytes in `heap`.
struct PendingColumn {
  std::vector<uint64_t> numbers;
  std::string heap;
  Encoding encoding;  // of the chunk before
};

// Appends the chunk, header and payload, to `out`; gives its header.
ChunkHeader write_chunk(const TableSpec& table, std::span<PendingColumn> columns,
                        uint64_t first_row, Packer& packer, Effort effort,
                        std::vector<uint8_t>& out);
// The same of columns that are laid out already, each of `rows` values; the times are those of the
// table's first time column.
ChunkHeader write_encoded_chunk(const TableSpec& table, std::span<const EncodedColumn> columns,
                                uint32_t rows, TimeNs time_first, TimeNs time_last,
                                uint64_t first_row, Packer& packer, std::vector<uint8_t>& out);
// A chunk of another kind: `payload` as it is, packed where that is smaller.
ChunkHeader write_plain_chunk(ChunkKind kind, std::span<const uint8_t> payload, Packer& packer,
                              std::vector<uint8_t>& out);

// The payload as it was before packing. `buffer` holds it when it was packed; otherwise the result
// points into `stored`. False when it is damaged.
bool unpack_payload(const ChunkHeader& header, std::span<const uint8_t> stored,
                    std::vector<uint8_t>& buffer, std::span<const uint8_t>& payload);

// Whether the table is the one of this version, column for column, and of numbers alone.
bool is_own_table(const FileTable& table);

// Where the rows of a chunk go, for each of this version's columns.
struct ColumnTarget {
  std::span<uint64_t> numbers;  // row_count long; bytes columns: end offsets in `heap`
  std::vector<char>* heap = nullptr;
};
// False when the payload contradicts the header or itself.
bool read_rows(const FileTable& table, const ChunkHeader& header, std::span<const uint8_t> payload,
               std::span<const ColumnTarget> targets);

}  // namespace hone::recording
