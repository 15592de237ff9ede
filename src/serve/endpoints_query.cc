#include <fmt/format.h>

#include "base/host/clock.h"
#include "query/database.h"
#include "query/schema.h"
#include "report/query_rows.h"
#include "serve/endpoints.h"
#include "serve/json_answer.h"

namespace hone::serve {
namespace {

constexpr int64_t kRowsMax = 1'000'000, kRowsUsual = 10'000;
constexpr int64_t kTimeMaxMs = 600'000, kTimeUsualMs = 30'000;
constexpr size_t kStatementBytesMax = 1 << 20;
// Of one answer: a browser that gets more is of no use to anybody.
constexpr size_t kAnswerBytesMax = size_t{256} << 20;

// As numbers of JavaScript are: what they do not hold exactly goes as text.
constexpr int64_t kExactMax = int64_t{1} << 53;

Json value_of(const query::Statement& row, size_t column) {
  switch (row.kind(column)) {
    case query::ValueKind::kNull:
      return nullptr;
    case query::ValueKind::kInteger: {
      const int64_t value = row.integer(column);
      if (value > kExactMax || value < -kExactMax) return std::to_string(value);
      return value;
    }
    case query::ValueKind::kReal:
      return row.real(column);
    case query::ValueKind::kText:
      return std::string(row.text(column));
    case query::ValueKind::kBlob:
      break;
  }
  std::string out = "x'";
  for (const uint8_t byte : row.blob(column)) out += fmt::format("{:02x}", byte);
  return out + "'";
}

Json columns_of(const query::Statement& rows) {
  Json out = Json::array();
  for (size_t i = 0; i < rows.column_count(); ++i) {
    out.push_back({{"name", rows.column_name(i)}, {"type", rows.column_type(i)}});
  }
  return out;
}

Result<Response> rows_json(query::Statement& statement, int64_t limit) {
  const TimeNs begun = base::monotonic_now();
  Json rows = Json::array();
  bool is_cut = false;
  size_t bytes = 0;
  while (true) {
    HONE_TRY_ASSIGN(const bool is_row, statement.step());
    if (!is_row) break;
    if (static_cast<int64_t>(rows.size()) >= limit || bytes > kAnswerBytesMax) {
      is_cut = true;
      break;
    }
    Json row = Json::array();
    for (size_t i = 0; i < statement.column_count(); ++i) {
      Json value = value_of(statement, i);
      bytes += value.is_string() ? value.get_ref<const std::string&>().size() : sizeof(int64_t);
      row.push_back(std::move(value));
    }
    rows.push_back(std::move(row));
  }
  const size_t count = rows.size();
  return json_response({{"columns", columns_of(statement)},
                        {"rows", std::move(rows)},
                        {"row_count", count},
                        {"cut", is_cut},
                        {"elapsed_ns", raw(base::monotonic_now()) - raw(begun)},
                        {"touched", statement.rows_touched()}});
}

Result<Response> rows_csv(query::Statement& statement, int64_t limit) {
  Response out{.type = "text/csv; charset=utf-8"};
  const auto put = [&](std::string_view text) -> Result<void> {
    if (out.body.size() > kAnswerBytesMax) {
      return fail(Code::LimitExceeded, "the answer is larger than 256 MB: hone query writes files");
    }
    out.body += text;
    return {};
  };
  HONE_TRY(report::write_rows(
      statement, {.format = report::RowFormat::kCsv, .limit = static_cast<uint64_t>(limit)}, put));
  return out;
}

Result<query::Database> database_of(const Call& call) {
  std::vector<query::Database::Named> named = {{"a", &call.a->source}};
  if (call.b) named.push_back({"b", &call.b->source});
  return query::Database::open(std::move(named));
}

Result<Response> query_rows(const Call& call) {
  constexpr std::string_view kFormats[] = {"json", "csv"};
  HONE_TRY_ASSIGN(const std::string_view format, call.choice("format", kFormats));
  HONE_TRY_ASSIGN(const int64_t limit, call.number("limit", kRowsUsual, 1, kRowsMax));
  HONE_TRY_ASSIGN(const int64_t time_ms, call.number("timeout_ms", kTimeUsualMs, 1, kTimeMaxMs));
  const std::string_view sql = call.request.body;
  if (sql.size() > kStatementBytesMax) {
    return fail(Code::LimitExceeded, "the statement is longer than a megabyte");
  }
  HONE_TRY_ASSIGN(query::Database database, database_of(call));
  database.set_time_limit(time_ms * 1'000'000);
  size_t used = 0;
  HONE_TRY_ASSIGN(query::Statement statement, database.prepare(sql, &used));
  if (!statement.is_any()) return fail(Code::InvalidArgument, "there is no statement");
  if (sql.find_first_not_of(" \t\r\n;", used) != sql.npos) {
    HONE_TRY_ASSIGN(const query::Statement second, database.prepare(sql.substr(used)));
    if (second.is_any()) return fail(Code::InvalidArgument, "one statement at a time");
  }
  return format == "csv" ? rows_csv(statement, limit) : rows_json(statement, limit);
}

Result<Response> schema(const Call&) {
  Json tables = Json::array();
  for (const query::SchemaTable& table : query::schema_tables()) {
    Json columns = Json::array();
    for (const query::SchemaColumn& column : table.columns) {
      columns.push_back({{"name", column.name},
                         {"type", column.type},
                         {"unit", column.unit},
                         {"doc", column.doc},
                         {"hidden", column.hidden}});
    }
    tables.push_back({{"name", table.name},
                      {"doc", table.doc},
                      {"function", table.is_function},
                      {"columns", std::move(columns)}});
  }
  Json functions = Json::array();
  for (const query::SchemaFunction& one : query::schema_functions()) {
    functions.push_back(
        {{"signature", one.signature}, {"doc", one.doc}, {"aggregate", one.is_aggregate}});
  }
  Response out =
      json_response({{"tables", std::move(tables)}, {"functions", std::move(functions)}});
  out.immutable = true;
  return out;
}

Result<Response> complete(const Call& call) {
  HONE_TRY_ASSIGN(const query::Database database, database_of(call));
  Json names = Json::array();
  for (const std::string& name : database.completions(call.request.value("text"))) {
    names.push_back(name);
  }
  return json_response({{"names", std::move(names)}});
}

}  // namespace

const Endpoint kQuery = {
    .path = "query",
    .method = "POST",
    .sides = Sides::kAB,
    .summary =
        "Rows of one statement of SQL, which is the body. Nothing can be written. Tables are "
        "those of [SQL](sql.md), `a.spans` and `b.spans` of the two recordings.",
    .parameters = {{"limit", "rows at most, 1 to 1,000,000; default 10,000"},
                   {"timeout_ms", "when to give up, 1 to 600,000; default 30,000"},
                   {"format", "`json` or `csv`"}},
    .returns =
        "`{columns: [{name, type}], rows: [[...]], row_count, cut, elapsed_ns, touched}`; "
        "integers beyond 2^53 are text, blobs are `x'...'`. `cut`: there are more rows. "
        "Errors: E090 with the `offset` in the statement, E091, E092.",
    .answer = &query_rows};

const Endpoint kSchema = {
    .path = "schema",
    .summary = "The tables, columns and functions of SQL.",
    .returns =
        "`{tables: [{name, doc, function, columns: [{name, type, unit, doc, hidden}]}], "
        "functions: [{signature, doc, aggregate}]}`",
    .answer = &schema};

const Endpoint kComplete = {.path = "complete",
                            .sides = Sides::kAB,
                            .summary = "What may follow the beginning of a statement.",
                            .parameters = {{"text", "the statement up to where a name is wanted"}},
                            .returns = "`{names}`",
                            .answer = &complete};

}  // namespace hone::serve
