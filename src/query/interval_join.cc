// interval_join(left, right): which rows of two statements have time in common.
#include <algorithm>
#include <optional>

#include "query/arguments.h"
#include "query/intervals.h"
#include "query/tables.h"

namespace hone::query {
namespace {

struct JoinColumn {
  enum : size_t {
    kTs,
    kDur,
    kKey,
    kLeftValue,
    kLeftTs,
    kLeftDur,
    kRightValue,
    kRightTs,
    kRightDur
  };
};
constexpr ColumnSpec kColumns[] = {
    own_column("ts", Type::kInteger, "When the time in common begins.", Role::kNone, Unit::kTime),
    own_column("dur", Type::kInteger, "How long it is.", Role::kNone, Unit::kNanoseconds),
    own_column("key", Type::kText, "That both rows have."),
    own_column("left_value", Type::kText, "The fourth column of the left row."),
    own_column("left_ts", Type::kInteger, "Its first.", Role::kNone, Unit::kTime),
    own_column("left_dur", Type::kInteger, "Its second.", Role::kNone, Unit::kNanoseconds),
    own_column("right_value", Type::kText, "The fourth column of the right row."),
    own_column("right_ts", Type::kInteger, "Its first.", Role::kNone, Unit::kTime),
    own_column("right_dur", Type::kInteger, "Its second.", Role::kNone, Unit::kNanoseconds),
    own_column("left_sql", Type::kText,
               "A statement that selects ts, dur [, key [, value]]: with a key, rows of one key "
               "are compared, as those of a thread.",
               Role::kArgument),
    own_column("right_sql", Type::kText, "The other one. A dur of 0 or NULL is an instant.",
               Role::kArgument),
};

class JoinCursor final : public Cursor {
 public:
  JoinCursor(sqlite3* db, Watch& watch) : db_(db), watch_(watch) {}

  int filter(int plan, const char*, std::span<sqlite3_value*> given, std::string& error) override {
    const Arguments arguments(plan, given);
    pairs_.reset();
    number_ = 0;
    const auto left = arguments.text(0), right = arguments.text(1);
    if (arguments.is_none()) return SQLITE_OK;
    if (!left || !right) {
      error = "interval_join(left, right) takes two statements";
      return SQLITE_ERROR;
    }
    values_ = {};
    int status = values_.read(db_, std::string(*left), watch_, left_, error);
    if (status == SQLITE_OK) {
      status = values_.read(db_, std::string(*right), watch_, right_, error);
    }
    if (status == SQLITE_OK) pairs_.emplace(left_, right_);
    return status;
  }
  bool at_end() const override { return !pairs_ || pairs_->at_end(); }
  int next() override {
    pairs_->next();
    ++number_;
    watch_.touch(1);
    return SQLITE_OK;
  }
  int64_t row_id() const override { return number_ + 1; }

  int column(size_t column, const Cell& to) override {
    const Interval& left = left_[pairs_->left()];
    const Interval& right = right_[pairs_->right()];
    const int64_t start = std::max(left.start, right.start);
    switch (column) {
      case JoinColumn::kTs:
        to.whole(start);
        break;
      case JoinColumn::kDur:
        to.whole(common(left, right, start));
        break;
      case JoinColumn::kKey:
        values_.put(values_.key(left.key), to);
        break;
      case JoinColumn::kLeftValue:
        values_.put(left.value, to);
        break;
      case JoinColumn::kLeftTs:
        to.whole(left.start);
        break;
      case JoinColumn::kLeftDur:
        to.whole(left.duration);
        break;
      case JoinColumn::kRightValue:
        values_.put(right.value, to);
        break;
      case JoinColumn::kRightTs:
        to.whole(right.start);
        break;
      case JoinColumn::kRightDur:
        to.whole(right.duration);
        break;
      default:
        to.none();
    }
    return SQLITE_OK;
  }

 private:
  static int64_t common(const Interval& left, const Interval& right, int64_t start) {
    if (left.duration <= 0 || right.duration <= 0) return 0;
    return Source::between(TimeNs{start}, TimeNs{std::min(left.end(), right.end())});
  }

  sqlite3* const db_;
  Watch& watch_;
  IntervalValues values_;
  std::vector<Interval> left_, right_;
  std::optional<Overlaps> pairs_;
  int64_t number_ = 0;
};

}  // namespace

constexpr TableSpec kIntervalJoinTable = {
    .name = "interval_join",
    .doc =
        "Pairs of rows of two statements that have time in common, found by one pass over both "
        "in the order of their times. What a join on ts would do row by row, this does for a "
        "million rows on either side.",
    .columns = kColumns,
    .plan = &plan_arguments,
    .cursor = [](const TableSpec&, const Source&, sqlite3* db, Watch& watch)
        -> std::unique_ptr<Cursor> { return std::make_unique<JoinCursor>(db, watch); },
    .is_function = true};

}  // namespace hone::query
