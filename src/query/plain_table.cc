#include "query/plain_table.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "query/row_index.h"
#include "query/stretches.h"

namespace hone::query {
namespace {

// A plan is one way, and bits of what follows in the values.
struct Way {
  enum : int { kScan, kById, kByTime, kByThread, kByName };
};
constexpr int kWayMask = 7;
constexpr int kEqual = 8, kLow = 16, kHigh = 32, kInSpan = 64, kBackwards = 128;

struct Chosen {
  int plan = 0;
  double cost = 0;
  int64_t rows = 0;
  std::string words;  // for `explain query plan`
};

void use(sqlite3_index_info& info, int condition, int& arguments, bool omit = false) {
  info.aConstraintUsage[condition].argvIndex = ++arguments;
  info.aConstraintUsage[condition].omit = omit ? 1 : 0;
}

// All terms go one way; which.
bool is_one_way(const sqlite3_index_info& info, bool& backwards) {
  for (int i = 0; i < info.nOrderBy; ++i) {
    if ((info.aOrderBy[i].desc != 0) != (info.aOrderBy[0].desc != 0)) return false;
  }
  backwards = info.nOrderBy > 0 && info.aOrderBy[0].desc != 0;
  return info.nOrderBy > 0;
}

// The order that is asked for is by these columns, or by the first of them. -1 is the row id.
bool is_order(const sqlite3_index_info& info, int first, int second) {
  if (info.nOrderBy < 1 || info.nOrderBy > (second >= -1 ? 2 : 1)) return false;
  if (info.aOrderBy[0].iColumn != first) return false;
  return info.nOrderBy == 1 || info.aOrderBy[1].iColumn == second;
}
constexpr int kNoColumn = -2;

struct Columns {
  int id, time, thread, name, in_span;
  explicit Columns(const TableSpec& table)
      : id(table.column_of(Role::kId)),
        time(table.column_of(Role::kTime)),
        thread(table.column_of(Role::kThread)),
        name(table.column_of(Role::kName)),
        in_span(table.column_of(Role::kArgument)) {}
};

// The way that leaves fewest rows.
int choose_way(const sqlite3_index_info& info, const Columns& columns, const Conditions& id,
               const Conditions& time, const Conditions& thread, const Conditions& name) {
  if (id.equal >= 0) return Way::kById;
  if (name.equal >= 0) return Way::kByName;
  if (thread.equal >= 0) return Way::kByThread;
  if (time.low >= 0 || time.high >= 0) return Way::kByTime;
  if (id.low >= 0 || id.high >= 0) return Way::kById;
  if (columns.time >= 0 && is_order(info, columns.time, kNoColumn)) return Way::kByTime;
  const int time_too = columns.time >= 0 ? columns.time : kNoColumn;
  if (columns.thread >= 0 && is_order(info, columns.thread, time_too)) return Way::kByThread;
  if (columns.name >= 0 && is_order(info, columns.name, time_too)) return Way::kByName;
  return Way::kScan;
}

bool gives_order(const sqlite3_index_info& info, const Columns& columns, int way, bool equal) {
  const int time = columns.time >= 0 ? columns.time : kNoColumn;
  switch (way) {
    case Way::kScan:
    case Way::kById:
      return is_order(info, -1, kNoColumn) ||
             (columns.id >= 0 && is_order(info, columns.id, kNoColumn));
    case Way::kByTime:
      return is_order(info, time, kNoColumn);
    case Way::kByThread:
      return (equal && is_order(info, time, kNoColumn)) || is_order(info, columns.thread, time);
    default:
      return (equal && is_order(info, time, kNoColumn)) || is_order(info, columns.name, time);
  }
}

void take_range(sqlite3_index_info& info, const Conditions& on, std::string_view column,
                int& arguments, Chosen& out) {
  if (on.low >= 0) {
    use(info, on.low, arguments);
    out.plan |= kLow;
    out.words += std::string(column) + ">? ";
    out.cost /= 3;
  }
  if (on.high >= 0) {
    use(info, on.high, arguments);
    out.plan |= kHigh;
    out.words += std::string(column) + "<? ";
    out.cost /= 3;
  }
}

class PlainCursor final : public Cursor {
 public:
  PlainCursor(const TableSpec& table, const Source& source, Watch& watch)
      : table_(table), source_(source), watch_(watch) {}

  int filter(int plan, const char*, std::span<sqlite3_value*> values, std::string&) override {
    take_ = values;
    backwards_ = (plan & kBackwards) != 0;
    index_ = nullptr;
    const int way = plan & kWayMask;
    RowIndex::Range range = way <= Way::kById ? rows_by_id(plan) : rows_by_index(way, plan);
    stretches_ = nullptr;
    if ((plan & kInSpan) != 0) {
      sqlite3_value* const pattern = next_value();
      if (sqlite3_value_type(pattern) == SQLITE_NULL) range = {};
      const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(pattern));
      if (text != nullptr) stretches_ = source_.stretches(text);
    }
    place_ = range.begin;
    left_ = range.end - range.begin;
    if (backwards_ && left_ > 0) place_ = range.end - 1;
    settle();
    return SQLITE_OK;
  }

