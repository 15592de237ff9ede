// The rows of a query in every voice: an aligned table for people, CSV, JSON, JSON a line.
//
//   HONE_TRY_ASSIGN(const RowsWritten written, write_rows(statement, options, put));
//
// Rows are written as they come: memory does not grow with them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "query/database.h"
#include "report/text_style.h"

namespace hone::report {

enum class RowFormat : uint8_t { kTable, kCsv, kJson, kNdjson };

struct RowOptions {
  RowFormat format = RowFormat::kTable;
  TextStyle style;           // of a table
  uint64_t limit = 0;        // rows at most; 0: all
  std::string_view version;  // of the tool, for JSON
};
struct RowsWritten {
  uint64_t rows = 0;
  bool is_cut = false;  // there are more than the limit
};

// Errors: those of Statement::step, and of `put`.
Result<RowsWritten> write_rows(query::Statement& statement, const RowOptions& options,
                               base::FunctionRef<Result<void>(std::string_view)> put);

}  // namespace hone::report
