// Spans of one thread, kept in columns as the recording has them: some two bytes each, or seven
// where there is room for them without zstd's part of it. Their numbers are made as often as
// somebody goes through them (span_reader.h). Immutable, so any number of threads may.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "recording/rows.h"
#include "recording/stored_chunk.h"

namespace hone::profile {

// Rows from 0; of all columns as many.
struct SpanColumns {
  std::vector<uint64_t> end_ns, duration_ns;
  std::vector<uint32_t> site;
  std::vector<uint8_t> depth;
  size_t size() const { return site.size(); }
  void resize(size_t rows);
};

// How many there are, entry 0 included: ids are below.
struct SpanIds {
  size_t threads = 0, sites = 0;
};

// A row of the table `spans` that stands apart, for what it is or because it cannot be.
struct RareSpan {
  size_t row = 0;  // of the table
  recording::SpanRow span;
};

// Sound as far as a row can say by itself.
bool is_possible(const recording::SpanRow& row);

class PackedSpans {
 public:
  // Where a chunk is unpacked, to be used again.
  struct Room {
    std::vector<uint8_t> bytes, flags;
    SpanColumns columns;
  };

  // Looks through all rows of a chunk; those that are not nested, or cannot be, go to `rare` and
  // stay hidden from then on. Nothing: the rows are of several threads, of none, or damaged. Kept
  // in `store`, which must outlive it.
  static std::optional<PackedSpans> of(recording::StoredChunk chunk, size_t first_row, SpanIds ids,
                                       Room& room, std::vector<RareSpan>& rare,
                                       recording::ChunkStore& store);

  size_t first_row() const { return first_row_; }
  ThreadId thread() const { return thread_; }
  size_t size() const { return size_; }
  size_t bytes() const { return chunk_.bytes(); }
  // What it holds, into room.columns; without `with_ends` those are not filled.
  void unpack(bool with_ends, Room& room) const;

 private:
  PackedSpans(recording::StoredChunk chunk, size_t first_row)
      : chunk_(std::move(chunk)), first_row_(first_row) {}
  recording::SpanRow row_of(const Room& room, size_t row) const;
  bool is_hidden(const recording::SpanRow& row) const;
  template <class T>
  void take_out_hidden(std::vector<T>& rows) const;
  bool hides_none(std::span<const recording::EncodedColumn> columns) const;

  recording::StoredChunk chunk_;
  size_t first_row_;
  ThreadId thread_{};
  size_t size_ = 0, sites_ = 0;
  std::vector<uint32_t> hidden_;  // rows of the chunk, in order
};

}  // namespace hone::profile
