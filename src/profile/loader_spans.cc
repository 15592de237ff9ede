// The loader's part for what instrumented programs wrote. Rows that cannot be are left out, and
// counted.
#include <algorithm>
#include <numeric>
#include <utility>

#include "profile/loader.h"

namespace hone::profile {
namespace {

// 104 days; and times so that no sum of one and a duration overflows.
constexpr int64_t kSpanMax = int64_t{1} << 53;
constexpr int64_t kTimeMax = int64_t{1} << 62;
// More spans than any thread counts.
constexpr uint64_t kCountMax = uint64_t{1} << 31;

bool is_time(TimeNs time) {
  return raw(time) >= 0 && raw(time) < kTimeMax;
}

// Sound as far as a row can say by itself; its thread and site are looked up later.
bool is_possible(const recording::SpanRow& row) {
  return raw(row.thread) > 0 && raw(row.site) > 0 && is_time(row.end) && raw(row.duration) >= 0 &&
         raw(row.duration) <= std::min(kSpanMax, raw(row.end));
}

// The rows of one column, thread after thread.
template <class T>
void put_by_thread(const LargeVector<ThreadId>& thread, std::vector<size_t> next,
                   LargeVector<T>& column, size_t count) {
  LargeVector<T> to(count);
  for (size_t i = 0; i < thread.size(); ++i) {
    if (thread[i] != ThreadId::kNone) to[next[raw(thread[i])]++] = column[i];
  }
  column = std::move(to);
}

}  // namespace

void Loader::read_sites() {
  std::vector<Site>& sites = profile_.instrumentation_.sites;
  tables_.for_each<recording::SiteRow>([&](const recording::SiteRow& row, size_t) {
    sites.push_back({.name = string_id(row.name),
                     .category = string_id(row.category),
                     .function = string_id(row.function),
                     .file = string_id(row.file),
                     .unit = string_id(row.unit),
                     .line = row.line,
                     .color = row.color & 0xffffff,
                     .kind = row.kind,
                     .level = row.level});
  });
}

void SpanRows::resize(size_t rows) {
  end.resize(rows);
  duration.resize(rows);
  where.resize(rows);
  thread.resize(rows);
}

bool SpanRows::is_plain(const recording::SpanRow& row) {
  return row.flags == 0 && raw(row.site) < (1u << (32 - Spans::kDepthBits)) && is_possible(row) &&
         raw(row.duration) < int64_t{Spans::kLong};
}

void SpanRows::set(size_t row, const recording::SpanRow& span) {
  end[row] = span.end;
  duration[row] = static_cast<uint32_t>(raw(span.duration));
  where[row] = raw(span.site) << Spans::kDepthBits | span.depth;
  thread[row] = span.thread;
}

// Rows that are rare: those that are not nested stand apart, and of those that are long the
// duration does; these have a row like the others.
void Loader::take_rare_spans(std::vector<SpanRows::Rare>& long_ones) {
  Instrumentation& all = profile_.instrumentation_;
  SpanRows& rows = tables_.spans;
  std::sort(rows.rare.begin(), rows.rare.end(),
            [](const auto& a, const auto& b) { return a.row < b.row; });
  for (const SpanRows::Rare& rare : rows.rare) {
    const recording::SpanRow& row = rare.span;
    if (!is_possible(row) || raw(row.thread) >= profile_.threads_.size() ||
        raw(row.site) >= all.sites.size() || raw(row.site) >= 1u << (32 - Spans::kDepthBits)) {
      ++bad_spans_;
    } else if (row.flags != 0) {
      all.loose.push_back({.thread = row.thread,
                           .start = TimeNs{raw(row.end) - raw(row.duration)},
                           .end = row.end,
                           .site = row.site,
                           .depth = row.depth,
                           .open = (row.flags & recording::kSpanOpen) != 0});
    } else {
      rows.set(rare.row, row);
      rows.duration[rare.row] = Spans::kLong;
      long_ones.push_back(rare);
    }
  }
}

// A thread's stand together: mostly they do in the file, and the columns are taken as they are.
void Loader::read_spans() {
  Instrumentation& all = profile_.instrumentation_;
  Spans& spans = all.spans;
  SpanRows& rows = tables_.spans;
  std::vector<SpanRows::Rare> long_ones;
  take_rare_spans(long_ones);
  const size_t threads = profile_.threads_.size();
  std::vector<size_t> next(threads + 1, 0);
  bool in_order = true;
  ThreadId last{};
  for (size_t i = 0; i < rows.size(); ++i) {
    ThreadId& thread = rows.thread[i];
    if (thread != ThreadId::kNone &&
        (raw(thread) >= threads || rows.where[i] >> Spans::kDepthBits >= all.sites.size())) {
      ++bad_spans_;
      thread = ThreadId::kNone;
    }
    in_order &= thread != ThreadId::kNone && thread >= last;
    last = thread;
    ++next[raw(thread)];
  }
  next[0] = 0;  // those that are none
  size_t at = 0;
  for (uint32_t thread = 1; thread < threads; ++thread) {
    const size_t count = std::exchange(next[thread], at);
    if (count > 0) spans.threads_.push_back({ThreadId{thread}, at, count});
    at += count;
  }
  if (!long_ones.empty()) {
    // Where each of them comes to stand.
    std::vector<size_t> place = next;
    auto one = long_ones.begin();
    for (size_t i = 0; i < rows.size() && one != long_ones.end(); ++i) {
      if (rows.thread[i] == ThreadId::kNone) continue;
      const size_t to = place[raw(rows.thread[i])]++;
      if (one->row == i) spans.long_[to] = raw((one++)->span.duration);
    }
  }
  if (!in_order) {
    put_by_thread(rows.thread, next, rows.end, at);
    put_by_thread(rows.thread, next, rows.duration, at);
    put_by_thread(rows.thread, next, rows.where, at);
  }
  spans.end_ = std::move(rows.end);
  spans.duration_ = std::move(rows.duration);
  spans.where_ = std::move(rows.where);
  rows = {};
  count("load.span_out_of_range", recording::kDataLoss, bad_spans_,
        "spans of no thread or no place, or with times that cannot be; they are left out");
}

void Loader::read_marks() {
  Instrumentation& all = profile_.instrumentation_;
  const auto thread_of = [&](ThreadId id) { return checked(id, profile_.threads_.size()); };
  const auto site_of = [&](SiteId id) { return checked(id, all.sites.size()); };
  tables_.for_each<recording::FrameMarkRow>([&](const recording::FrameMarkRow& row, size_t) {
    if (!is_time(row.time) || row.kind < 1 || row.kind > 3) return;
    all.frames.push_back({thread_of(row.thread), row.time, site_of(row.site), row.kind});
  });
  tables_.for_each<recording::PlotRow>([&](const recording::PlotRow& row, size_t) {
    if (!is_time(row.time)) return;
    all.plots.push_back({thread_of(row.thread), row.time, site_of(row.site), row.value});
  });
  tables_.for_each<recording::MessageRow>([&](const recording::MessageRow& row, size_t) {
    if (!is_time(row.time)) return;
    all.messages.push_back({thread_of(row.thread), row.time, site_of(row.site)});
  });
  tables_.for_each<recording::FlowRow>([&](const recording::FlowRow& row, size_t) {
    if (!is_time(row.time) || row.kind < 1 || row.kind > 4) return;
    all.flows.push_back({thread_of(row.thread), row.time, site_of(row.site), row.id, row.kind});
  });
  tables_.for_each<recording::SpanCountRow>([&](const recording::SpanCountRow& row, size_t) {
    if (!is_time(row.time) || row.count == 0 || row.count > kCountMax) return;
    all.counts.push_back({thread_of(row.thread), site_of(row.site), row.time, row.count});
  });
  tables_.for_each<recording::SpanArgumentRow>([&](const recording::SpanArgumentRow& row, size_t) {
    if (row.type == recording::kStandsFor) {
      if (row.value == 0 || row.value > kCountMax || !is_time(row.time)) return;
      all.weights.push_back(
          {thread_of(row.thread), row.time, site_of(row.site), static_cast<uint32_t>(row.value)});
      return;
    }
    all.arguments.push_back({.thread = thread_of(row.thread),
                             .time = row.time,
                             .site = site_of(row.site),
                             .key = string_id(row.key),
                             .text = string_id(row.text),
                             .value = row.value,
                             .type = row.type});
  });
}

void Loader::read_gpu() {
  Instrumentation& all = profile_.instrumentation_;
  tables_.for_each<recording::GpuQueueRow>([&](const recording::GpuQueueRow& row, size_t) {
    const ThreadId thread = checked(row.thread, profile_.threads_.size());
    all.gpu_queues.push_back({.process = profile_.threads_[raw(thread)].process,
                              .name = string_id(row.name),
                              .device = string_id(row.device),
                              .device_kind = row.device_kind,
                              .calibration = row.calibration});
  });
  const auto queue_of = [&](GpuQueueId id) { return checked(id, all.gpu_queues.size()); };
  const auto bounded = [](DurationNs ns) { return std::clamp(raw(ns), -kTimeMax, kTimeMax); };
  tables_.for_each<recording::GpuClockRow>([&](const recording::GpuClockRow& row, size_t) {
    if (!is_time(row.time)) return;
    all.gpu_clocks.push_back({.time = row.time,
                              .queue = queue_of(row.queue),
                              .error_ns = std::max<int64_t>(bounded(row.error), 0),
                              .correction_ns = bounded(row.correction),
                              .left_out = row.left_out});
  });
  uint64_t bad = 0;
  tables_.for_each<recording::GpuSpanRow>([&](const recording::GpuSpanRow& row, size_t) {
    const bool is_sound = is_time(row.start) && is_time(row.end) && row.start <= row.end &&
                          raw(row.site) > 0 && raw(row.site) < all.sites.size();
    bad += !is_sound;
    if (!is_sound) return;
    all.gpu_spans.push_back({.queue = queue_of(row.queue),
                             .site = row.site,
                             .start = row.start,
                             .end = row.end,
                             .issued = row.issued,
                             .thread = checked(row.thread, profile_.threads_.size()),
                             .depth = row.depth});
  });
  count("load.gpu_span_out_of_range", recording::kDataLoss, bad,
        "spans of a GPU at no place, or with times that cannot be; they are left out");
}

}  // namespace hone::profile
