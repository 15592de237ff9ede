// The rows of a plain table in the order of a column, so that those of one value, or of a range of
// time, are found by binary search.
//
//   const RowIndex& by = source.index(table, Role::kThread);
//   RowIndex::Range rows = by.all_of(3);                // of thread 3, by time
//   rows = by.in_time(rows, first, last);
//
// By thread and by name, rows of one value stand together and are in the order of their times.
// Immutable. Four bytes a row, and nothing where the table is in that order already.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "query/table.h"

namespace hone::query {

class RowIndex {
 public:
  struct Range {
    size_t begin = 0, end = 0;  // places
  };

  RowIndex(const Source& source, const TableSpec& table, Role role);

  size_t row(size_t place) const { return order_.empty() ? place : order_[place]; }
  Range all() const { return {0, count_}; }
  // Of an index by thread, or by name; empty when there are none.
  Range all_of(int64_t thread) const;
  Range all_of(std::string_view name) const;
  // Those of `of`, which has one value, or is all of an index by time, from `first` to `last`.
  Range in_time(Range of, int64_t first, int64_t last) const;

 private:
  struct Group {
    int64_t thread = 0;
    std::string_view name;
    Range rows;
  };
  void sort_by_time();
  void group_by_thread();
  void group_by_name();
  // `value(row)` numbers groups below `groups`.
  void scatter(const std::vector<uint32_t>& of_row, size_t groups);
  int64_t time(size_t row) const { return time_ == nullptr ? 0 : time_(source_, row); }

  const Source& source_;
  GetNumber time_ = nullptr, thread_ = nullptr;
  GetText name_ = nullptr;
  size_t count_;
  std::vector<uint32_t> order_;  // empty: as the rows are
  std::vector<Group> groups_;    // by thread, or by name
};

}  // namespace hone::query
