// span_stats(pattern, from_ts, to_ts): statistics of spans straight from the columns, and
// in_span(pattern): when threads were in spans of a name.
#include <string>

#include "analysis/function_names.h"
#include "query/arguments.h"
#include "query/stretches.h"
#include "query/tables.h"

namespace hone::query {
namespace {

struct StatsColumn {
  enum : size_t {
    kName,
    kCategory,
    kCount,
    kTotal,
    kSelf,
    kMean,
    kLeast,
    kP50,
    kP95,
    kP99,
    kMost,
    kThreads,
    kNotNested,
    kStillOpen,
    kTimed,
    kTotalError,
    kFunction,
    kFile,
    kLine,
    kSite
  };
};

constexpr ColumnSpec ns_column(std::string_view name, std::string_view doc) {
  return own_column(name, Type::kInteger, doc, Role::kNone, Unit::kNanoseconds);
}
constexpr ColumnSpec kColumns[] = {
    own_column("name", Type::kText, "As the program gave it."),
    own_column("category", Type::kText, "Given, or what is before the first :: of the name."),
    own_column("count", Type::kInteger, "Finished spans."),
    ns_column("total", "All of their durations."),
    ns_column("self_time", "Of it, what no span inside them took."),
    own_column("mean", Type::kReal, "Of the durations.", Role::kNone, Unit::kNanoseconds),
    ns_column("min", "The shortest."),
    ns_column("p50", "The median: exact, as all quantiles here."),
    ns_column("p95", "95 in 100 are no longer."),
    ns_column("p99", "99 in 100 are no longer."),
    ns_column("max", "The longest."),
    own_column("threads", Type::kInteger, "That it ran on."),
    own_column("not_nested", Type::kInteger, "Of the count: their time is in no other span's."),
    own_column("still_open", Type::kInteger, "At the end of the recording; not in the count."),
    own_column("timed", Type::kInteger,
               "Where not every span was timed, how many were: then all but the count is an "
               "estimate; else 0."),
    own_column("total_error", Type::kReal,
               "By how much an estimated total may be off, with 95% confidence.", Role::kNone,
               Unit::kNanoseconds),
    own_column("function", Type::kText, "Where it stands; empty when not known."),
    own_column("file", Type::kText, "The same."),
    own_column("line", Type::kInteger, "The same."),
    own_column("site", Type::kInteger, "Of sites.id."),
    own_column("pattern", Type::kText, "Names that are wanted: a glob, 'AI::*'.", Role::kArgument),
    own_column("from_ts", Type::kInteger, "Spans that ended then or later.", Role::kArgument,
               Unit::kTime),
    own_column("to_ts", Type::kInteger, "Spans that ended then or earlier.", Role::kArgument,
               Unit::kTime),
};

class StatsCursor final : public Cursor {
 public:
  explicit StatsCursor(const Source& source, Watch& watch) : source_(source), watch_(watch) {}

  int filter(int plan, const char*, std::span<sqlite3_value*> values, std::string&) override {
    const Arguments given(plan, values);
    at_ = 0;
    rows_.clear();
    if (given.is_none()) return SQLITE_OK;
    stats_ =
        source_.span_stats(given.whole(1).value_or(INT64_MIN), given.whole(2).value_or(INT64_MAX));
    const auto pattern = given.text(0);
    for (const analysis::SpanStats& each : *stats_) {
      if (!pattern || analysis::glob_match(*pattern, each.name)) rows_.push_back(&each);
    }
    watch_.touch(rows_.size());
    return SQLITE_OK;
  }
  bool at_end() const override { return at_ == rows_.size(); }
  int next() override {
    ++at_;
    return SQLITE_OK;
  }
  int64_t row_id() const override { return static_cast<int64_t>(at_) + 1; }

  int column(size_t column, const Cell& to) override {
    put(*rows_[at_], column, to);
    return SQLITE_OK;
  }

