// A chunk's rows as they stand in the file: packed, for who goes through them more than once and
// has no memory for them otherwise. Spans take two bytes each this way.
//
//   std::vector<uint8_t> buffer;
//   std::array<EncodedColumn, 6> columns;
//   if (chunk.open(buffer, columns)) decode_column(columns[2], chunk.first_row(), numbers);
//   chunk.keep_in(store, buffer);   // it was offered with bytes that do not last
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "recording/chunk_store.h"
#include "recording/codec.h"
#include "recording/format.h"

namespace hone::recording {

// Of a table of numbers with the very columns that this version knows. Reading is thread-safe.
class StoredChunk {
 public:
  // `payload` as the file has it, which must last until keep_in().
  StoredChunk(const ChunkHeader& header, std::span<const uint8_t> payload)
      : header_(header), payload_(payload) {}

  uint64_t first_row() const { return header_.first_row; }  // as the chunk says
  uint32_t row_count() const { return header_.row_count; }
  size_t bytes() const { return payload_.size(); }
  // Finds the columns, as many as `columns` has. They point into `buffer`, or into this. False when
  // the payload contradicts itself.
  bool open(std::vector<uint8_t>& buffer, std::span<EncodedColumn> columns) const;
  // From now on its bytes are those of `store`, which must outlive it. `buffer`: as the last open()
  // of this left it.
  void keep_in(ChunkStore& store, std::span<const uint8_t> buffer);

 private:
  ChunkHeader header_;
  std::span<const uint8_t> payload_;
};

}  // namespace hone::recording
