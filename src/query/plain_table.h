// Virtual tables whose rows have numbers: they are gone through as they stand, or by an index.
#pragma once

#include <memory>

#include "query/table.h"

namespace hone::query {

int plan_plain(const TableSpec& table, const Source& source, sqlite3_index_info* info);
std::unique_ptr<Cursor> plain_cursor(const TableSpec& table, const Source& source, Watch& watch);

// What the right side of a condition on whole numbers means. A bound is never too tight: SQLite
// looks at each row again.
struct Bound {
  bool is_number = false;     // else it says nothing
  bool is_none = false;       // NULL, which nothing compares to
  int64_t low = 0, high = 0;  // the whole numbers around it; one and the same where it is whole
};
Bound bound_of(sqlite3_value* value);

// Which condition of each kind there is, as places in sqlite3_index_info; -1 none.
struct Conditions {
  int equal = -1, low = -1, high = -1;
  int glob = -1, like = -1;
  bool is_lost = false;  // there is an equality, of something that is not known yet
};
Conditions conditions_on(const sqlite3_index_info& info, int column);
bool is_low(int op);
bool is_high(int op);

}  // namespace hone::query