  bool at_end() const override { return left_ == 0; }
  int next() override {
    step();
    settle();
    return SQLITE_OK;
  }
  int64_t row_id() const override { return static_cast<int64_t>(row_) + 1; }

  int column(size_t column, const Cell& to) override {
    const ColumnSpec& spec = table_.columns[column];
    if (spec.number != nullptr) {
      to.whole(spec.number(source_, row_));
    } else if (spec.text != nullptr) {
      to.text(spec.text(source_, row_));
    } else if (spec.real != nullptr) {
      to.real(spec.real(source_, row_));
    } else if (spec.put != nullptr) {
      spec.put(source_, row_, to);
    }
    return SQLITE_OK;
  }

 private:
  sqlite3_value* next_value() {
    sqlite3_value* const out = take_.front();
    take_ = take_.subspan(1);
    return out;
  }

  // The range that the next values give; false when nothing can be in it.
  bool next_range(int plan, int64_t& first, int64_t& last) {
    first = INT64_MIN;
    last = INT64_MAX;
    bool is_possible = true;
    if ((plan & kLow) != 0) {
      const Bound bound = bound_of(next_value());
      if (bound.is_number) first = bound.low;
      is_possible = !bound.is_none;
    }
    if ((plan & kHigh) != 0) {
      const Bound bound = bound_of(next_value());
      if (bound.is_number) last = bound.high;
      is_possible = is_possible && !bound.is_none;
    }
    return is_possible;
  }

  RowIndex::Range rows_by_id(int plan) {
    const auto count = static_cast<int64_t>(table_.rows(source_));
    int64_t first = 1, last = count;
    if ((plan & kEqual) != 0) {
      const Bound bound = bound_of(next_value());
      if (bound.is_none) return {};
      if (bound.is_number) {
        first = std::max(first, bound.low);
        last = std::min(last, bound.high);
      }
    } else {
      int64_t low = 0, high = 0;
      if (!next_range(plan, low, high)) return {};
      first = std::max(first, low);
      last = std::min(last, high);
    }
    if (first > last) return {};
    return {static_cast<size_t>(first - 1), static_cast<size_t>(last)};
  }

  RowIndex::Range rows_by_index(int way, int plan) {
    Role role = way == Way::kByThread ? Role::kThread
                : way == Way::kByName ? Role::kName
                                      : Role::kTime;
    RowIndex::Range range{};
    if ((plan & kEqual) != 0) {
      sqlite3_value* const value = next_value();
      if (sqlite3_value_type(value) == SQLITE_NULL) return {};
      if (role == Role::kName) {
        index_ = &source_.index(table_, static_cast<uint8_t>(role));
        const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
        if (text == nullptr) return {};
        range =
            index_->all_of(std::string_view(text, static_cast<size_t>(sqlite3_value_bytes(value))));
      } else if (const Bound bound = bound_of(value); bound.is_number) {
        index_ = &source_.index(table_, static_cast<uint8_t>(role));
        if (bound.low == bound.high) range = index_->all_of(bound.low);
      } else {
        role = Role::kTime;  // a text: SQLite is to say whether it is equal
      }
    }
    if (index_ == nullptr) {
      index_ = &source_.index(table_, static_cast<uint8_t>(role));
      range = index_->all();
    }
    if ((plan & (kLow | kHigh)) == 0) return range;
    int64_t first = 0, last = 0;
    if (!next_range(plan, first, last)) return {};
    return index_->in_time(range, first, last);
  }

  void step() {
    --left_;
    backwards_ ? --place_ : ++place_;
  }
  // Past the rows that are not in a span that was asked for.
  void settle() {
    for (; left_ > 0; step()) {
      row_ = index_ == nullptr ? place_ : index_->row(place_);
      watch_.touch(1);
      if (stretches_ == nullptr || is_inside()) return;
      if (watch_.touched() % kRowsBetweenLooks == 0 && watch_.must_stop()) left_ = 1;
    }
  }
  bool is_inside() const {
    const auto thread = table_.columns[static_cast<size_t>(table_.column_of(Role::kThread))].number;
    const auto time = table_.columns[static_cast<size_t>(table_.column_of(Role::kTime))].number;
    return stretches_->holds(thread(source_, row_), time(source_, row_));
  }

  static constexpr uint64_t kRowsBetweenLooks = 1 << 16;

  const TableSpec& table_;
  const Source& source_;
  Watch& watch_;
  std::span<sqlite3_value*> take_;
  const RowIndex* index_ = nullptr;
  std::shared_ptr<const ThreadStretches> stretches_;
  bool backwards_ = false;
  size_t place_ = 0, left_ = 0, row_ = 0;
};

}  // namespace

bool is_low(int op) {
  return op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE;
}
bool is_high(int op) {
  return op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE;
}