 private:
  static void put(const analysis::SpanStats& row, size_t column, const Cell& to) {
    const auto whole = [&](uint64_t value) { to.whole(static_cast<int64_t>(value)); };
    switch (column) {
      case StatsColumn::kName:
        return to.copied(row.name);
      case StatsColumn::kCategory:
        return to.copied(row.category);
      case StatsColumn::kCount:
        return whole(row.times.count);
      case StatsColumn::kTotal:
        return to.whole(row.times.total_ns);
      case StatsColumn::kSelf:
        return to.whole(row.self_ns);
      case StatsColumn::kMean:
        return to.real(row.times.mean_ns);
      case StatsColumn::kLeast:
        return to.whole(row.times.least_ns);
      case StatsColumn::kP50:
        return to.whole(row.times.p50_ns);
      case StatsColumn::kP95:
        return to.whole(row.times.p95_ns);
      case StatsColumn::kP99:
        return to.whole(row.times.p99_ns);
      case StatsColumn::kMost:
        return to.whole(row.times.most_ns);
      case StatsColumn::kThreads:
        return whole(row.threads);
      case StatsColumn::kNotNested:
        return whole(row.loose);
      case StatsColumn::kStillOpen:
        return whole(row.still_open);
      case StatsColumn::kTimed:
        return whole(row.timed);
      case StatsColumn::kTotalError:
        return to.real(row.total_error_ns);
      case StatsColumn::kFunction:
        return to.copied(row.function);
      case StatsColumn::kFile:
        return to.copied(row.file);
      case StatsColumn::kLine:
        return whole(row.line);
      case StatsColumn::kSite:
        return to.id(raw(row.site));
      default:
        return to.none();
    }
  }

  const Source& source_;
  Watch& watch_;
  std::shared_ptr<const std::vector<analysis::SpanStats>> stats_;
  std::vector<const analysis::SpanStats*> rows_;
  size_t at_ = 0;
};

constexpr ColumnSpec kInSpanColumns[] = {
    own_column("ts", Type::kInteger, "When it began.", Role::kNone, Unit::kTime),
    own_column("dur", Type::kInteger, "How long it lasted.", Role::kNone, Unit::kNanoseconds),
    own_column("end", Type::kInteger, "When it ended.", Role::kNone, Unit::kTime),
    own_column("thread", Type::kInteger, "Of threads.id."),
    own_column("pattern", Type::kText, "Names of the spans: a glob, 'AI::*'.", Role::kArgument),
};

class InSpanCursor final : public Cursor {
 public:
  InSpanCursor(const Source& source, Watch& watch) : source_(source), watch_(watch) {}

  int filter(int plan, const char*, std::span<sqlite3_value*> values, std::string&) override {
    const Arguments given(plan, values);
    thread_ = at_ = 0;
    stretches_ = given.is_none() ? nullptr : source_.stretches(given.text(0).value_or("*"));
    settle();
    return SQLITE_OK;
  }
  bool at_end() const override {
    return stretches_ == nullptr || thread_ == stretches_->threads().size();
  }
  int next() override {
    ++at_;
    settle();
    return SQLITE_OK;
  }
  int64_t row_id() const override { return static_cast<int64_t>(thread_ << 32 | at_); }
  int column(size_t column, const Cell& to) override {
    const ThreadStretches::Stretch& row = stretches_->threads()[thread_][at_];
    const int64_t values[] = {row.start, Source::between(TimeNs{row.start}, TimeNs{row.end}),
                              row.end, static_cast<int64_t>(thread_)};
    column < std::size(values) ? to.whole(values[column]) : to.none();
    return SQLITE_OK;
  }

 private:
  void settle() {
    for (; !at_end() && at_ == stretches_->threads()[thread_].size(); ++thread_) at_ = 0;
    if (!at_end()) watch_.touch(1);
  }

  const Source& source_;
  Watch& watch_;
  std::shared_ptr<const ThreadStretches> stretches_;
  size_t thread_ = 0, at_ = 0;
};

}  // namespace

constexpr TableSpec kSpanStatsTable = {
    .name = "span_stats",
    .doc =
        "Statistics of spans, one row a place in the source, as hone report --spans has them: "
        "without a group by, and some ten times as fast.",
    .columns = kColumns,
    .plan = &plan_arguments,
    .cursor = [](const TableSpec&, const Source& source, sqlite3*, Watch& watch)
        -> std::unique_ptr<Cursor> { return std::make_unique<StatsCursor>(source, watch); },
    .is_function = true};

constexpr TableSpec kInSpanTable = {
    .name = "in_span",
    .doc = "When threads were in spans of a name: stretches of each thread, apart from each other.",
    .columns = kInSpanColumns,
    .plan = &plan_arguments,
    .cursor = [](const TableSpec&, const Source& source, sqlite3*, Watch& watch)
        -> std::unique_ptr<Cursor> { return std::make_unique<InSpanCursor>(source, watch); },
    .is_function = true};

}  // namespace hone::query
