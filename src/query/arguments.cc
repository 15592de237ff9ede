#include "query/arguments.h"

namespace hone::query {

int plan_arguments(const TableSpec& table, const Source&, sqlite3_index_info* info) {
  int plan = 0, arguments = 0, number = 0;
  for (size_t column = 0; column < table.columns.size(); ++column) {
    if (table.columns[column].role != Role::kArgument) continue;
    for (int i = 0; i < info->nConstraint; ++i) {
      const auto& constraint = info->aConstraint[i];
      if (constraint.iColumn != static_cast<int>(column) ||
          constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) {
        continue;
      }
      // The other order of tables, in which it is known, is the only one.
      if (constraint.usable == 0) return SQLITE_CONSTRAINT;
      info->aConstraintUsage[i].argvIndex = ++arguments;
      info->aConstraintUsage[i].omit = 1;
      plan |= 1 << number;
      break;
    }
    ++number;
  }
  info->idxNum = plan;
  info->estimatedCost = 1e6;
  info->estimatedRows = 1000;
  return SQLITE_OK;
}

Arguments::Arguments(int plan, std::span<sqlite3_value*> values) {
  size_t next = 0;
  for (size_t i = 0; i < kMost && next < values.size(); ++i) {
    if ((plan >> i & 1) == 0) continue;
    values_[i] = values[next++];
    if (sqlite3_value_type(values_[i]) == SQLITE_NULL) is_none_ = true;
  }
}

std::optional<std::string_view> Arguments::text(size_t number) const {
  sqlite3_value* const value = values_[number];
  if (value == nullptr) return std::nullopt;
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (text == nullptr) return std::nullopt;
  return std::string_view(text, static_cast<size_t>(sqlite3_value_bytes(value)));
}

std::optional<int64_t> Arguments::whole(size_t number) const {
  if (values_[number] == nullptr) return std::nullopt;
  return sqlite3_value_int64(values_[number]);
}

}  // namespace hone::query