Conditions conditions_on(const sqlite3_index_info& info, int column) {
  Conditions out;
  for (int i = 0; i < info.nConstraint; ++i) {
    const auto& constraint = info.aConstraint[i];
    if (constraint.iColumn != column) continue;
    const bool is_equal = constraint.op == SQLITE_INDEX_CONSTRAINT_EQ;
    if (constraint.usable == 0) {
      out.is_lost = out.is_lost || is_equal;
    } else if (is_equal) {
      out.equal = i;
    } else if (is_low(constraint.op)) {
      out.low = i;
    } else if (is_high(constraint.op)) {
      out.high = i;
    } else if (constraint.op == SQLITE_INDEX_CONSTRAINT_GLOB) {
      out.glob = i;
    } else if (constraint.op == SQLITE_INDEX_CONSTRAINT_LIKE) {
      out.like = i;
    }
  }
  return out;
}

Bound bound_of(sqlite3_value* value) {
  Bound out;
  constexpr double kLimit = 9.2e18;
  switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
      out.is_none = true;
      break;
    case SQLITE_INTEGER:
      out = {true, false, sqlite3_value_int64(value), sqlite3_value_int64(value)};
      break;
    case SQLITE_FLOAT: {
      const double real = sqlite3_value_double(value);
      out = {true, false, INT64_MIN, INT64_MAX};
      if (real > -kLimit)
        out.low =
            real < kLimit ? static_cast<int64_t>(std::floor(real)) : static_cast<int64_t>(kLimit);
      if (real < kLimit)
        out.high =
            real > -kLimit ? static_cast<int64_t>(std::ceil(real)) : static_cast<int64_t>(-kLimit);
      break;
    }
    default:
      break;
  }
  return out;
}

int plan_plain(const TableSpec& table, const Source& source, sqlite3_index_info* info) {
  const Columns columns(table);
  const auto on = [&](int column) {
    return column < 0 ? Conditions{} : conditions_on(*info, column);
  };
  Conditions id = on(columns.id);
  const Conditions row_id = conditions_on(*info, -1);
  if (row_id.equal >= 0 && id.equal < 0) id = row_id;
  const Conditions time = on(columns.time), thread = on(columns.thread),
                   in_span = on(columns.in_span);
  Conditions name = on(columns.name);
  if (name.equal >= 0 && std::string_view(sqlite3_vtab_collation(info, name.equal)) != "BINARY") {
    name.equal = -1;
  }
  if (in_span.is_lost) return SQLITE_CONSTRAINT;

  const int way = choose_way(*info, columns, id, time, thread, name);
  const Conditions& leading = way == Way::kById       ? id
                              : way == Way::kByName   ? name
                              : way == Way::kByThread ? thread
                                                      : Conditions{};
  const auto rows = static_cast<double>(table.rows(source)) + 1;
  Chosen chosen{.plan = way, .cost = rows};
  int arguments = 0;
  static constexpr std::string_view kWays[] = {"", "by id ", "by time ", "by thread ", "by name "};
  chosen.words = kWays[way];
  if (leading.equal >= 0) {
    use(*info, leading.equal, arguments);
    chosen.plan |= kEqual;
    chosen.cost = way == Way::kById ? 1 : rows / 20;
    chosen.words +=
        std::string(table
                        .columns[static_cast<size_t>(way == Way::kById     ? std::max(columns.id, 0)
                                                     : way == Way::kByName ? columns.name
                                                                           : columns.thread)]
                        .name) +
        "=? ";
  }
  if (way == Way::kById && leading.equal < 0) take_range(*info, id, "id", arguments, chosen);
  // Without one value, places by thread or by name are not by time.
  if (way == Way::kByTime || (way >= Way::kByThread && leading.equal >= 0)) {
    take_range(*info, time, table.columns[static_cast<size_t>(std::max(columns.time, 0))].name,
               arguments, chosen);
  }
  if (in_span.equal >= 0) {
    use(*info, in_span.equal, arguments, true);
    chosen.plan |= kInSpan;
    chosen.words += "in_span=? ";
  }
  bool backwards = false;
  if (is_one_way(*info, backwards) && gives_order(*info, columns, way, leading.equal >= 0)) {
    info->orderByConsumed = 1;
    if (backwards) chosen.plan |= kBackwards;
    chosen.words += backwards ? "in order, backwards " : "in order ";
  }
  if (!chosen.words.empty()) chosen.words.pop_back();
  info->idxNum = chosen.plan;
  info->idxStr = sqlite3_mprintf("%s", chosen.words.c_str());
  info->needToFreeIdxStr = 1;
  info->estimatedCost = chosen.cost + 1;
  info->estimatedRows = std::max<int64_t>(1, static_cast<int64_t>(chosen.cost));
  if (way == Way::kById && leading.equal >= 0) info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
  return SQLITE_OK;
}

std::unique_ptr<Cursor> plain_cursor(const TableSpec& table, const Source& source, Watch& watch) {
  return std::make_unique<PlainCursor>(table, source, watch);
}

}  // namespace hone::query
