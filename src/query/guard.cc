// A recording is only read: what SQLite could do beyond that is refused as a statement is prepared.
#include <array>
#include <string_view>

#include "query/connection.h"

namespace hone::query {
namespace {

// What says something of the connection and changes nothing, with or without an argument.
constexpr std::array<std::string_view, 8> kPragmas = {
    "table_info",  "table_xinfo", "table_list",      "database_list",
    "module_list", "pragma_list", "compile_options", "function_list"};

std::string_view text(const char* words) {
  return words == nullptr ? std::string_view("") : words;
}

// What a person knows it by.
std::string deed(int action, std::string_view what) {
  switch (action) {
    case SQLITE_ATTACH:
      return "attach a file";
    case SQLITE_DETACH:
      return "detach " + std::string(what);
    case SQLITE_PRAGMA:
      return "run pragma " + std::string(what);
    case SQLITE_FUNCTION:
      return "call " + std::string(what);
    case SQLITE_INSERT:
      return what.substr(0, 7) == "sqlite_" ? "change the tables" : "insert";
    case SQLITE_UPDATE:
      return "update";
    case SQLITE_DELETE:
      return "delete";
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return "begin a transaction";
    default:
      return "change the tables";
  }
}

int authorise(void* data, int action, const char* first, const char* second, const char*,
              const char*) {
  auto& connection = *static_cast<Connection*>(data);
  const std::string_view what = action == SQLITE_FUNCTION ? text(second) : text(first);
  bool is_reading = false;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      is_reading = true;
      break;
    case SQLITE_FUNCTION:
      is_reading = what != "load_extension" && what != "fts3_tokenizer";
      break;
    case SQLITE_PRAGMA:
      for (const std::string_view pragma : kPragmas) is_reading = is_reading || what == pragma;
      break;
    default:
      break;
  }
  if (is_reading || connection.is_declaring) return SQLITE_OK;
  if (connection.denied.empty()) connection.denied = deed(action, what);
  return SQLITE_DENY;
}

int look(void* data) {
  return static_cast<Connection*>(data)->watch.must_stop() ? 1 : 0;
}

}  // namespace

void forbid_writing(Connection& connection) {
  sqlite3* const db = connection.db;
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  // "x" is a name that must exist, never a text: what was misspelt is to be an error.
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  constexpr int kTextBytesMax = 64 << 20, kStatementBytesMax = 1 << 20, kPatternBytesMax = 1000;
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kTextBytesMax);
  sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, kStatementBytesMax);
  sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, kPatternBytesMax);
  sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
  // Their tables (`from pragma_table_info('spans')`) are declared at their first use, which would
  // be refused as a change.
  for (const std::string_view pragma : kPragmas) {
    const std::string sql = "select 1 from pragma_" + std::string(pragma) + " limit 0";
    sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
  }
  sqlite3_set_authorizer(db, &authorise, &connection);
  constexpr int kStepsBetweenLooks = 20'000;
  sqlite3_progress_handler(db, kStepsBetweenLooks, &look, &connection);
}

}  // namespace hone::query
