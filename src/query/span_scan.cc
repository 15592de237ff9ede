#include "query/span_scan.h"

#include <algorithm>
#include <utility>

namespace hone::query {
namespace {

// Each holds some unpacked blocks; threads that take turns share them when there are more.
constexpr size_t kReaders = 16;
constexpr uint64_t kRowsBetweenLooks = 1 << 16;

}  // namespace

SpanScan::SpanScan(const Source& source, Watch& watch)
    : source_(source),
      watch_(watch),
      loose_(source.marks().loose),
      nested_(source.marks().spans.size()) {
  readers_.resize(kReaders);
}

profile::SpanReader& SpanScan::reader_of(uint32_t thread) {
  std::unique_ptr<profile::SpanReader>& at = readers_[in_time_ ? thread % kReaders : 0];
  if (at == nullptr) at = std::make_unique<profile::SpanReader>(source_.marks().spans);
  return *at;
}

void SpanScan::begin(SpanFilter filter, size_t first, size_t last, SpanOrder order) {
  filter_ = std::move(filter);
  filter_.site_bits = 0;
  for (size_t i = 0; i < filter_.sites.size(); ++i) {
    if (filter_.sites[i]) filter_.site_bits |= uint64_t{1} << (i % 64);
  }
  is_timed_ = filter_.is_timed();
  in_time_ = order != SpanOrder::kByNumber;
  backwards_ = order == SpanOrder::kByStartBackwards;
  runs_.clear();
  granules_.clear();
  heap_.clear();
  run_ = granule_ = 0;
  at_end_ = was_stopped_ = false;
  last = std::min(last, nested_ + loose_.size());
  first = std::min(first, last);
  reader_ = &reader_of(0);
  if (in_time_) {
    plan_granules(first, last);
    advance_in_time();
  } else {
    plan_runs(first, last);
    next_number_ = runs_.empty() ? 0 : runs_[0].first;
    if (!runs_.empty()) thread_ = runs_[0].thread;
    advance();
  }
}

void SpanScan::plan_runs(size_t first, size_t last) {
  const auto add = [&](size_t from, size_t count, uint32_t thread) {
    const size_t begin = std::max(from, first), end = std::min(from + count, last);
    if (begin >= end) return;
    if (!runs_.empty() && runs_.back().last == begin && runs_.back().thread == thread) {
      runs_.back().last = end;
    } else {
      runs_.push_back({begin, end, thread});
    }
  };
  // A few rows are not worth a pass over all.
  const bool few = last - first <= 2 * SpanGranules::kRows;
  if (!few && (is_timed_ || !filter_.sites.empty())) {
    source_.granules().for_each(
        filter_, [&](const SpanGranule& some) { add(some.first, some.count, some.thread); });
  } else {
    for (const profile::Spans::OfThread& part : source_.marks().spans.threads()) {
      if (!filter_.of_thread || raw(part.thread) == filter_.thread) {
        add(part.first, part.count, raw(part.thread));
      }
    }
  }
  if (last > nested_) add(nested_, loose_.size(), 0);
}

void SpanScan::plan_granules(size_t first, size_t last) {
  source_.granules().for_each(filter_, [&](SpanGranule some) {
    const size_t begin = std::max(some.first, first);
    const size_t end = std::min(some.first + some.count, last);
    if (begin >= end) return;
    some.first = begin;
    some.count = static_cast<uint32_t>(end - begin);
    granules_.push_back(some);
  });
  std::sort(granules_.begin(), granules_.end(), [&](const SpanGranule& a, const SpanGranule& b) {
    if (backwards_) return std::pair(a.start_most, a.first) > std::pair(b.start_most, b.first);
    return std::pair(a.start_least, a.first) < std::pair(b.start_least, b.first);
  });
  for (number_ = std::max(first, nested_); number_ < last; ++number_) {
    watch_.touch(1);
    if (is_wanted()) heap_.push_back({start_ns(), number_, 0});
  }
  const auto later = [this](const Waiting& a, const Waiting& b) { return is_later(a, b); };
  std::make_heap(heap_.begin(), heap_.end(), later);
}

// Of equal starts the one around comes first: it ended later, and has the greater number.
bool SpanScan::is_later(const Waiting& a, const Waiting& b) const {
  const bool later = a.start != b.start ? a.start > b.start : a.number < b.number;
  return later != backwards_ && (a.start != b.start || a.number != b.number);
}

bool SpanScan::is_wanted() {
  if (is_loose() && filter_.of_thread && thread() != filter_.thread) return false;
  if (!filter_.sites.empty() && !filter_.sites[site()]) return false;
  return !is_timed_ || filter_.takes_times(start_ns(), end_ns());
}

bool SpanScan::has_time_passed() {
  if (watch_.touched() % kRowsBetweenLooks == 0 && watch_.must_stop()) was_stopped_ = true;
  return was_stopped_;
}

void SpanScan::next() {
  in_time_ ? advance_in_time() : advance();
}

void SpanScan::advance() {
  for (; run_ < runs_.size(); ++next_number_) {
    if (next_number_ == runs_[run_].last) {
      if (++run_ == runs_.size()) break;
      next_number_ = runs_[run_].first;
      thread_ = runs_[run_].thread;
    }
    number_ = next_number_;
    watch_.touch(1);
    if (has_time_passed()) break;
    if (is_wanted()) {
      ++next_number_;
      return;
    }
  }
  at_end_ = true;
}

void SpanScan::load(const SpanGranule& some) {
  const auto later = [this](const Waiting& a, const Waiting& b) { return is_later(a, b); };
  thread_ = some.thread;
  reader_ = &reader_of(some.thread);
  for (number_ = some.first; number_ < some.first + some.count; ++number_) {
    watch_.touch(1);
    if (!is_wanted()) continue;
    heap_.push_back({start_ns(), number_, some.thread});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
}

void SpanScan::advance_in_time() {
  const auto is_due = [&](const SpanGranule& some) {
    if (heap_.empty()) return true;
    return backwards_ ? some.start_most >= heap_.front().start
                      : some.start_least <= heap_.front().start;
  };
  while (granule_ < granules_.size() && is_due(granules_[granule_])) {
    load(granules_[granule_++]);
    if (watch_.must_stop()) {
      was_stopped_ = true;
      heap_.clear();
      break;
    }
  }
  if (heap_.empty()) {
    at_end_ = true;
    return;
  }
  const auto later = [this](const Waiting& a, const Waiting& b) { return is_later(a, b); };
  std::pop_heap(heap_.begin(), heap_.end(), later);
  number_ = heap_.back().number;
  thread_ = heap_.back().thread;
  reader_ = &reader_of(thread_);
  heap_.pop_back();
}

// Those inside stand right before it, one depth further in.
int64_t SpanScan::self_ns() {
  int64_t self = duration_ns();
  if (is_loose()) return self;
  const auto& parts = source_.marks().spans.threads();
  const auto behind = std::upper_bound(
      parts.begin(), parts.end(), number_,
      [](size_t number, const profile::Spans::OfThread& part) { return number < part.first; });
  const size_t first = std::prev(behind)->first;
  const int64_t cost_ns = source_.span_cost_ns();
  const uint32_t own = depth();
  for (size_t i = number_; i-- > first;) {
    const uint32_t other = reader_->depth(i);
    if (other <= own) break;
    if (other == own + 1) self -= reader_->duration_ns(i) + cost_ns;
  }
  return std::max<int64_t>(self, 0);
}

}  // namespace hone::query
