// SQL over recordings. The tables are those of schema.h; nothing is copied, nothing can be written.
//
//   const query::Source source(profile);
//   HONE_TRY_ASSIGN(query::Database db, query::Database::open({{"main", &source}}));
//   HONE_TRY_ASSIGN(query::Statement rows, db.prepare("select name, dur from spans limit 3"));
//   while (true) {
//     HONE_TRY_ASSIGN(const bool more, rows.step());
//     if (!more) break;
//     use(rows.text(0), rows.integer(1));
//   }
//
// One thread at a time uses a Database and its statements; any number of Databases, on threads of
// their own, may share Sources. cancel() alone may be called from other threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/host/result.h"
#include "query/source.h"

struct sqlite3_stmt;

namespace hone::query {

enum class ValueKind : uint8_t { kNull, kInteger, kReal, kText, kBlob };

struct Connection;

// Must end before its Database does.
class Statement {
 public:
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  // False for one of blanks and comments alone: it has no rows.
  bool is_any() const { return statement_ != nullptr; }
  // True: it stands on a row. After false, or an error, it begins anew.
  // Errors: E090 what SQLite says; LimitExceeded (E091) when the time is over; Cancelled.
  Result<bool> step();

  size_t column_count() const;
  std::string_view column_name(size_t column) const;
  // As the table declares it, "INTEGER"; empty for what is computed.
  std::string_view column_type(size_t column) const;

  // Of the row. Texts and blobs hold until the next step. `text` and `integer` convert.
  ValueKind kind(size_t column) const;
  int64_t integer(size_t column) const;
  double real(size_t column) const;
  std::string_view text(size_t column) const;
  std::span<const uint8_t> blob(size_t column) const;

  // Rows of tables that it looked at since it began: what an index spared is not in it.
  uint64_t rows_touched() const;

 private:
  friend class Database;
  Statement(Connection& connection, sqlite3_stmt* statement, std::string sql)
      : connection_(&connection), statement_(statement), sql_(std::move(sql)) {}
  Connection* connection_;
  sqlite3_stmt* statement_;
  std::string sql_;
  bool is_running_ = false;
};

class Database {
 public:
  // As `NAME.samples`; tables of the first also as `samples`. A name has letters, digits and _.
  struct Named {
    std::string name;
    const Source* source = nullptr;
  };
  static constexpr size_t kSourcesMax = 10;
  // Sources must outlive it. Errors: InvalidArgument for none or too many of them, for a name that
  // is none or there twice.
  static Result<Database> open(std::vector<Named> sources);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) = delete;

  // The first statement of `sql`; `used`: how many bytes of it that was. Errors: E090, with the
  // offset in `sql` where SQLite knows it; E092 for a statement that would do more than read.
  Result<Statement> prepare(std::string_view sql, size_t* used = nullptr);
  // Of each statement, from its first step on. 0: none.
  void set_time_limit(int64_t ns);
  // What runs ends with Cancelled, and so does what is begun until allow() is called, which is for
  // the thread that uses the Database, once it saw that.
  void cancel();
  void allow();
  // The names that may follow `text`, up to its end: tables, columns, functions, words of SQL.
  std::vector<std::string> completions(std::string_view text) const;
  std::vector<std::string> recordings() const;  // their names

 private:
  explicit Database(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

// Whether `sql` ends in a whole statement: with a semicolon outside of quotes and comments.
bool is_complete(const std::string& sql);

}  // namespace hone::query
