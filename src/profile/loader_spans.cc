// The loader's part for what instrumented programs wrote. Rows that cannot be are left out, and
// counted.
#include <algorithm>
#include <numeric>

#include "profile/loader.h"

namespace hone::profile {
namespace {

// 104 days; and times so that no sum of one and a duration overflows.
constexpr int64_t kSpanMax = int64_t{1} << 53;
constexpr int64_t kTimeMax = int64_t{1} << 62;

bool is_time(TimeNs time) {
  return raw(time) >= 0 && raw(time) < kTimeMax;
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

void Loader::read_spans() {
  Instrumentation& all = profile_.instrumentation_;
  Spans& spans = all.spans;
  using Row = recording::SpanRow;
  const size_t threads = profile_.threads_.size();
  // A thread's stand together: counted first, then put where they belong.
  std::vector<size_t> next(threads + 1, 0);
  const auto is_sound = [&](const Row& row) {
    return raw(row.thread) > 0 && raw(row.thread) < threads && raw(row.site) > 0 &&
           raw(row.site) < all.sites.size() && is_time(row.end) && raw(row.duration) >= 0 &&
           raw(row.duration) <= std::min(kSpanMax, raw(row.end));
  };
  tables_.for_each<Row>([&](const Row& row, size_t) {
    if (!is_sound(row)) {
      ++bad_spans_;
    } else if (row.flags == 0) {
      ++next[raw(row.thread)];
    }
  });
  size_t at = 0;
  for (uint32_t thread = 1; thread < threads; ++thread) {
    const size_t count = std::exchange(next[thread], at);
    if (count > 0) spans.threads_.push_back({ThreadId{thread}, at, count});
    at += count;
  }
  spans.end_.resize(at);
  spans.duration_.resize(at);
  spans.where_.resize(at);
  tables_.for_each<Row>([&](const Row& row, size_t) {
    if (!is_sound(row)) return;
    if (row.flags != 0) {
      all.loose.push_back({.thread = row.thread,
                           .start = TimeNs{raw(row.end) - raw(row.duration)},
                           .end = row.end,
                           .site = row.site,
                           .depth = row.depth,
                           .open = (row.flags & recording::kSpanOpen) != 0});
      return;
    }
    const size_t i = next[raw(row.thread)]++;
    spans.end_[i] = row.end;
    spans.where_[i] = raw(row.site) << Spans::kDepthBits | row.depth;
    const bool is_long = raw(row.duration) >= int64_t{Spans::kLong};
    spans.duration_[i] = is_long ? Spans::kLong : static_cast<uint32_t>(raw(row.duration));
    if (is_long) spans.long_[i] = raw(row.duration);
  });
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
  tables_.for_each<recording::SpanArgumentRow>([&](const recording::SpanArgumentRow& row, size_t) {
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
