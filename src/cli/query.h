// Statements of `hone query`, from the command line, a file or the prompt.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/host/result.h"
#include "query/database.h"
#include "report/query_rows.h"

namespace hone::cli {

struct QueryOutput {
  report::RowFormat format = report::RowFormat::kTable;
  report::TextStyle style;
  uint64_t limit = 0;  // rows of a statement; 0: all
};

// Runs one after the other and prints their rows; what is cut is said on standard error. Errors:
// those of the first that fails.
Result<void> run_statements(query::Database& database, std::string_view sql,
                            const QueryOutput& output);

}  // namespace hone::cli
