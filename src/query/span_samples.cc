// span_samples(pattern): each sample with every span that was open on its thread. One pass over the
// spans and the samples of a thread, from the last to the first.
#include <string>
#include <vector>

#include "profile/span_reader.h"
#include "query/arguments.h"
#include "query/row_index.h"
#include "query/stretches.h"
#include "query/tables.h"

namespace hone::query {
namespace {

struct SampleColumn {
  enum : size_t {
    kName,
    kDepth,
    kInnermost,
    kSpan,
    kSpanTs,
    kSpanDur,
    kSample,
    kTs,
    kThread,
    kWeight,
    kStack
  };
};
constexpr ColumnSpec kColumns[] = {
    own_column("name", Type::kText, "Of the span."),
    own_column("depth", Type::kInteger, "Of the span."),
    own_column("innermost", Type::kInteger,
               "1 for the innermost of the wanted spans that are nested; else 0."),
    own_column("span", Type::kInteger, "Of spans.id."),
    own_column("span_ts", Type::kInteger, "When the span began.", Role::kNone, Unit::kTime),
    own_column("span_dur", Type::kInteger, "How long it was open.", Role::kNone,
               Unit::kNanoseconds),
    own_column("sample", Type::kInteger, "Of samples.id."),
    own_column("ts", Type::kInteger, "Of the sample.", Role::kNone, Unit::kTime),
    own_column("thread", Type::kInteger, "Of threads.id."),
    own_column("weight", Type::kInteger, "CPU time that the sample stands for.", Role::kNone,
               Unit::kNanoseconds),
    own_column("stack", Type::kInteger, "Of stacks.id: of the sample; NULL when not known."),
    own_column("pattern", Type::kText, "Names of spans that are wanted: a glob, 'AI::*'.",
               Role::kArgument),
};

// Samples of one thread, and the spans around each.
class SamplesCursor final : public Cursor {
 public:
  SamplesCursor(const Source& source, Watch& watch)
      : source_(source), watch_(watch), spans_(source.marks().spans) {}

  int filter(int plan, const char*, std::span<sqlite3_value*> values, std::string&) override {
    const Arguments given(plan, values);
    samples_ = &source_.index(kSamplesTable, static_cast<uint8_t>(Role::kThread));
    wanted_ = sites_named(source_, given.text(0).value_or("*"));
    part_ = loose_ = 0;
    open_.clear();
    left_ = {};
    around_ = 0;
    at_end_ = false;
    is_first_ = true;
    if (given.is_none()) {
      part_ = spans_.threads().size();
      loose_ = source_.marks().loose.size();
    }
    return next();
  }
  bool at_end() const override { return at_end_; }

  int next() override {
    if (around_ > 0) {
      --around_;
      is_first_ = false;
      watch_.touch(1);
      return SQLITE_OK;
    }
    while (!next_nested() && !next_loose()) {
      if (part_ >= spans_.threads().size() && loose_ >= source_.marks().loose.size() &&
          left_.begin == left_.end) {
        at_end_ = true;
        return SQLITE_OK;
      }
    }
    watch_.touch(1);
    return SQLITE_OK;
  }
  int64_t row_id() const override { return static_cast<int64_t>(sample_) + 1; }

  int column(size_t column, const Cell& to) override {
    const Open& span = open_[around_];
    const profile::Samples& samples = source_.profile().samples();
    switch (column) {
      case SampleColumn::kName:
        to.text(source_.string(source_.marks().sites[span.site].name));
        break;
      case SampleColumn::kDepth:
        to.whole(span.depth);
        break;
      case SampleColumn::kInnermost:
        to.whole(is_first_ ? 1 : 0);
        break;
      case SampleColumn::kSpan:
        to.whole(static_cast<int64_t>(span.number) + 1);
        break;
      case SampleColumn::kSpanTs:
        to.whole(span.start);
        break;
      case SampleColumn::kSpanDur:
        to.whole(Source::between(TimeNs{span.start}, TimeNs{span.end}));
        break;
      case SampleColumn::kSample:
        to.whole(row_id());
        break;
      case SampleColumn::kTs:
        to.whole(source_.since_start(samples.time[sample_]));
        break;
      case SampleColumn::kThread:
        to.id(raw(samples.thread[sample_]));
        break;
      case SampleColumn::kWeight:
        to.whole(samples.weight_ns[sample_]);
        break;
      case SampleColumn::kStack:
        to.id(raw(samples.stack[sample_]));
        break;
      default:
        to.none();
    }
    return SQLITE_OK;
  }

