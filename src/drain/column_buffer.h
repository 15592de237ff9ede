// Rows of one table that come by the million, gathered column by column: many of them become a
// chunk of their own, few go with what others write. The table has no texts.
//
//   ColumnBuffer<recording::LockRow> locks;
//   locks.put(builder, row);
//   locks.flush(builder);        // before anything is to be on disk
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "recording/builder.h"

namespace hone::drain {

template <class Row>
class ColumnBuffer {
 public:
  void put(recording::Builder& builder, const Row& row) {
    size_t column = 0;
    visit(row,
          [&](const auto& field) { columns_[column++].push_back(static_cast<uint64_t>(field)); });
    if (columns_[0].size() >= kChunkRows) flush(builder);
  }

  void flush(recording::Builder& builder) {
    const size_t rows = columns_[0].size();
    if (rows >= kOwnChunkRows) {
      builder.writer().append_columns(Row::kTable, columns_);
    } else {
      for (size_t i = 0; i < rows; ++i) {
        Row row;
        size_t column = 0;
        visit(row, [&](auto& field) {
          field = static_cast<std::remove_cvref_t<decltype(field)>>(columns_[column++][i]);
        });
        builder.append(row);
      }
    }
    for (std::vector<uint64_t>& column : columns_) column.clear();
  }

 private:
  static constexpr size_t kChunkRows = 65536, kOwnChunkRows = 2048;
  static constexpr size_t count_columns() {
    size_t count = 0;
    Row row;
    visit(row, [&](const auto&) { ++count; });
    return count;
  }
  std::array<std::vector<uint64_t>, count_columns()> columns_;
};

}  // namespace hone::drain
