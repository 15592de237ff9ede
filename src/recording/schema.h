// The schema as data: what the file says of itself, what readers compare with, and what the
// reference page is generated from.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "recording/rows.h"

namespace hone::recording {

enum class ColumnType : uint8_t { kUnsigned = 1, kSigned = 2, kFloat = 3, kBytes = 4 };
enum class Unit : uint8_t {
  kTime = 1,
  kDuration,
  kBytes,
  kCount,
  kAddress,
  kId,
  kEnum,
  kText,
  kBlob
};
enum class TableKind : uint8_t { kIds = 1, kRows = 2 };

struct ColumnSpec {
  std::string_view name;
  ColumnType type{};
  Unit unit{};
  std::string_view doc;
};
struct TableSpec {
  Table table{};
  std::string_view name;
  TableKind kind{};
  std::string_view doc;
  std::span<const ColumnSpec> columns;
};

std::span<const TableSpec> tables();
const TableSpec& spec_of(Table table);
// docs/reference/recording.md, whole.
std::string schema_markdown();

}  // namespace hone::recording
