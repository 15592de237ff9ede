// Rows of the table `spans` on their way into Spans: packed ones, and pieces of columns in which
// threads may be mixed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/host/result.h"
#include "profile/large_vector.h"
#include "profile/packed_spans.h"
#include "recording/reader.h"

namespace hone::profile {

struct SpanRows {
  // 20 bytes a row; columns as in Spans. Of a thread that is kNone: the row is one of `rare`.
  struct Piece {
    size_t first_row = 0;  // of the table
    LargeVector<TimeNs> end;
    LargeVector<uint32_t> duration, where;
    LargeVector<ThreadId> thread;
    size_t size() const { return end.size(); }
    void resize(size_t rows);
    void set(size_t at, const recording::SpanRow& span);
  };
  // Each by first row, once they are sorted.
  std::vector<Piece> pieces;
  std::shared_ptr<recording::ChunkStore> store;  // of what is packed
  std::vector<PackedSpans> packed;
  std::vector<RareSpan> rare;
  size_t row_count = 0;

  // Errors: as Reader::for_each_chunk; LimitExceeded where there are more rows than ids.
  static Result<SpanRows> read(const recording::Reader& reader, unsigned threads, SpanIds ids);
  // Behind the others; for rows that are made by hand.
  void append(const recording::SpanRow& row);
  void sort();

 private:
  void put(Piece& piece, size_t at, const recording::SpanRow& row, std::vector<RareSpan>& rare);
};

}  // namespace hone::profile
