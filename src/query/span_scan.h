// Goes through the spans that a query wants, in the order of their numbers or of their times.
//
//   SpanScan scan(source, watch);
//   scan.begin(filter, ids, SpanOrder::kByStart);
//   for (; !scan.at_end(); scan.next()) use(scan.span());
//
// Not thread-safe. By number, one reader's memory; by time, at most as many as threads take turns.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "profile/span_reader.h"
#include "query/limits.h"
#include "query/span_granules.h"

namespace hone::query {

enum class SpanOrder : uint8_t { kByNumber, kByStart, kByStartBackwards };

struct SpanRow {
  size_t number = 0;  // from 0: nested ones, then loose ones
  int64_t start_ns = 0, end_ns = 0;
  int64_t duration_ns = 0;
  uint32_t site = 0, depth = 0, thread = 0;
};

class SpanScan {
 public:
  SpanScan(const Source& source, Watch& watch);

  // Numbers from `first` to before `last`.
  void begin(SpanFilter filter, size_t first, size_t last, SpanOrder order);
  bool at_end() const { return at_end_; }
  // It came to its end because the statement is to stop: there are more.
  bool was_stopped() const { return was_stopped_; }
  void next();
  size_t number() const { return number_; }

  // Of the row where it stands.
  bool is_loose() const { return number_ >= nested_; }
  int64_t duration_ns() {
    return is_loose() ? raw(loose().end) - raw(loose().start) : reader_->duration_ns(number_);
  }
  int64_t start_ns() { return since_start(is_loose() ? loose().start : reader_->start(number_)); }
  int64_t end_ns() { return since_start(is_loose() ? loose().end : reader_->end(number_)); }
  uint32_t site() { return raw(is_loose() ? loose().site : reader_->site(number_)); }
  uint32_t depth() { return is_loose() ? loose().depth : reader_->depth(number_); }
  uint32_t thread() const { return is_loose() ? raw(loose().thread) : thread_; }
  bool is_open() const { return is_loose() && loose().open; }
  // Less the spans inside it, of its thread.
  int64_t self_ns();

 private:
  struct Run {
    size_t first = 0, last = 0;  // numbers
    uint32_t thread = 0;
  };
  struct Waiting {
    int64_t start;
    size_t number;
    uint32_t thread;
  };
  const profile::LooseSpan& loose() const { return loose_[number_ - nested_]; }
  int64_t since_start(TimeNs time) const { return source_.since_start(time); }
  bool is_wanted();
  void plan_runs(size_t first, size_t last);
  void plan_granules(size_t first, size_t last);
  void advance();
  void advance_in_time();
  void load(const SpanGranule& some);
  profile::SpanReader& reader_of(uint32_t thread);
  bool is_later(const Waiting& a, const Waiting& b) const;
  bool has_time_passed();

  const Source& source_;
  Watch& watch_;
  const std::span<const profile::LooseSpan> loose_;
  const size_t nested_;
  SpanFilter filter_;
  bool is_timed_ = false, backwards_ = false, in_time_ = false, was_stopped_ = false;
  std::vector<std::unique_ptr<profile::SpanReader>> readers_;
  profile::SpanReader* reader_ = nullptr;

  std::vector<Run> runs_;
  size_t run_ = 0, next_number_ = 0;

  // In the order of time: granules that wait to be looked into, and rows to be told.
  std::vector<SpanGranule> granules_;
  size_t granule_ = 0;
  std::vector<Waiting> heap_;

  bool at_end_ = true;
  size_t number_ = 0;
  uint32_t thread_ = 0;
};

}  // namespace hone::query
