// Arguments of table functions: hidden columns that a statement gives values to.
#pragma once

#include <optional>
#include <string_view>

#include "query/table.h"

namespace hone::query {

// Hands every argument that is given to the cursor; none may be of a table that comes later.
int plan_arguments(const TableSpec& table, const Source& source, sqlite3_index_info* info);

// Which of them were given, by their number among the hidden columns.
class Arguments {
 public:
  Arguments(int plan, std::span<sqlite3_value*> values);
  bool has(size_t number) const { return values_[number] != nullptr; }
  // Of one that was given and is not NULL.
  std::optional<std::string_view> text(size_t number) const;
  std::optional<int64_t> whole(size_t number) const;
  // One was given as NULL, to which nothing fits.
  bool is_none() const { return is_none_; }

 private:
  static constexpr size_t kMost = 4;
  sqlite3_value* values_[kMost] = {};
  bool is_none_ = false;
};

}  // namespace hone::query
