// The tables as SQLite sees them: one module, whose tables differ by their TableSpec.
#include <charconv>
#include <string>

#include "query/connection.h"
#include "query/plain_table.h"

namespace hone::query {
namespace {

constexpr const char* kModule = "hone";

struct VirtualTable : sqlite3_vtab {
  Connection* connection = nullptr;
  const Source* source = nullptr;
  const TableSpec* spec = nullptr;
};
struct VirtualCursor : sqlite3_vtab_cursor {
  std::unique_ptr<Cursor> cursor;
};

VirtualTable& table_of(sqlite3_vtab* table) {
  return *static_cast<VirtualTable*>(table);
}
Cursor& cursor_of(sqlite3_vtab_cursor* cursor) {
  return *static_cast<VirtualCursor*>(cursor)->cursor;
}

std::string declaration(const TableSpec& spec) {
  std::string out = "create table t(";
  for (const ColumnSpec& column : spec.columns) {
    if (out.back() != '(') out += ", ";
    out += '"' + std::string(column.name) + "\" " + std::string(type_name(column.type));
    if (column.hidden) out += " hidden";
  }
  return out + ")";
}

// create virtual table NAME using hone(SOURCE NUMBER)
int connect(sqlite3* db, void* aux, int count, const char* const* words, sqlite3_vtab** out,
            char** error) {
  auto& connection = *static_cast<Connection*>(aux);
  const TableSpec* spec = count == 4 ? find_table(words[2]) : nullptr;
  size_t number = 0;
  if (spec != nullptr) {
    const std::string_view text = words[3];
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  if (spec == nullptr || number >= connection.sources.size()) {
    *error = sqlite3_mprintf("no such table of a recording");
    return SQLITE_ERROR;
  }
  connection.is_declaring = true;
  const int status = sqlite3_declare_vtab(db, declaration(*spec).c_str());
  connection.is_declaring = false;
  if (status != SQLITE_OK) return status;
  sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  auto* table = new VirtualTable{};
  table->connection = &connection;
  table->source = connection.sources[number].source;
  table->spec = spec;
  *out = table;
  return SQLITE_OK;
}

// Another function than connect(): else the module would be a table by its own name.
int create(sqlite3* db, void* aux, int count, const char* const* words, sqlite3_vtab** out,
           char** error) {
  return connect(db, aux, count, words, out, error);
}

int disconnect(sqlite3_vtab* table) {
  delete &table_of(table);
  return SQLITE_OK;
}

int best_index(sqlite3_vtab* table, sqlite3_index_info* info) {
  const VirtualTable& t = table_of(table);
  return t.spec->plan == nullptr ? plan_plain(*t.spec, *t.source, info)
                                 : t.spec->plan(*t.spec, *t.source, info);
}

int open_cursor(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
  const VirtualTable& t = table_of(table);
  auto* cursor = new VirtualCursor{};
  cursor->cursor = t.spec->cursor == nullptr
                       ? plain_cursor(*t.spec, *t.source, t.connection->watch)
                       : t.spec->cursor(*t.spec, *t.source, t.connection->db, t.connection->watch);
  *out = cursor;
  return SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
  delete static_cast<VirtualCursor*>(cursor);
  return SQLITE_OK;
}

int stopped(const VirtualTable& table) {
  return table.connection->watch.is_cancelled() || table.connection->watch.is_over()
             ? SQLITE_INTERRUPT
             : SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int plan, const char* words, int count,
           sqlite3_value** values) {
  VirtualTable& table = table_of(cursor->pVtab);
  std::string error;
  const int status = cursor_of(cursor).filter(plan, words == nullptr ? "" : words,
                                              {values, static_cast<size_t>(count)}, error);
  if (status != SQLITE_OK && !error.empty()) {
    sqlite3_free(table.zErrMsg);
    table.zErrMsg = sqlite3_mprintf("%s", error.c_str());
  }
  return status != SQLITE_OK ? status : stopped(table);
}

// A scan that was stopped has come to its end, too: it is not to look like a whole one.
int next(sqlite3_vtab_cursor* cursor) {
  const int status = cursor_of(cursor).next();
  if (status != SQLITE_OK || !cursor_of(cursor).at_end()) return status;
  return stopped(table_of(cursor->pVtab));
}
int at_end(sqlite3_vtab_cursor* cursor) {
  return cursor_of(cursor).at_end() ? 1 : 0;
}
int put_column(sqlite3_vtab_cursor* cursor, sqlite3_context* to, int column) {
  return cursor_of(cursor).column(static_cast<size_t>(column), Cell(to));
}
int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
  *out = cursor_of(cursor).row_id();
  return SQLITE_OK;
}

const sqlite3_module& module() {
  static const sqlite3_module all = [] {
    sqlite3_module m{};
    m.xCreate = &create;
    m.xConnect = &connect;
    m.xBestIndex = &best_index;
    m.xDisconnect = &disconnect;
    m.xDestroy = &disconnect;
    m.xOpen = &open_cursor;
    m.xClose = &close_cursor;
    m.xFilter = &filter;
    m.xNext = &next;
    m.xEof = &at_end;
    m.xColumn = &put_column;
    m.xRowid = &row_id;
    return m;
  }();
  return all;
}

Result<void> run(sqlite3* db, const std::string& sql) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return fail(Code::Internal, std::string("cannot make the tables: ") + sqlite3_errmsg(db));
}

}  // namespace

Result<void> add_tables(Connection& connection) {
  sqlite3_create_module_v2(connection.db, kModule, &module(), &connection, nullptr);
  const auto add = [&](const std::string& schema, size_t number) -> Result<void> {
    for (const TableSpec* table : tables()) {
      HONE_TRY(run(connection.db, "create virtual table " + schema + "." +
                                      std::string(table->name) + " using hone(" +
                                      std::to_string(number) + ")"));
    }
    return {};
  };
  HONE_TRY(add("main", 0));
  for (size_t i = 0; i < connection.sources.size(); ++i) {
    const std::string& name = connection.sources[i].name;
    if (name == "main") continue;
    HONE_TRY(run(connection.db, "attach ':memory:' as \"" + name + "\""));
    HONE_TRY(add('"' + name + '"', i));
  }
  return {};
}

}  // namespace hone::query
