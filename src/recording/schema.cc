#include "recording/schema.h"

#include <array>
#include <type_traits>

#include "base/host/check.h"

namespace hone::recording {
namespace {

template <class T>
constexpr ColumnType type_of() {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return ColumnType::kBytes;
  } else if constexpr (std::is_floating_point_v<T>) {
    return ColumnType::kFloat;
  } else if constexpr (std::is_enum_v<T>) {
    return std::is_signed_v<std::underlying_type_t<T>> ? ColumnType::kSigned
                                                       : ColumnType::kUnsigned;
  } else {
    return std::is_signed_v<T> ? ColumnType::kSigned : ColumnType::kUnsigned;
  }
}

#define HONE_TABLE(name, Row, table, kind, doc) constexpr ColumnSpec k##name##Columns[] = {
#define HONE_COLUMN(Type, name, unit, doc) {#name, type_of<Type>(), Unit::k##unit, doc},
#define HONE_TABLE_END() \
  }                      \
  ;
#include "recording/schema.inc"
#undef HONE_TABLE
#undef HONE_COLUMN
#undef HONE_TABLE_END

#define HONE_TABLE(name, Row, table, kind, doc) \
  TableSpec{Table::k##name, #table, TableKind::k##kind, doc, k##name##Columns},
#define HONE_COLUMN(Type, name, unit, doc)
#define HONE_TABLE_END()
constexpr std::array kTables = {
#include "recording/schema.inc"
};
#undef HONE_TABLE
#undef HONE_COLUMN
#undef HONE_TABLE_END
static_assert(kTables.size() + 1 == static_cast<size_t>(Table::kCount));

}  // namespace

std::span<const TableSpec> tables() {
  return kTables;
}

const TableSpec& spec_of(Table table) {
  const auto index = static_cast<size_t>(table);
  HONE_CHECK(index >= 1 && index <= kTables.size());
  return kTables[index - 1];
}

}  // namespace hone::recording
