#include "query/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <cctype>

#include "query/advice.h"
#include "query/connection.h"

namespace hone::query {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_word) &&
         std::isdigit(static_cast<unsigned char>(text.front())) == 0;
}

tl::unexpected<Error> time_is_over() {
  return tl::unexpected(Error{.code = Code::LimitExceeded,
                              .message = "the query took longer than its time limit",
                              .effect = "what was given up to now is not all",
                              .fixes = {"hone query --timeout SECONDS   gives it longer",
                                        "explain query plan SELECT ...   (what it goes through)"},
                              .number = "E091"});
}

// What SQLite says last, for the statement `sql`.
Error error_of(Connection& connection, std::string_view sql) {
  sqlite3* const db = connection.db;
  const int code = sqlite3_errcode(db);
  if (!connection.denied.empty()) {
    Error out{.code = Code::Permission,
              .message = "a recording is only read: this would " + connection.denied,
              .effect = "nothing was done",
              .number = "E092"};
    connection.denied.clear();
    return out;
  }
  if (code == SQLITE_INTERRUPT || connection.watch.is_over()) {
    if (connection.watch.is_over()) return time_is_over().value();
    return {.code = Code::Cancelled, .message = "the query was cancelled"};
  }
  Error out{.code = Code::InvalidArgument, .message = sqlite3_errmsg(db), .number = "E090"};
  const int offset = sqlite3_error_offset(db);
  if (offset >= 0 && static_cast<size_t>(offset) <= sql.size()) {
    out.offset = static_cast<uint64_t>(offset);
  }
  std::vector<std::string> names;
  for (const Database::Named& each : connection.sources) names.push_back(each.name);
  advise(out, sql, names);
  if (code == SQLITE_NOMEM || code == SQLITE_TOOBIG) out.code = Code::LimitExceeded;
  return out;
}

}  // namespace

const Source* Connection::source(std::string_view name) const {
  if (name.empty() || name == "main") return sources.front().source;
  for (const Database::Named& each : sources) {
    if (each.name == name) return each.source;
  }
  return nullptr;
}

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(std::vector<Named> sources) {
  if (sources.empty() || sources.size() > kSourcesMax) {
    return fail(Code::InvalidArgument,
                "a query is of one recording, or of as many as " + std::to_string(kSourcesMax));
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (!is_name(sources[i].name) || sources[i].name == "temp" ||
        (sources[i].name == "main" && i > 0)) {
      return fail(Code::InvalidArgument, "'" + sources[i].name + "' cannot name a recording");
    }
    for (size_t k = 0; k < i; ++k) {
      if (sqlite3_stricmp(sources[k].name.c_str(), sources[i].name.c_str()) == 0) {
        return fail(Code::InvalidArgument, "two recordings are named '" + sources[i].name + "'");
      }
    }
  }
  auto connection = std::make_unique<Connection>();
  connection->sources = std::move(sources);
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  if (sqlite3_open_v2(":memory:", &connection->db, flags, nullptr) != SQLITE_OK) {
    return fail(Code::Internal, "SQLite cannot be started");
  }
  HONE_TRY(add_tables(*connection));
  HONE_TRY(add_functions(*connection));
  HONE_TRY(add_quantiles(*connection));
  forbid_writing(*connection);
  return Database(std::move(connection));
}

Result<Statement> Database::prepare(std::string_view sql, size_t* used) {
  Connection& c = *connection_;
  c.denied.clear();
  if (c.running == 0) c.watch.start(c.time_limit_ns);
  if (used != nullptr) *used = sql.size();
  // A 0 would end the statement for SQLite, which then says nothing of the rest.
  if (const size_t zero = sql.find('\0'); zero != std::string_view::npos) {
    return tl::unexpected(Error{.code = Code::InvalidArgument,
                                .message = "a character of a statement is 0",
                                .offset = zero,
                                .number = "E090"});
  }
  const std::string text(sql);
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int status = sqlite3_prepare_v3(
      c.db, text.c_str(), static_cast<int>(std::min<size_t>(text.size() + 1, INT32_MAX)), 0,
      &statement, &rest);
  if (status != SQLITE_OK) return tl::unexpected(error_of(c, sql));
  const auto bytes = static_cast<size_t>(rest - text.c_str());
  if (used != nullptr) *used = bytes;
  return Statement(c, statement, text.substr(0, bytes));
}

