#include "query/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "query/database.h"
#include "query/table.h"

namespace hone::query {
namespace {

// A column's doc, its unit in front where it has one.
std::string doc_of(const SchemaColumn& column) {
  return column.unit.empty() ? std::string(column.doc)
                             : fmt::format("{}: {}", column.unit, column.doc);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// "span_stats(pattern, ts, end)"
std::string call_of(const SchemaTable& table) {
  std::string out(table.name);
  if (!table.is_function) return out;
  out += '(';
  for (const SchemaColumn& column : table.columns) {
    if (!column.hidden) continue;
    if (out.back() != '(') out += ", ";
    out += column.name;
  }
  return out + ')';
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*') out += '\\';
    out += c;
  }
  return out;
}

std::string table_markdown(const SchemaTable& table) {
  std::string out = fmt::format("### {}\n\n{}\n\n", call_of(table), table.doc);
  out += "| column | type | |\n|---|---|---|\n";
  for (const SchemaColumn& column : table.columns) {
    const std::string_view kind = !column.hidden      ? ""
                                  : table.is_function ? "argument, "
                                                      : "condition, ";
    out += fmt::format("| `{}` | {}{} | {} |\n", column.name, kind, lower(column.type),
                       markdown_cell(doc_of(column)));
  }
  return out + "\n";
}

// `text` in lines that begin with `indent` blanks, but for the first, and end before column 100.
std::string wrapped(std::string_view text, size_t indent) {
  constexpr size_t kWidth = 100;
  std::string out;
  size_t column = indent;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (column + end + 1 > kWidth && column > indent) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!out.empty()) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string one_table(const SchemaTable& table) {
  std::string out = fmt::format("{}\n  {}\n\n", call_of(table), wrapped(table.doc, 2));
  size_t width = 0;
  for (const SchemaColumn& column : table.columns) width = std::max(width, column.name.size());
  for (const SchemaColumn& column : table.columns) {
    const std::string kind = column.hidden ? "(" + lower(column.type) + ")" : lower(column.type);
    out += fmt::format("  {:<{}}  {:<9} {}\n", column.name, width, kind,
                       wrapped(doc_of(column), width + 14));
  }
  return out;
}

constexpr std::array<std::string_view, 34> kWords = {"select",    "from",
                                                     "where",     "group by",
                                                     "order by",  "having",
                                                     "limit",     "join",
                                                     "left join", "on",
                                                     "as",        "and",
                                                     "or",        "not",
                                                     "in",        "between",
                                                     "like",      "glob",
                                                     "is",        "null",
                                                     "distinct",  "count",
                                                     "sum",       "avg",
                                                     "min",       "max",
                                                     "case",      "when",
                                                     "then",      "else",
                                                     "end",       "with",
                                                     "desc",      "explain query plan"};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Tables that `text` speaks of; all where it speaks of none.
std::vector<const SchemaTable*> tables_in(std::string_view text) {
  std::vector<const SchemaTable*> out;
  const std::string low = lower(text);
  for (const SchemaTable& table : schema_tables()) {
    for (size_t at = low.find(table.name); at != std::string::npos;
         at = low.find(table.name, at + 1)) {
      const size_t end = at + table.name.size();
      if ((at > 0 && is_word(low[at - 1])) || (end < low.size() && is_word(low[end]))) continue;
      out.push_back(&table);
      break;
    }
  }
  if (out.empty()) {
    for (const SchemaTable& table : schema_tables()) out.push_back(&table);
  }
  return out;
}

}  // namespace

const std::vector<SchemaTable>& schema_tables() {
  static const std::vector<SchemaTable> all = [] {
    std::vector<SchemaTable> out;
    for (const TableSpec* table : tables()) {
      SchemaTable& to = out.emplace_back();
      to.name = table->name;
      to.doc = table->doc;
      to.is_function = table->is_function;
      for (const ColumnSpec& column : table->columns) {
        to.columns.push_back({column.name, type_name(column.type), unit_text(column.unit),
                              column.doc, column.hidden});
      }
    }
    return out;
  }();
  return all;
}

const std::vector<SchemaFunction>& schema_functions() {
  static const std::vector<SchemaFunction> all = {
      {"stack_text(stack [, recording])",
       "The functions of a stack from the outermost on, inlined calls too: main;work;memcpy."},
      {"self_time(span [, recording])",
       "Of the span of that id, what no span inside it took: as the column of spans."},
      {"in_span(thread, ts, name [, recording])",
       "1 where the thread was then in a span of that name, a glob: 'AI::*'; else 0."},
      {"overlap(ts, dur, ts2, dur2)", "How many ns two intervals have in common; 0 for none."},
      {"duration_text(ns)", "For people: 4.83 ms."},
      {"bytes_text(bytes)", "For people: 317 MB."},
      {"p50(x)", "The median of the values: exact, the nearest rank, NULLs left out.", true},
      {"p95(x)", "The same, of which 95 in 100 are no greater.", true},
      {"p99(x)", "The same, of which 99 in 100 are no greater.", true},
      {"quantile(x, q)", "The same for any share q from 0 to 1.", true},
  };
  return all;
}

std::string schema_text(std::string_view wanted) {
  std::string out;
  if (!wanted.empty()) {
    for (const SchemaTable& table : schema_tables()) {
      if (table.name == wanted) out += one_table(table);
    }
    for (const SchemaFunction& function : schema_functions()) {
      if (function.signature.substr(0, function.signature.find('(')) == wanted) {
        out += fmt::format("{}\n  {}\n", function.signature, wrapped(function.doc, 2));
      }
    }
    return out;
  }
  size_t width = 0;
  for (const SchemaTable& table : schema_tables()) width = std::max(width, call_of(table).size());
  for (const SchemaFunction& each : schema_functions()) {
    width = std::max(width, each.signature.size());
  }
  const auto add = [&](std::string_view name, std::string_view doc) {
    out += fmt::format("  {:<{}}  {}\n", name, width, wrapped(doc, width + 4));
  };
  out += "tables\n";
  for (const SchemaTable& table : schema_tables()) {
    if (!table.is_function) add(call_of(table), table.doc);
  }
  out += "\ntable functions\n";
  for (const SchemaTable& table : schema_tables()) {
    if (table.is_function) add(call_of(table), table.doc);
  }
  out += "\nfunctions\n";
  for (const SchemaFunction& each : schema_functions()) add(each.signature, each.doc);
  return out;
}

std::string schema_markdown() {
  std::string out =
      "# SQL\n\n"
      "What `hone query` and the page SQL of `hone view` can ask. Made from the tables' own\n"
      "declarations (`hone-docs-sql`); `hone query --schema` prints the same.\n\n"
      "- The dialect is SQLite's. Everything is read only.\n"
      "- Times are whole nanoseconds since the recording's start; durations are nanoseconds.\n"
      "- Columns named after a table in the singular (`thread`, `stack`, `site`) are ids of its "
      "rows;\n"
      "  NULL where there is none.\n"
      "- Conditions and orders on `id`, time (`ts`), `thread` and `name` are met without going\n"
      "  through the other rows, as `explain query plan` shows.\n"
      "- With several recordings (`hone query a=FILE b=FILE`), `a.samples` and `b.samples` are\n"
      "  theirs, and `samples` is the first one's. Functions that need a recording take its name\n"
      "  as their last argument.\n\n"
      "## Tables\n\n";
  for (const SchemaTable& table : schema_tables()) {
    if (!table.is_function) out += table_markdown(table);
  }
  out +=
      "## Table functions\n\nUsed where a table is: `select * from span_stats('AI::*')`. "
      "Arguments may be left out from the\nend on.\n\n";
  for (const SchemaTable& table : schema_tables()) {
    if (table.is_function) out += table_markdown(table);
  }
  out += "## Functions\n\nBeside those of SQLite, its mathematical and its JSON functions.\n\n";
  out += "| function | |\n|---|---|\n";
  for (const SchemaFunction& each : schema_functions()) {
    out += fmt::format("| `{}` | {}{} |\n", each.signature, each.is_aggregate ? "aggregate: " : "",
                       markdown_cell(each.doc));
  }
  return out;
}

std::vector<std::string> completions_for(std::string_view text,
                                         const std::vector<std::string>& recordings) {
  size_t begin = text.size();
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  const std::string prefix = lower(text.substr(begin));
  std::set<std::string> out;
  const auto offer = [&](std::string_view name) {
    if (name.substr(0, prefix.size()) == prefix) out.emplace(name);
  };
  const bool after_dot = begin > 0 && text[begin - 1] == '.';
  std::string_view owner = after_dot ? text.substr(0, begin - 1) : std::string_view("");
  size_t owner_begin = owner.size();
  while (owner_begin > 0 && is_word(owner[owner_begin - 1])) --owner_begin;
  owner.remove_prefix(owner_begin);
  const bool of_recording =
      after_dot && std::find(recordings.begin(), recordings.end(), owner) != recordings.end();
  if (!after_dot || of_recording) {
    for (const SchemaTable& table : schema_tables()) offer(table.name);
  }
  if (!of_recording) {
    for (const SchemaTable* table : tables_in(text.substr(0, begin))) {
      for (const SchemaColumn& column : table->columns) offer(column.name);
    }
  }
  if (!after_dot) {
    for (const std::string_view word : kWords) offer(word);
    for (const std::string& name : recordings) offer(name);
    for (const SchemaFunction& each : schema_functions()) {
      offer(each.signature.substr(0, each.signature.find('(') + 1));
    }
  }
  return {out.begin(), out.end()};
}

std::vector<std::string> Database::completions(std::string_view text) const {
  return completions_for(text, recordings());
}

}  // namespace hone::query
