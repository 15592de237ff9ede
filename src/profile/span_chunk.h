// For tests and benchmarks: a chunk of the table `spans` as recorders lay it out, of one thread.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "profile/packed_spans.h"
#include "recording/column_bytes.h"
#include "recording/writer.h"

namespace hone::profile {

inline void put_span_chunk(recording::Writer& writer, ThreadId thread, const SpanColumns& rows) {
  std::array<recording::ColumnBytes, 6> bytes;
  std::array<std::vector<uint8_t>, 6> bodies;
  const auto put = [&](size_t column, uint64_t value) {
    *bytes[column].room(1) = static_cast<uint32_t>(value);
    if (value >> 32 != 0) bytes[column].put_wide(0, value);
    bytes[column].advance(1);
  };
  uint64_t last_end = 0, last_depth = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    put(1, recording::zigzag(rows.end_ns[i] - std::exchange(last_end, rows.end_ns[i])));
    put(2, rows.duration_ns[i]);
    put(3, rows.site[i]);
    put(4, recording::zigzag(rows.depth[i] - std::exchange(last_depth, rows.depth[i])));
    put(5, 0);
  }
  std::array<recording::EncodedColumn, 6> columns{};
  columns[0].base = raw(thread);
  columns[1].transform = recording::Transform::kScaledDelta;
  columns[1].scale = uint64_t{1} << 32;
  columns[4].transform = recording::Transform::kDelta;
  for (size_t i = 1; i < columns.size(); ++i) {
    columns[i].layout = bytes[i].encode(bodies[i]);
    columns[i].body = bodies[i];
  }
  const auto time = [&](size_t row) { return TimeNs{static_cast<int64_t>(rows.end_ns[row])}; };
  writer.append_encoded(recording::Table::kSpans, static_cast<uint32_t>(rows.size()), time(0),
                        time(rows.size() - 1), columns);
}

}  // namespace hone::profile