std::vector<std::string> Database::recordings() const {
  std::vector<std::string> out;
  for (const Named& each : connection_->sources) out.push_back(each.name);
  return out;
}

void Database::set_time_limit(int64_t ns) {
  connection_->time_limit_ns = ns;
}
void Database::cancel() {
  connection_->watch.cancel();
}
void Database::allow() {
  connection_->watch.forget_cancel();
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      sql_(std::move(other.sql_)),
      is_running_(std::exchange(other.is_running_, false)) {}

Statement::~Statement() {
  if (is_running_) --connection_->running;
  sqlite3_finalize(statement_);
}

Result<bool> Statement::step() {
  if (statement_ == nullptr) return false;
  Connection& c = *connection_;
  if (!is_running_) {
    if (c.running == 0) c.watch.start(c.time_limit_ns);
    is_running_ = true;
    ++c.running;
  }
  int status = sqlite3_step(statement_);
  // Tables whose rows ran out because the time did end like any other.
  if (status == SQLITE_DONE && c.watch.is_over()) status = SQLITE_INTERRUPT;
  if (status == SQLITE_ROW) return true;
  is_running_ = false;
  --c.running;
  if (status == SQLITE_DONE) {
    sqlite3_reset(statement_);
    if (c.watch.is_cancelled()) {
      return fail(Code::Cancelled, "the query was cancelled");
    }
    return false;
  }
  Error error = error_of(c, sql_);
  sqlite3_reset(statement_);
  return tl::unexpected(std::move(error));
}

size_t Statement::column_count() const {
  return statement_ == nullptr ? 0 : static_cast<size_t>(sqlite3_column_count(statement_));
}
std::string_view Statement::column_name(size_t column) const {
  const char* name = sqlite3_column_name(statement_, static_cast<int>(column));
  return name == nullptr ? "" : name;
}
std::string_view Statement::column_type(size_t column) const {
  const char* type = sqlite3_column_decltype(statement_, static_cast<int>(column));
  return type == nullptr ? "" : type;
}

ValueKind Statement::kind(size_t column) const {
  switch (sqlite3_column_type(statement_, static_cast<int>(column))) {
    case SQLITE_INTEGER:
      return ValueKind::kInteger;
    case SQLITE_FLOAT:
      return ValueKind::kReal;
    case SQLITE_TEXT:
      return ValueKind::kText;
    case SQLITE_BLOB:
      return ValueKind::kBlob;
    default:
      return ValueKind::kNull;
  }
}
int64_t Statement::integer(size_t column) const {
  return sqlite3_column_int64(statement_, static_cast<int>(column));
}
double Statement::real(size_t column) const {
  return sqlite3_column_double(statement_, static_cast<int>(column));
}
std::string_view Statement::text(size_t column) const {
  const auto* text =
      reinterpret_cast<const char*>(sqlite3_column_text(statement_, static_cast<int>(column)));
  if (text == nullptr) return "";
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement_, static_cast<int>(column)))};
}
std::span<const uint8_t> Statement::blob(size_t column) const {
  const auto* bytes =
      static_cast<const uint8_t*>(sqlite3_column_blob(statement_, static_cast<int>(column)));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, static_cast<int>(column)))};
}
uint64_t Statement::rows_touched() const {
  return connection_->watch.touched();
}

bool is_complete(const std::string& sql) {
  return sqlite3_complete(sql.c_str()) != 0;
}

}  // namespace hone::query
