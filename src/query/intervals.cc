#include "query/intervals.h"

#include <algorithm>
#include <bit>
#include <memory>

namespace hone::query {
namespace {

constexpr size_t kRowsBetweenLooks = 1 << 16;

bool is_before(const Interval& a, const Interval& b) {
  return a.key != b.key ? a.key < b.key : a.start < b.start;
}

}  // namespace

PlainValue IntervalValues::value_of(sqlite3_stmt* statement, int column) {
  const int type = sqlite3_column_type(statement, column);
  switch (type) {
    case SQLITE_INTEGER:
      return {type, sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return {type, std::bit_cast<int64_t>(sqlite3_column_double(statement, column))};
    case SQLITE_TEXT:
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const std::string text(bytes == nullptr ? "" : bytes,
                             static_cast<size_t>(sqlite3_column_bytes(statement, column)));
      const auto [at, is_new] = text_ids_.try_emplace(text, static_cast<int64_t>(texts_.size()));
      if (is_new) texts_.push_back(at->first);
      return {SQLITE_TEXT, at->second};
    }
    default:
      return {};
  }
}

uint32_t IntervalValues::key_of(const PlainValue& value) {
  const auto [at, is_new] = key_ids_.try_emplace(value, static_cast<uint32_t>(keys_.size()));
  if (is_new) keys_.push_back(value);
  return at->second;
}

int IntervalValues::read(sqlite3* db, const std::string& sql, Watch& watch,
                         std::vector<Interval>& rows, std::string& error) {
  rows.clear();
  sqlite3_stmt* prepared = nullptr;
  int status = sqlite3_prepare_v2(db, sql.c_str(), -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(prepared,
                                                                        &sqlite3_finalize);
  if (status != SQLITE_OK) {
    error = "interval_join: " + std::string(sqlite3_errmsg(db)) + ": " + sql;
    return status;
  }
  const int columns = prepared == nullptr ? 0 : sqlite3_column_count(prepared);
  if (columns < 2 || columns > 4) {
    error = "interval_join: a side selects ts, dur [, key [, value]], not " +
            std::to_string(columns) + " columns: " + sql;
    return SQLITE_ERROR;
  }
  while ((status = sqlite3_step(prepared)) == SQLITE_ROW) {
    if (sqlite3_column_type(prepared, 0) == SQLITE_NULL) continue;
    Interval row{.start = sqlite3_column_int64(prepared, 0),
                 .duration = sqlite3_column_int64(prepared, 1)};
    if (columns > 2) {
      const PlainValue key = value_of(prepared, 2);
      if (key.type == SQLITE_NULL) continue;
      row.key = key_of(key);
    } else {
      row.key = key_of({});
    }
    if (columns > 3) row.value = value_of(prepared, 3);
    rows.push_back(row);
    if (rows.size() % kRowsBetweenLooks == 0 && watch.must_stop()) return SQLITE_INTERRUPT;
  }
  if (status != SQLITE_DONE) {
    error = "interval_join: " + std::string(sqlite3_errmsg(db));
    return status;
  }
  if (!std::is_sorted(rows.begin(), rows.end(), &is_before)) {
    std::stable_sort(rows.begin(), rows.end(), &is_before);
  }
  return SQLITE_OK;
}

void IntervalValues::put(const PlainValue& value, const Cell& to) const {
  switch (value.type) {
    case SQLITE_INTEGER:
      return to.whole(value.bits);
    case SQLITE_FLOAT:
      return to.real(std::bit_cast<double>(value.bits));
    case SQLITE_TEXT:
      return to.copied(texts_[static_cast<size_t>(value.bits)]);
    default:
      return to.none();
  }
}

// The next interval of either side that begins, and those of the other that are open then.
bool Overlaps::begin_next() {
  const bool has_left = next_left_ < left_.size(), has_right = next_right_ < right_.size();
  if (!has_left && !has_right) return false;
  of_left_ = !has_right || (has_left && is_before(left_[next_left_], right_[next_right_]));
  begun_ = of_left_ ? next_left_++ : next_right_++;
  const Interval& begun = of_left_ ? left_[begun_] : right_[begun_];
  const std::vector<Interval>& others = of_left_ ? right_ : left_;
  std::vector<size_t>& open = of_left_ ? open_right_ : open_left_;
  std::erase_if(
      open, [&](size_t i) { return others[i].key != begun.key || others[i].end() <= begun.start; });
  (of_left_ ? open_left_ : open_right_).push_back(begun_);
  against_ = &open;
  at_ = 0;
  return true;
}

void Overlaps::next() {
  if (against_ != nullptr && ++at_ < against_->size()) return;
  do {
    if (!begin_next()) {
      at_end_ = true;
      return;
    }
  } while (against_->empty());
}

}  // namespace hone::query
