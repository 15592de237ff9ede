// What a Database and its tables share: the connection to SQLite, and when it is to stop.
#pragma once

#include <sqlite3.h>

#include <string>
#include <vector>

#include "base/host/result.h"
#include "query/database.h"
#include "query/limits.h"
#include "query/table.h"

namespace hone::query {

struct Connection {
  ~Connection() { sqlite3_close_v2(db); }

  sqlite3* db = nullptr;
  std::vector<Database::Named> sources;
  Watch watch;
  int64_t time_limit_ns = 0;
  int running = 0;            // statements that stand on a row
  bool is_declaring = false;  // a table of ours, which SQLite may want anew at any time
  std::string denied;         // what the last statement wanted to do, beyond reading

  // The recording of that name; the first for none.
  const Source* source(std::string_view name) const;
};

// Makes the tables of every source known (virtual_table.cc).
Result<void> add_tables(Connection& connection);
// stack_text, overlap, p50, ... (functions.cc, quantiles.cc).
Result<void> add_functions(Connection& connection);
Result<void> add_quantiles(Connection& connection);
// From here on, reading is all that is possible (guard.cc).
void forbid_writing(Connection& connection);

}  // namespace hone::query
