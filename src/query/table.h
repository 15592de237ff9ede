// How a table of queries is declared: once, with its columns, their meaning and where their values
// come from. The virtual tables, `hone query --schema` and docs/reference/sql.md are made of it.
//
//   constexpr ColumnSpec kColumns[] = {
//       whole("id", HONE_NUMBER(i + 1), "...", Role::kId),
//       nanoseconds("ts", HONE_NUMBER(s.since_start(row(s, i).time)), "...", Role::kTime)};
//   constexpr TableSpec kTable = {.name = "...", .doc = "...", .columns = kColumns, .rows = ...};
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "query/limits.h"
#include "query/source.h"

namespace hone::query {

// Where a column's value of one row goes.
class Cell {
 public:
  explicit Cell(sqlite3_context* to) : to_(to) {}
  void whole(int64_t value) const { sqlite3_result_int64(to_, value); }
  void real(double value) const { sqlite3_result_double(to_, value); }
  void none() const { sqlite3_result_null(to_); }
  // Text that stays as it is for as long as the Source does.
  void text(std::string_view value) const {
    sqlite3_result_text64(to_, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
                          SQLITE_UTF8);
  }
  void copied(std::string_view value) const {
    sqlite3_result_text64(to_, value.empty() ? "" : value.data(), value.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
  }
  void bytes(std::span<const uint8_t> value) const {
    sqlite3_result_blob64(to_, value.data(), value.size(), SQLITE_STATIC);
  }
  // An id of which 0 is none.
  void id(uint32_t value) const { value == 0 ? none() : whole(value); }

 private:
  sqlite3_context* to_;
};

enum class Type : uint8_t { kInteger, kReal, kText, kBlob };
std::string_view type_name(Type type);  // as SQL has it: "INTEGER"

// By which columns rows are found without looking at all of them, and put into order.
enum class Role : uint8_t { kNone, kId, kTime, kThread, kName, kArgument };

enum class Unit : uint8_t { kNone, kTime, kNanoseconds, kBytes };
std::string_view unit_text(Unit unit);  // "ns since start"; "" for none

using GetNumber = int64_t (*)(const Source&, size_t row);
using GetReal = double (*)(const Source&, size_t row);
using GetText = std::string_view (*)(const Source&, size_t row);
using PutCell = void (*)(const Source&, size_t row, const Cell&);

// One of the four getters, or none where the table has cursors of its own.
struct ColumnSpec {
  std::string_view name, doc;
  Type type = Type::kInteger;
  Role role = Role::kNone;
  Unit unit = Unit::kNone;
  bool hidden = false;  // not in `select *`; an argument, where the table is a function
  GetNumber number = nullptr;
  GetReal real = nullptr;
  GetText text = nullptr;
  PutCell put = nullptr;
};

class Cursor;
struct TableSpec {
  std::string_view name, doc;
  std::span<const ColumnSpec> columns;
  // Of a plain table, whose rows have numbers from 0; any time.
  size_t (*rows)(const Source&) = nullptr;
  // Of others: how a query is answered.
  int (*plan)(const TableSpec&, const Source&, sqlite3_index_info*) = nullptr;
  std::unique_ptr<Cursor> (*cursor)(const TableSpec&, const Source&, sqlite3*, Watch&) = nullptr;
  bool is_function = false;  // called as NAME(arguments)

  // -1: it has none.
  int column_of(Role role) const {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].role == role) return static_cast<int>(i);
    }
    return -1;
  }
};

// Every table and table function, in the order of the reference.
std::span<const TableSpec* const> tables();
const TableSpec* find_table(std::string_view name);

// The rows that one use of a table in a statement goes through. Not thread-safe.
class Cursor {
 public:
  virtual ~Cursor() = default;
  // `plan` and `words` as best_index chose them. An SQLite result code; says why in `error`.
  virtual int filter(int plan, const char* words, std::span<sqlite3_value*> values,
                     std::string& error) = 0;
  virtual bool at_end() const = 0;
  virtual int next() = 0;
  virtual int column(size_t column, const Cell& to) = 0;
  virtual int64_t row_id() const = 0;
};

#define HONE_NUMBER(...)                                                       \
  [](const Source& s [[maybe_unused]], size_t i [[maybe_unused]]) -> int64_t { \
    return static_cast<int64_t>(__VA_ARGS__);                                  \
  }
#define HONE_REAL(...) \
  [](const Source& s [[maybe_unused]], size_t i [[maybe_unused]]) -> double { return __VA_ARGS__; }
#define HONE_TEXT(...)                                                                  \
  [](const Source& s [[maybe_unused]], size_t i [[maybe_unused]]) -> std::string_view { \
    return __VA_ARGS__;                                                                 \
  }
#define HONE_PUT(...)                                                                       \
  [](const Source& s [[maybe_unused]], size_t i [[maybe_unused]], const Cell& to) -> void { \
    __VA_ARGS__;                                                                            \
  }

constexpr ColumnSpec whole(std::string_view name, GetNumber get, std::string_view doc,
                           Role role = Role::kNone, Unit unit = Unit::kNone) {
  return {.name = name, .doc = doc, .role = role, .unit = unit, .number = get};
}
constexpr ColumnSpec time_column(std::string_view name, GetNumber get, std::string_view doc,
                                 Role role = Role::kNone) {
  return whole(name, get, doc, role, Unit::kTime);
}
constexpr ColumnSpec nanoseconds(std::string_view name, GetNumber get, std::string_view doc) {
  return whole(name, get, doc, Role::kNone, Unit::kNanoseconds);
}
constexpr ColumnSpec bytes_column(std::string_view name, GetNumber get, std::string_view doc) {
  return whole(name, get, doc, Role::kNone, Unit::kBytes);
}
constexpr ColumnSpec real_column(std::string_view name, GetReal get, std::string_view doc) {
  return {.name = name, .doc = doc, .type = Type::kReal, .real = get};
}
constexpr ColumnSpec text_column(std::string_view name, GetText get, std::string_view doc,
                                 Role role = Role::kNone) {
  return {.name = name, .doc = doc, .type = Type::kText, .role = role, .text = get};
}
// May be NULL, which `doc` says when.
constexpr ColumnSpec some_column(std::string_view name, Type type, PutCell put,
                                 std::string_view doc, Unit unit = Unit::kNone) {
  return {.name = name, .doc = doc, .type = type, .unit = unit, .put = put};
}
// Of a table with cursors of its own.
constexpr ColumnSpec own_column(std::string_view name, Type type, std::string_view doc,
                                Role role = Role::kNone, Unit unit = Unit::kNone) {
  return {.name = name,
          .doc = doc,
          .type = type,
          .role = role,
          .unit = unit,
          .hidden = role == Role::kArgument};
}

}  // namespace hone::query
