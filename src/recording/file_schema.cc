#include "recording/file_schema.h"

#include <algorithm>

#include "base/bytes.h"
#include "recording/codec.h"
#include "recording/format.h"

namespace hone::recording {
namespace {

void put_name(std::vector<uint8_t>& out, std::string_view name) {
  put_uleb(out, name.size());
  out.insert(out.end(), name.begin(), name.end());
}

std::string get_name(base::ByteReader& in) {
  const uint64_t bytes = in.uleb();
  if (bytes == 0 || bytes > kNameBytesMax) {
    in.skip(in.remaining() + 1);
    return {};
  }
  const uint8_t* text = in.take(static_cast<size_t>(bytes));
  return text ? std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(bytes))
              : std::string();
}

// Which of our columns may hold this one: numbers go into numbers, bytes into bytes.
int match(const TableSpec& spec, const FileColumn& column) {
  for (size_t i = 0; i < spec.columns.size(); ++i) {
    const ColumnSpec& ours = spec.columns[i];
    if (ours.name != column.name) continue;
    const bool both_bytes = ours.type == ColumnType::kBytes && column.type == ColumnType::kBytes;
    const bool both_float = ours.type == ColumnType::kFloat && column.type == ColumnType::kFloat;
    const auto is_integer = [](ColumnType type) {
      return type == ColumnType::kSigned || type == ColumnType::kUnsigned;
    };
    const bool fits =
        both_bytes || both_float || (is_integer(ours.type) && is_integer(column.type));
    return fits ? static_cast<int>(i) : -1;
  }
  return -1;
}

Result<FileTable> parse_table(base::ByteReader& in) {
  FileTable table;
  table.kind = TableKind{in.u8()};
  table.name = get_name(in);
  const uint64_t columns = in.uleb();
  if (!in.ok() || columns > kColumnsMax ||
      (table.kind != TableKind::kIds && table.kind != TableKind::kRows)) {
    return fail(Code::Corrupt, "its schema is damaged");
  }
  const TableSpec* spec = nullptr;
  for (const TableSpec& known : tables()) {
    if (known.name == table.name && known.kind == table.kind) spec = &known;
  }
  if (spec) table.ours = spec->table;
  for (uint64_t i = 0; i < columns; ++i) {
    FileColumn column;
    column.type = ColumnType{in.u8()};
    column.unit = Unit{in.u8()};
    column.name = get_name(in);
    if (!in.ok() || column.type < ColumnType::kUnsigned || column.type > ColumnType::kBytes) {
      return fail(Code::Corrupt, "its schema is damaged");
    }
    if (spec) column.ours = match(*spec, column);
    if (column.unit == Unit::kTime && table.time_column < 0) {
      table.time_column = static_cast<int>(i);
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

bool has_twins(const FileTable& table) {
  std::vector<int> seen;
  for (const FileColumn& column : table.columns) {
    if (column.ours < 0) continue;
    if (std::find(seen.begin(), seen.end(), column.ours) != seen.end()) return true;
    seen.push_back(column.ours);
  }
  return false;
}

}  // namespace

const FileTable* FileSchema::find(Table table) const {
  for (const FileTable& candidate : tables) {
    if (candidate.ours == table) return &candidate;
  }
  return nullptr;
}

std::vector<uint8_t> own_schema_payload() {
  std::vector<uint8_t> out;
  put_uleb(out, tables().size());
  for (const TableSpec& table : tables()) {
    out.push_back(static_cast<uint8_t>(table.kind));
    put_name(out, table.name);
    put_uleb(out, table.columns.size());
    for (const ColumnSpec& column : table.columns) {
      out.push_back(static_cast<uint8_t>(column.type));
      out.push_back(static_cast<uint8_t>(column.unit));
      put_name(out, column.name);
    }
  }
  return out;
}

uint32_t schema_fingerprint(std::span<const uint8_t> payload) {
  return static_cast<uint32_t>(checksum(payload));
}

Result<FileSchema> parse_schema(std::span<const uint8_t> payload) {
  FileSchema schema;
  schema.fingerprint = schema_fingerprint(payload);
  base::ByteReader in(payload.data(), payload.size());
  const uint64_t count = in.uleb();
  if (count > kTablesMax) return fail(Code::Corrupt, "its schema is damaged");
  for (uint64_t i = 0; i < count; ++i) {
    HONE_TRY_ASSIGN(FileTable table, parse_table(in));
    const bool known_twice = table.ours != Table::kInvalid && schema.find(table.ours);
    if (known_twice || has_twins(table)) return fail(Code::Corrupt, "its schema is damaged");
    schema.tables.push_back(std::move(table));
  }
  if (!in.ok() || !in.at_end()) return fail(Code::Corrupt, "its schema is damaged");
  return schema;
}

}  // namespace hone::recording
