// What can be asked, with its meaning: tables, functions, and their texts for people. Made of the
// declarations that the tables themselves are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone::query {

struct SchemaColumn {
  std::string_view name;
  std::string_view type;  // "INTEGER"
  std::string_view unit;  // "ns since the start"; empty for none
  std::string_view doc;
  bool hidden = false;  // not in `select *`: a condition, or an argument of a table function
};
struct SchemaTable {
  std::string_view name, doc;
  bool is_function = false;  // used as NAME(arguments), which are its hidden columns
  std::vector<SchemaColumn> columns;
};
struct SchemaFunction {
  std::string_view signature;  // "stack_text(stack [, recording])"
  std::string_view doc;
  bool is_aggregate = false;
};

// In the order of the reference; made once, thread-safe.
const std::vector<SchemaTable>& schema_tables();
const std::vector<SchemaFunction>& schema_functions();

// For a terminal. Of one table or table function, or of all, shortly; empty for a name that is
// none.
std::string schema_text(std::string_view table);
// docs/reference/sql.md
std::string schema_markdown();
// The names that may follow `text`, which ends where they are to be put in.
std::vector<std::string> completions_for(std::string_view text,
                                         const std::vector<std::string>& recordings);

}  // namespace hone::query
