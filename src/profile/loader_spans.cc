// The loader's part for what instrumented programs wrote. Rows that cannot be are left out, and
// counted.
#include <algorithm>
#include <numeric>
#include <utility>

#include "profile/loader.h"

namespace hone::profile {
namespace {

constexpr int64_t kTimeMax = int64_t{1} << 62;
// More spans than any thread counts.
constexpr uint64_t kCountMax = uint64_t{1} << 31;

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

// Rows that are rare: those that are not nested stand apart, and of those that are long the
// duration does; these have a row like the others.
void Loader::take_rare_spans(std::vector<int64_t>& long_ns) {
  Instrumentation& all = profile_.instrumentation_;
  SpanRows& rows = tables_.spans;
  size_t in = 0;  // the piece that a long one is in
  for (const RareSpan& rare : rows.rare) {
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
      while (rare.row - rows.pieces[in].first_row >= rows.pieces[in].size()) ++in;
      SpanRows::Piece& piece = rows.pieces[in];
      const size_t at = rare.row - piece.first_row;
      piece.set(at, row);
      piece.duration[at] = Spans::kLong;
      long_ns.push_back(raw(row.duration));
    }
  }
}

// Those of no thread or no site are none. Gives how many there are of each thread.
std::vector<size_t> Loader::count_span_rows() {
  const size_t threads = profile_.threads_.size(), sites = profile_.instrumentation_.sites.size();
  std::vector<size_t> count(threads, 0);
  for (SpanRows::Piece& piece : tables_.spans.pieces) {
    for (size_t i = 0; i < piece.size(); ++i) {
      ThreadId& thread = piece.thread[i];
      if (thread == ThreadId::kNone) continue;
      if (raw(thread) >= threads || piece.where[i] >> Spans::kDepthBits >= sites) {
        ++bad_spans_;
        thread = ThreadId::kNone;
      } else {
        ++count[raw(thread)];
      }
    }
  }
  return count;
}

// A thread's stand together.
void Loader::read_spans() {
  Spans& spans = profile_.instrumentation_.spans;
  SpanRows& rows = tables_.spans;
  rows.sort();
  std::vector<int64_t> long_ns;
  take_rare_spans(long_ns);
  std::vector<size_t> next = count_span_rows();
  size_t at = 0;
  for (size_t& each : next) at += std::exchange(each, at);
  spans.end_.resize(at);
  spans.duration_.resize(at);
  spans.where_.resize(at);
  std::vector<std::vector<Spans::Block>> blocks(profile_.threads_.size());
  auto long_one = long_ns.begin();
  const auto put = [&](SpanRows::Piece& piece) {
    for (size_t i = 0; i < piece.size(); ++i) {
      const uint32_t thread = raw(piece.thread[i]);
      if (thread == 0) continue;
      const size_t to = next[thread]++;
      spans.end_[to] = piece.end[i];
      spans.where_[to] = piece.where[i];
      spans.duration_[to] = piece.duration[i];
      if (piece.duration[i] == Spans::kLong) spans.long_[to] = *long_one++;
      std::vector<Spans::Block>& of = blocks[thread];
      if (of.empty() || of.back().is_packed || of.back().count == Spans::kBlockRows) {
        of.push_back({.at = to});
      }
      ++of.back().count;
    }
    piece = {};
  };
  auto piece = rows.pieces.begin();
  for (size_t i = 0; i < rows.packed.size(); ++i) {
    const PackedSpans& packed = rows.packed[i];
    for (; piece != rows.pieces.end() && piece->first_row < packed.first_row(); ++piece) {
      put(*piece);
    }
    blocks[raw(packed.thread())].push_back({.count = packed.size(), .at = i, .is_packed = true});
  }
  for (; piece != rows.pieces.end(); ++piece) put(*piece);
  spans.packed_ = std::move(rows.packed);
  spans.store_ = std::move(rows.store);
  rows = {};
  number_spans(blocks);
  count("load.span_out_of_range", recording::kDataLoss, bad_spans_,
        "spans of no thread or no place, or with times that cannot be; they are left out");
}

void Loader::number_spans(const std::vector<std::vector<Spans::Block>>& blocks) {
  Spans& spans = profile_.instrumentation_.spans;
  for (uint32_t thread = 1; thread < blocks.size(); ++thread) {
    const size_t first = spans.size_;
    for (const Spans::Block& block : blocks[thread]) {
      spans.blocks_.push_back(block);
      spans.blocks_.back().first = spans.size_;
      spans.size_ += block.count;
    }
    if (spans.size_ > first) {
      spans.threads_.push_back({ThreadId{thread}, first, spans.size_ - first});
    }
  }
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