 private:
  struct Open {
    int64_t start, end;
    size_t number;
    uint32_t site, depth;
  };

  // To the next sample that has wanted spans around it; false when a thread is through, or all are.
  bool next_nested() {
    const auto& parts = spans_.threads();
    while (part_ < parts.size()) {
      if (!in_part_) begin_part();
      while (left_.end > left_.begin) {
        sample_ = samples_->row(--left_.end);
        const int64_t time = source_.since_start(source_.profile().samples().time[sample_]);
        if (open_at(time)) return true;
      }
      in_part_ = false;
      ++part_;
    }
    return false;
  }
  void begin_part() {
    const profile::Spans::OfThread& part = spans_.threads()[part_];
    in_part_ = true;
    left_ = samples_->all_of(int64_t{raw(part.thread)});
    next_span_ = part.first + part.count;
    open_all_.clear();
  }

  // The spans that are open then: those that ended later and began before. A span takes the place
  // of the deeper ones, which began after it ended.
  bool open_at(int64_t time) {
    const size_t first = spans_.threads()[part_].first;
    while (next_span_ > first) {
      const size_t i = next_span_ - 1;
      const int64_t end = source_.since_start(spans_.end(i));
      if (end < time) break;
      --next_span_;
      const Open span{source_.since_start(spans_.start(i)), end, i, raw(spans_.site(i)),
                      spans_.depth(i)};
      while (!open_all_.empty() && open_all_.back().depth >= span.depth) open_all_.pop_back();
      open_all_.push_back(span);
    }
    while (!open_all_.empty() && open_all_.back().start > time) open_all_.pop_back();
    open_.clear();
    for (const Open& span : open_all_) {
      if (wanted_[span.site]) open_.push_back(span);
    }
    is_first_ = true;
    around_ = open_.empty() ? 0 : open_.size() - 1;
    return !open_.empty();
  }

  // The same of spans that are not nested, one after the other.
  bool next_loose() {
    const auto& all = source_.marks().loose;
    while (left_.begin == left_.end && loose_ < all.size()) {
      const profile::LooseSpan& span = all[loose_++];
      if (!wanted_[raw(span.site)]) continue;
      const int64_t start = source_.since_start(span.start), end = source_.since_start(span.end);
      left_ = samples_->in_time(samples_->all_of(int64_t{raw(span.thread)}), start, end);
      open_ = {{start, end, spans_.size() + loose_ - 1, raw(span.site), span.depth}};
    }
    if (left_.begin == left_.end) return false;
    sample_ = samples_->row(--left_.end);
    around_ = 0;
    is_first_ = false;  // it may be around nested ones, or inside them
    return true;
  }

  const Source& source_;
  Watch& watch_;
  profile::SpanReader spans_;
  const RowIndex* samples_ = nullptr;
  std::vector<bool> wanted_;
  size_t part_ = 0, loose_ = 0, next_span_ = 0;
  bool in_part_ = false, at_end_ = true, is_first_ = true;
  RowIndex::Range left_;        // samples that are still to come
  std::vector<Open> open_all_;  // by depth
  std::vector<Open> open_;      // the wanted ones, around the sample
  size_t around_ = 0, sample_ = 0;
};

}  // namespace

constexpr TableSpec kSpanSamplesTable = {
    .name = "span_samples",
    .doc =
        "Samples by the spans that they were taken in: a row for each span that was open on the "
        "sample's thread.",
    .columns = kColumns,
    .plan = &plan_arguments,
    .cursor = [](const TableSpec&, const Source& source, sqlite3*, Watch& watch)
        -> std::unique_ptr<Cursor> { return std::make_unique<SamplesCursor>(source, watch); },
    .is_function = true};

}  // namespace hone::query
