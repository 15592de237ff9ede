// A recording's tables as columns in memory: what Loader works on. Profile::load fills them from a
// Reader, tests fill them by hand; the loader trusts neither. The two tables that may have millions
// of rows stand in the columns that the profile will have; all others are 64 bits wide.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "profile/profile.h"
#include "profile/span_rows.h"
#include "recording/reader.h"
#include "recording/rows.h"

namespace hone::profile {

struct Tables {
  std::array<recording::Columns, static_cast<size_t>(recording::Table::kCount)> columns;
  Samples samples;
  SpanRows spans;
  Stacks stacks{.parent = {StackId::kNone}, .frame = {FrameId::kNone}};  // [0] is none

  recording::Columns& operator[](recording::Table table) {
    return columns[static_cast<size_t>(table)];
  }
  const recording::Columns& operator[](recording::Table table) const {
    return columns[static_cast<size_t>(table)];
  }

  // Appends a row; gives its id (row number from 1).
  template <class Row>
  uint32_t append(const Row& row) {
    recording::Columns& to = (*this)[Row::kTable];
    size_t at = 0;
    visit(row, [&](const auto& field) {
      if (to.columns.size() <= at) to.columns.emplace_back();
      put(to.columns[at++], field);
    });
    return static_cast<uint32_t>(++to.row_count);
  }

  uint32_t append(const recording::StackRow& row) {
    stacks.parent.push_back(row.parent);
    stacks.frame.push_back(row.frame);
    return static_cast<uint32_t>(stacks.size() - 1);
  }
  uint32_t append(const recording::SampleRow& row) {
    samples.time.push_back(row.time);
    samples.thread.push_back(row.thread);
    samples.stack.push_back(row.stack);
    samples.weight_ns.push_back(raw(row.weight));
    samples.cpu.push_back(row.cpu);
    samples.end.push_back(row.end);
    samples.flags.push_back(row.flags);
    return static_cast<uint32_t>(samples.size());
  }

  uint32_t append(const recording::SpanRow& row) {
    spans.append(row);
    return static_cast<uint32_t>(spans.row_count);
  }

  // Calls f(row, row number from 0) for each row of any other table.
  template <class Row, class F>
  void for_each(F&& f) const {
    const recording::Columns& from = (*this)[Row::kTable];
    for (size_t i = 0; i < from.row_count; ++i) {
      Row row;
      size_t at = 0;
      visit(row, [&](auto& field) { recording::detail::get(from.columns[at++], i, field); });
      f(row, i);
    }
  }

 private:
  static void put(recording::Column& column, std::string_view text) {
    column.heap.insert(column.heap.end(), text.begin(), text.end());
    column.numbers.push_back(column.heap.size());
  }
  static void put(recording::Column& column, double value) {
    column.numbers.push_back(std::bit_cast<uint64_t>(value));
  }
  template <class T>
  static void put(recording::Column& column, T value) {
    column.numbers.push_back(static_cast<uint64_t>(value));
  }
};

}  // namespace hone::profile
