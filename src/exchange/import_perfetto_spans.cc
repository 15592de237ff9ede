#include "exchange/import_perfetto_spans.h"

#include <algorithm>

namespace hone::exchange::perfetto_import {
namespace {

constexpr size_t kRowsOfLane = 16384;           // written at once: a chunk is then of one thread
constexpr size_t kRowsOfAll = size_t{1} << 20;  // with many threads of few spans each
constexpr size_t kDepthMost = 255;              // what the column holds

}  // namespace

void SpanPairs::begin(ThreadId thread, TimeNs time, SiteId site) {
  Lane& of = lane(thread);
  if (!of.in_order || time < of.last) return wait(of, {raw(time), site});
  of.last = time;
  of.open.push_back({time, site});
}

std::optional<SpanPairs::Begun> SpanPairs::end(ThreadId thread, TimeNs time) {
  Lane& of = lane(thread);
  if (!of.in_order || time < of.last) {
    wait(of, {raw(time), SiteId::kNone});
    return std::nullopt;
  }
  return apply(thread, of, {raw(time), SiteId::kNone});
}

void SpanPairs::complete(ThreadId thread, TimeNs start, DurationNs duration, SiteId site) {
  Lane& of = lane(thread);
  if (!of.by_time) {
    of.by_time = true;
    write_rows(thread, of);
  }
  to_.span(thread, start, duration, site);
}

std::optional<SpanPairs::Begun> SpanPairs::apply(ThreadId thread, Lane& of, Event event) {
  const TimeNs time{event.time};
  const bool is_late = time < of.last;
  late_ += is_late;
  of.last = std::max(of.last, time);
  if (event.site != SiteId::kNone) {
    of.open.push_back({time, event.site, is_late});
    return std::nullopt;
  }
  if (of.open.empty()) {
    ++no_begin_;
    return std::nullopt;
  }
  const Begun begun = of.open.back();
  of.open.pop_back();
  put_row(thread, of, begun, time);
  return begun;
}

void SpanPairs::put_row(ThreadId thread, Lane& of, const Begun& begun, TimeNs end) {
  const size_t depth = of.open.size();
  const bool is_old = depth < of.old_open;
  if (is_old) of.old_open = depth;
  if (of.by_time) return to_.span(thread, begun.start, end - begun.start, begun.site);
  // One that came late may lie across others, or end before what was written before it.
  const bool is_stray = depth > kDepthMost || end < of.last || begun.is_late;
  too_deep_ += depth > kDepthMost;
  of.rows.push_back({.start = begun.start,
                     .end = end,
                     .site = begun.site,
                     .depth = static_cast<uint8_t>(std::min(depth, kDepthMost)),
                     .flags = is_stray ? recording::kSpanStray : uint8_t{0}});
  of.row_is_old.push_back(is_old);
  ++rows_;
  if (of.rows.size() >= kRowsOfLane) write_rows(thread, of);
  if (rows_ >= kRowsOfAll) {
    for (uint32_t i = 0; i < lanes_.size(); ++i) write_rows(ThreadId{i}, lanes_[i]);
  }
}

void SpanPairs::write_rows(ThreadId thread, Lane& of) {
  if (of.by_time) {
    for (const Intake::Nested& row : of.rows) {
      to_.span(thread, row.start, row.end - row.start, row.site);
    }
  } else {
    to_.nested_spans(thread, of.rows);
  }
  rows_ -= of.rows.size();
  of.rows.clear();
  of.row_is_old.clear();
  of.old_open = of.open.size();
  of.written = of.last;
}

void SpanPairs::wait(Lane& of, Event event) {
  if (of.in_order) {
    of.in_order = false;
    take_back(of);
  }
  of.waiting.push_back(event);
  if (++waiting_ > waiting_most_) make_room();
}

// The rows that are not yet written, and what is open, become the events that they came from: the
// last first, then turned round. What was open when rows were written stays so.
void SpanPairs::take_back(Lane& of) {
  std::vector<Event>& events = of.waiting;
  std::vector<Begun> pending(of.open.begin() + static_cast<ptrdiff_t>(of.old_open), of.open.end());
  std::vector<Begun> old(of.open.begin(), of.open.begin() + static_cast<ptrdiff_t>(of.old_open));
  std::vector<size_t> depths;
  for (size_t i = 0; i < pending.size(); ++i) depths.push_back(of.old_open + i);
  const auto begin_down_to = [&](size_t depth) {
    for (; !pending.empty() && depths.back() >= depth; pending.pop_back(), depths.pop_back()) {
      events.push_back({raw(pending.back().start), pending.back().site});
    }
  };
  for (size_t i = of.rows.size(); i-- > 0;) {
    const Intake::Nested& row = of.rows[i];
    begin_down_to(row.depth);
    events.push_back({raw(row.end), SiteId::kNone});
    if (of.row_is_old[i]) {
      old.push_back({row.start, row.site});
      continue;
    }
    pending.push_back({row.start, row.site});
    depths.push_back(row.depth);
  }
  begin_down_to(0);
  std::reverse(events.begin(), events.end());
  waiting_ += events.size();
  rows_ -= of.rows.size();
  of.rows.clear();
  of.row_is_old.clear();
  of.open = std::move(old);
  of.last = of.written;
}

void SpanPairs::apply_waiting(ThreadId thread, Lane& of, size_t count) {
  std::stable_sort(of.waiting.begin(), of.waiting.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  for (size_t i = 0; i < count; ++i) apply(thread, of, of.waiting[i]);
  of.waiting.erase(of.waiting.begin(), of.waiting.begin() + static_cast<ptrdiff_t>(count));
  waiting_ -= count;
}

// Of those that have much, so that nothing is gone through often for little.
void SpanPairs::make_room() {
  size_t most = 0;
  for (const Lane& of : lanes_) most = std::max(most, of.waiting.size());
  for (uint32_t i = 0; i < lanes_.size(); ++i) {
    Lane& of = lanes_[i];
    if (of.waiting.size() >= most / 2) apply_waiting(ThreadId{i}, of, (of.waiting.size() + 1) / 2);
  }
}

void SpanPairs::finish() {
  for (uint32_t i = 0; i < lanes_.size(); ++i) {
    Lane& of = lanes_[i];
    apply_waiting(ThreadId{i}, of, of.waiting.size());
    write_rows(ThreadId{i}, of);
    for (const Begun& begun : of.open) to_.open_span(ThreadId{i}, begun.start, begun.site);
    of = {};
  }
  to_.left("import.end_without_begin", "ends of spans whose beginning is not there", no_begin_);
  to_.left("import.late",
           "events that came so late that others of their time were written: they are kept as not "
           "nested",
           late_);
  to_.left("import.not_nested",
           "spans that overlap others of their thread stand beside them, as not nested", too_deep_);
}

}  // namespace hone::exchange::perfetto_import
