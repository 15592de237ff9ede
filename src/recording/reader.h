// Reads a recording: whole, cut anywhere, or damaged. Hostile input gives an Error or a Salvage
// note, never a crash.
//
//   HONE_TRY_ASSIGN(auto reader, Reader::open(path));
//   HONE_TRY(reader.for_each<SampleRow>([&](const SampleRow& row) { ... }));
//   HONE_TRY_ASSIGN(auto columns, reader.columns(Table::kSamples));   // the fast way
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "recording/rows.h"
#include "recording/schema.h"
#include "recording/stored_chunk.h"

namespace hone::recording {

struct ChunkFacts {
  Table table = Table::kInvalid;  // kInvalid: a table this version does not know (skipped)
  std::string table_name;
  uint64_t offset = 0;
  uint64_t bytes = 0;  // on disk
  uint64_t first_row = 0;
  uint32_t row_count = 0;
  TimeNs time_first{}, time_last{};
};

// What was not readable.
struct Salvage {
  bool finished = false;          // the end mark is there: nothing was cut
  uint64_t bytes_unreadable = 0;  // after the last whole chunk, or in damaged ones
  uint64_t chunks_damaged = 0;    // bad checksum or contradictory content: left out
  uint64_t first_damage_offset = 0;
  uint32_t version_newer = 0;  // minor version of a newer writer, 0 when not newer
};

// One column of all rows of a table. Numbers are widened to 64 bits (signed ones sign-extended,
// floats by bit pattern); bytes columns have `text(i)`.
struct Column {
  std::vector<uint64_t> numbers;  // bytes columns: end offsets into `heap`
  std::vector<char> heap;
  std::string_view text(size_t row) const {
    const uint64_t begin = row == 0 ? 0 : numbers[row - 1];
    return {heap.data() + begin, static_cast<size_t>(numbers[row] - begin)};
  }
};
struct Columns {
  uint64_t row_count = 0;
  std::vector<Column> columns;  // in the order of this version's schema; absent ones are zero
};

// Rows that stand together, for tables too large to be widened as a whole.
struct ChunkRows {
  uint64_t first_row = 0;  // of the table, from 0
  uint32_t row_count = 0;
  std::span<const std::vector<uint64_t>> columns;  // as Column::numbers; valid during the call
};

class Reader {
 public:
  // Errors: NotFound/Permission; Corrupt "is not a recording"; Unsupported for a newer major
  // version (says which Hone wrote it). A cut or damaged file opens, and salvage() says so.
  static Result<Reader> open(const std::string& path);
  static Result<Reader> open_bytes(std::vector<uint8_t> bytes);
  // The errors that open() would give, by the first bytes alone.
  static Result<void> look_at(const std::string& path);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  const std::vector<ChunkFacts>& chunks() const;
  const Salvage& salvage() const;
  uint64_t file_bytes() const;
  uint64_t row_count(Table table) const;
  // row_count() for who means to hold that many rows: LimitExceeded when the table claims more of
  // them than its bytes can be.
  Result<uint64_t> sound_row_count(Table table) const;

  // Decodes all chunks of a table, side by side on up to `threads` threads.
  Result<Columns> columns(Table table, unsigned threads = 2) const;
  // Calls `take` with each chunk of a table of numbers, on up to `threads` threads at once and in
  // no order. Every row comes once; ids whose rows were lost come as zeros. Errors as columns().
  Result<void> for_each_chunk(Table table, unsigned threads,
                              base::FunctionRef<void(const ChunkRows&)> take) const;
  // The same of a table that may be kept packed: each chunk is offered to `keep` first, which takes
  // it (StoredChunk::keep_in), or leaves it (false) to be decoded for `take`. What it takes it has
  // looked through: the reader has not. Files whose table has other columns offer nothing.
  using Keep = base::FunctionRef<bool(uint64_t first_row, StoredChunk)>;
  Result<void> for_each_chunk(Table table, unsigned threads, Keep keep,
                              base::FunctionRef<void(const ChunkRows&)> take) const;
  template <class Row>
  Result<void> for_each(base::FunctionRef<void(const Row&)> visit_row) const;

  // Checks every chunk's checksum and decodes it; the first problem as an Error with its offset.
  Result<void> verify() const;

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  Result<void> each_chunk(Table table, unsigned threads, const Keep* keep,
                          base::FunctionRef<void(const ChunkRows&)> take) const;
  std::unique_ptr<State> state_;
};

namespace detail {
inline void get(const Column& column, size_t row, std::string_view& out) {
  out = column.text(row);
}
inline void get(const Column& column, size_t row, double& out) {
  out = std::bit_cast<double>(column.numbers[row]);
}
template <class T>
void get(const Column& column, size_t row, T& out) {
  out = static_cast<T>(column.numbers[row]);
}
}  // namespace detail

template <class Row>
Result<void> Reader::for_each(base::FunctionRef<void(const Row&)> visit_row) const {
  HONE_TRY_ASSIGN(const Columns all, columns(Row::kTable));
  for (size_t i = 0; i < all.row_count; ++i) {
    Row row;
    size_t at = 0;
    visit(row, [&](auto& field) { detail::get(all.columns[at++], i, field); });
    visit_row(row);
  }
  return {};
}

}  // namespace hone::recording
