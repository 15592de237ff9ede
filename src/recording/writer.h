// Writes a recording as it goes: rows are gathered by table and put out as chunks of columns.
//
//   HONE_TRY_ASSIGN(auto writer, Writer::create(path, {}));
//   writer.append(SampleRow{.time = t, .thread = id, .stack = stack});
//   HONE_TRY(writer.flush());          // now and then: what is flushed survives kill -9
//   HONE_TRY(writer.finish());         // index and end mark
//
// Tables of kind Ids are put out before the tables that refer to them, so a file cut after any
// whole chunk never refers to an id it does not hold. Not thread-safe. After an I/O error (disk
// full) every further call gives the same error, and what was flushed before stays readable.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"
#include "recording/codec.h"
#include "recording/rows.h"

namespace hone::recording {

struct WriterOptions {
  int compression_level = 3;        // zstd
  uint32_t chunk_rows_max = 65536;  // a table's rows are put out when this many wait
};

class Writer {
 public:
  // Refuses to write over a file that is not a recording or empty. Takes a lock (flock) on the
  // file, so that two recorders cannot write one.
  static Result<Writer> create(const std::string& path, const WriterOptions& options);
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();  // does not finish(): an unfinished file is one that was cut

  template <class Row>
  void append(const Row& row) {
    RowSink sink = begin_row(Row::kTable);
    visit(row, [&](const auto& field) { put(sink, field); });
    end_row(sink);
  }
  // Many rows at once, of a table without texts, in columns that are laid out already, in schema
  // order: a chunk of their own, packed fast rather than small. The times are the least and the
  // greatest of the table's first time column.
  void append_encoded(Table table, uint32_t rows, TimeNs time_first, TimeNs time_last,
                      std::span<const EncodedColumn> columns);
  // Rows appended to a table so far, written or waiting: the next row's id is this + 1.
  uint64_t row_count(Table table) const;

  Result<void> flush();
  Result<void> finish();
  uint64_t bytes_written() const;
  // Of the file: for who has to close it in a forked child.
  int descriptor() const;

 private:
  struct State;
  struct Pending;
  struct RowSink {
    Pending* pending;
    size_t column;
  };
  explicit Writer(std::unique_ptr<State> state);
  RowSink begin_row(Table table);
  void end_row(RowSink& sink);
  void put_number(RowSink& sink, uint64_t value);
  void put_bytes(RowSink& sink, std::string_view bytes);
  void put(RowSink& sink, std::string_view bytes) { put_bytes(sink, bytes); }
  void put(RowSink& sink, double value) { put_number(sink, std::bit_cast<uint64_t>(value)); }
  template <class T>
  void put(RowSink& sink, T value) {
    put_number(sink, static_cast<uint64_t>(value));
  }
  std::unique_ptr<State> state_;
};

}  // namespace hone::recording
