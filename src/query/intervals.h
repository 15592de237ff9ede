// Rows of a statement as intervals of time, and which of two sets of them have time in common: by
// one pass over both in the order of their beginnings, never by comparing each with each.
//
//   HONE_TRY_ASSIGN(Intervals left, keys.read(db, "select ts, dur, thread, name from spans"));
//   Overlaps pairs(left, right);
//   for (; !pairs.at_end(); pairs.next()) use(left.rows[pairs.left()], right.rows[pairs.right()]);
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/host/result.h"
#include "query/limits.h"
#include "query/table.h"

namespace hone::query {

// A value of SQLite, the text of which is one of a list.
struct PlainValue {
  int type = SQLITE_NULL;
  int64_t bits = 0;  // the number; of a text its place in the list
  bool operator==(const PlainValue&) const = default;
};

// What has no length is an instant: it is in an interval that begins then, and not in one that
// ends.
struct Interval {
  int64_t start = 0, duration = 0;
  PlainValue value;
  uint32_t key = 0;
  int64_t end() const {
    int64_t out = 0;
    const int64_t length = duration > 0 ? duration : 1;
    return __builtin_add_overflow(start, length, &out) ? INT64_MAX : out;
  }
};

// Texts and keys of both sides, each once.
class IntervalValues {
 public:
  // The columns of `sql`: ts, dur (NULL is 0), and if they are there key and value. Rows without a
  // time or without a key are left out. Sorted by key and time. An SQLite result code, and why.
  int read(sqlite3* db, const std::string& sql, Watch& watch, std::vector<Interval>& rows,
           std::string& error);
  void put(const PlainValue& value, const Cell& to) const;
  const PlainValue& key(uint32_t id) const { return keys_[id]; }

 private:
  PlainValue value_of(sqlite3_stmt* statement, int column);
  uint32_t key_of(const PlainValue& value);
  struct Hash {
    size_t operator()(const PlainValue& value) const {
      return std::hash<int64_t>()(value.bits) * 31 + static_cast<size_t>(value.type);
    }
  };
  std::unordered_map<std::string, int64_t> text_ids_;
  std::vector<std::string_view> texts_;
  std::unordered_map<PlainValue, uint32_t, Hash> key_ids_;
  std::vector<PlainValue> keys_;
};

// Both must outlive it.
class Overlaps {
 public:
  Overlaps(const std::vector<Interval>& left, const std::vector<Interval>& right)
      : left_(left), right_(right) {
    next();
  }
  bool at_end() const { return at_end_; }
  void next();
  size_t left() const { return of_left_ ? begun_ : (*against_)[at_]; }
  size_t right() const { return of_left_ ? (*against_)[at_] : begun_; }

 private:
  bool begin_next();
  const std::vector<Interval>&left_, &right_;
  size_t next_left_ = 0, next_right_ = 0;
  std::vector<size_t> open_left_, open_right_;
  bool of_left_ = false, at_end_ = false;
  size_t begun_ = 0;                              // the one that is compared
  const std::vector<size_t>* against_ = nullptr;  // with those of the other side that are open
  size_t at_ = 0;
};

}  // namespace hone::query
