#include "cli/query.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <deque>

#include "base/host/clock.h"
#include "base/host/file.h"
#include "base/host/text.h"
#include "cli/command.h"
#include "cli/errors.h"
#include "cli/open.h"
#include "cli/query_prompt.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "query/schema.h"

namespace hone::cli {
namespace {

constexpr uint32_t kTableRows = 1000;

// The recordings that are asked, and the statement, if the command line has one.
struct Asked {
  struct One {
    std::string name, path;
  };
  std::vector<One> recordings;
  std::string sql;
  bool has_sql = false;
};

bool is_there(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

bool ends_in_hone(std::string_view word) {
  constexpr std::string_view kEnd = ".hone";
  return word.size() >= kEnd.size() && word.substr(word.size() - kEnd.size()) == kEnd;
}

// "a=app.hone"
bool is_named(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == word.size()) return false;
  if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) return false;
  const bool is_name = std::all_of(word.begin(), word.begin() + static_cast<ptrdiff_t>(equals),
                                   [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  const std::string path = word.substr(equals + 1);
  return is_name && (is_there(path) || (ends_in_hone(path) && path.find(' ') == path.npos));
}

// A word is a recording, or the statement: what has blanks and is no file is that.
Result<Asked> asked_of(const Options& options) {
  Asked out;
  for (const std::string& word : options.operands) {
    if (word == "-") continue;  // standard input, which is read anyway without a statement
    const bool is_file =
        is_there(word) || (ends_in_hone(word) && word.find(' ') == word.npos && !is_named(word));
    if (is_file && !out.recordings.empty() && !out.has_sql) {
      return usage_error("of several recordings, those behind the first have names: NAME=FILE",
                         {"hone query a=before.hone b=after.hone 'SELECT ...'"});
    }
    if (is_file && !out.has_sql) {
      out.recordings.push_back({"main", word});
    } else if (is_named(word) && !out.has_sql) {
      const size_t equals = word.find('=');
      out.recordings.push_back({word.substr(0, equals), word.substr(equals + 1)});
    } else if (!out.has_sql) {
      out.sql = word;
      out.has_sql = true;
    } else {
      return usage_error(fmt::format("hone query takes one statement, and '{}' is another", word),
                         {"hone query FILE 'SELECT ...; SELECT ...'   (several in one)",
                          "hone query a=FILE b=FILE 'SELECT ...'      (several recordings)"});
    }
  }
  if (out.has_sql && !options.sql_file.empty()) {
    return usage_error("-f and a statement are two ways to say what is asked",
                       {"give one of them"});
  }
  if (out.recordings.empty()) {
    Options none;
    HONE_TRY_ASSIGN(std::string path, recording_path(none, 0));
    out.recordings.push_back({"main", std::move(path)});
  }
  return out;
}

Result<std::string> text_of_file(const std::string& path) {
  auto text = base::read_file(path == "-" ? "/dev/stdin" : path);
  if (text) return std::move(*text);
  Error error = std::move(text.error());
  if (error.message.find(path) == std::string::npos) error = std::move(error).context(path);
  error.number = "E002";
  error.effect = "nothing was asked";
  error.fixes = {"check the path of -f"};
  return tl::unexpected(std::move(error));
}

int print_schema(const Options& options) {
  if (options.operands.empty()) {
    (void)print(Stream::kOut, query::schema_text(""));
    return kOk;
  }
  std::string out;
  for (const std::string& name : options.operands) {
    const std::string text = query::schema_text(name);
    if (text.empty()) return kAnswerIsNo;
    out += (out.empty() ? "" : "\n") + text;
  }
  (void)print(Stream::kOut, out);
  return kOk;
}

Result<int> schema_of(const Options& options) {
  if (print_schema(options) == kOk) return kOk;
  std::vector<std::string_view> known;
  for (const query::SchemaTable& table : query::schema_tables()) known.push_back(table.name);
  for (const std::string& name : options.operands) {
    if (!query::schema_text(name).empty()) continue;
    const std::string_view near = base::nearest(name, known.data(), known.size());
    return usage_error(fmt::format("there is no table '{}'{}", name,
                                   near.empty() ? "" : fmt::format(". Did you mean '{}'?", near)),
                       {"hone query --schema   (lists the tables)"});
  }
  return kOk;
}

report::RowFormat format_of(std::string_view name) {
  if (name == "csv") return report::RowFormat::kCsv;
  if (name == "json") return report::RowFormat::kJson;
  if (name == "ndjson") return report::RowFormat::kNdjson;
  return report::RowFormat::kTable;
}

Result<int> run_query(const Invocation& invocation) {
  const Options& options = invocation.options;
  if (options.schema) return schema_of(options);
  HONE_TRY_ASSIGN(Asked asked, asked_of(options));
  if (!options.sql_file.empty()) {
    HONE_TRY_ASSIGN(asked.sql, text_of_file(options.sql_file));
    asked.has_sql = true;
  }
  std::deque<OpenProfile> profiles;
  std::deque<query::Source> sources;
  std::vector<query::Database::Named> named;
  for (const Asked::One& one : asked.recordings) {
    HONE_TRY_ASSIGN(OpenProfile open, open_profile(one.path));
    say(open.note);
    profiles.push_back(std::move(open));
    named.push_back({one.name, &sources.emplace_back(profiles.back().profile)});
  }
  auto opened = query::Database::open(std::move(named));
  if (!opened) return usage_error(opened.error().message, {"hone help query"});
  query::Database& database = *opened;
  database.set_time_limit(static_cast<int64_t>(options.timeout_s * 1e9));
  QueryOutput output{.format = format_of(options.json ? "json" : options.row_format),
                     .style = style_of(Stream::kOut, options.color, options.full_names),
                     .limit = options.row_limit};
  if (!invocation.was_given("limit") && output.format == report::RowFormat::kTable) {
    output.limit = kTableRows;
  }
  if (!asked.has_sql && ::isatty(STDIN_FILENO) != 0) return run_prompt(database, output);
  if (!asked.has_sql) {
    HONE_TRY_ASSIGN(asked.sql, text_of_file("-"));
  }
  HONE_TRY(run_statements(database, asked.sql, output));
  return kOk;
}

}  // namespace

Result<void> run_statements(query::Database& database, std::string_view sql,
                            const QueryOutput& output) {
  bool is_first = true;
  for (size_t used = 0; !sql.empty(); sql.remove_prefix(used)) {
    HONE_TRY_ASSIGN(query::Statement statement, database.prepare(sql, &used));
    if (!statement.is_any()) {
      if (used == 0) break;
      continue;
    }
    // Rows of several statements are told apart as far as the format can.
    const bool is_parted =
        output.format == report::RowFormat::kTable || output.format == report::RowFormat::kCsv;
    if (!is_first && is_parted) HONE_TRY(print(Stream::kOut, "\n"));
    is_first = false;
    const auto put = [](std::string_view text) { return print(Stream::kOut, text); };
    HONE_TRY_ASSIGN(const report::RowsWritten written, report::write_rows(statement,
                                                                          {.format = output.format,
                                                                           .style = output.style,
                                                                           .limit = output.limit,
                                                                           .version = kVersion},
                                                                          put));
    if (written.is_cut) {
      say(fmt::format("note: these are the first {} rows; --limit 0 prints all\n",
                      base::count_text(written.rows)));
    }
  }
  return {};
}

const Command& query_command() {
  static const Command command = {
      .name = "query",
      .summary = "ask a recording in SQL",
      .usage = "[flags] [FILE | NAME=FILE...] [SQL]",
      .examples = {{"hone query 'select * from span_stats'", "of the newest recording here"},
                   {"hone query app.hone", "a prompt, with completion"},
                   {"hone query --schema spans",
                    "the columns of a table; all tables without a name"},
                   {"hone query --format csv app.hone -f slow.sql > slow.csv", ""},
                   {"hone query a=old.hone b=new.hone -f both.sql", "a.spans and b.spans"}},
      .details =
          "The tables are the recording's own, as docs/reference/sql.md tells them; the dialect\n"
          "is SQLite's. Nothing can be written. Times are nanoseconds since the recording's "
          "start.\n"
          "Without SQL and -f, statements come from standard input: a prompt on a terminal.",
      .operands = Operands::kQuery,
      .flags = {{"format",
                 0,
                 "FORMAT",
                 "how rows are written",
                 &Options::row_format,
                 {"table", "csv", "json", "ndjson"}},
                {"json", 0, "", "the same as --format json", &Options::json},
                {"limit", 0, "N",
                 "rows of each statement at most, 0 all; what is cut is said (default: 1000 in a "
                 "table, else all)",
                 &Options::row_limit},
                {"timeout", 0, "SECONDS", "give a statement up after so long; 0 never (default)",
                 &Options::timeout_s},
                {"file",
                 'f',
                 "FILE",
                 "read the statements from FILE, - for standard input",
                 &Options::sql_file,
                 {},
                 ValueKind::kFile},
                {"schema", 0, "", "print the tables and functions, or the columns of a table",
                 &Options::schema},
                full_names_flag(),
                color_flag()},
      .run = &run_query};
  return command;
}

}  // namespace hone::cli
