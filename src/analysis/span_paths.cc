// Spans, and those of GPUs, as paths of names.
#include <algorithm>
#include <deque>
#include <thread>

#include "analysis/own_cost.h"
#include "analysis/path_rows.h"
#include "analysis/span_shares.h"
#include "analysis/span_walk.h"

namespace hone::analysis {
namespace {

using profile::GpuSpan;
using profile::Instrumentation;
using profile::Profile;

constexpr uint8_t kDepthUnknown = 255;

// Weights up to what a number holds: a hostile file's sums end there.
class Limited {
 public:
  int64_t take(int64_t ns) {
    ns = std::clamp<int64_t>(ns, 0, INT64_MAX - sum_);
    sum_ += ns;
    return ns;
  }

 private:
  int64_t sum_ = 0;
};

// A span that is still looked into.
struct Open {
  uint32_t row = 0;
  uint32_t depth = 0;
  TimeNs start{}, end{};
  int64_t self_ns = 0;  // less those inside that were met so far
  bool taken = false;
};

// What spans of each row took: they come by the million, and rows by the thousand.
class RowSums {
 public:
  void add(uint32_t row, int64_t ns) {
    if (row >= sums_.size()) sums_.resize(size_t{row} * 2 + 1);
    sums_[row].ns += ns;
    ++sums_[row].count;
  }
  void give(PathRows& rows) const {
    for (uint32_t row = 0; row < sums_.size(); ++row) {
      const uint64_t count = std::min<uint64_t>(sums_[row].count, UINT32_MAX);
      if (count > 0) rows.add(row, sums_[row].ns, static_cast<uint32_t>(count));
    }
  }

 private:
  // Side by side, since with many rows the cache misses are what it costs.
  struct Sum {
    int64_t ns = 0;
    uint64_t count = 0;
  };
  std::vector<Sum> sums_;
};

class SpanPaths {
 public:
  SpanPaths(const Profile& profile, const Selection& selection, const PathOptions& options)
      : profile_(profile),
        selection_(selection),
        options_(options),
        filter_(profile, selection),
        rows_(profile),
        name_of_site_(name_sites(rows_, profile)),
        across_(rows_.named("none", "[across threads]")),
        cost_ns_(own_cost(profile).in_parent_ns) {
    if (options_.by != PathBy::kThread) return;
    for (const profile::Spans::OfThread& part : profile.instrumentation().spans.threads()) {
      rows_.thread(part.thread, options_.threads_by_name);
    }
  }

  PathTree run(unsigned threads, uint64_t least) {
    rows_.tree().of_spans = true;
    const Instrumentation& all = profile_.instrumentation();
    add_nested(threads, least);
    for (const profile::LooseSpan& span : all.loose) {
      if (span.open || !takes(span.thread, span.end)) continue;
      const uint32_t base = rows_.child(base_of(span.thread), across_);
      rows_.add(rows_.child(base, name_of_site_[raw(span.site)]),
                limited_.take(raw(span.end - span.start)), 1);
    }
    for (const profile::SpanWeight& weight : all.weights) {
      if (takes(weight.thread, weight.start)) rows_.tree().not_timed += weight.count - 1;
    }
    for (const profile::SpanCount& count : all.counts) {
      if (takes(count.thread, count.time)) rows_.tree().not_timed += count.count;
    }
    return rows_.done();
  }

 private:
  bool takes(ThreadId thread, TimeNs end) const {
    return end >= selection_.time_first && end <= selection_.time_last &&
           filter_.takes_in_spans(thread, end);
  }

  uint32_t base_of(ThreadId thread) {
    if (options_.by != PathBy::kThread) return 0;
    return rows_.child(0, rows_.thread(thread, options_.threads_by_name));
  }

  void add_nested(unsigned threads, uint64_t least) {
    const std::vector<SpanParts> shares =
        shares_of(profile_.instrumentation().spans, threads, least);
    std::deque<SpanPaths> others;
    {
      std::vector<std::jthread> workers;
      for (size_t i = 1; i < shares.size(); ++i) {
        SpanPaths& other = others.emplace_back(profile_, selection_, options_);
        workers.emplace_back([&other, own = shares[i]] { other.add_parts(own); });
      }
      add_parts(shares[0]);
    }
    for (SpanPaths& other : others) take_over(other.rows_.tree());
  }

  void add_parts(SpanParts parts) {
    profile::SpanReader spans(profile_.instrumentation().spans);
    for (const profile::Spans::OfThread& part : parts) {
      if (filter_.takes_thread(part.thread)) add(spans, part);
    }
    sums_.give(rows_);
  }

  // Of one that has the same names under the same numbers.
  void take_over(const PathTree& tree) {
    std::vector<uint32_t> row_of(tree.size(), 0);
    for (uint32_t row = 1; row < tree.size(); ++row) {
      row_of[row] = rows_.child(row_of[tree.parent[row]], tree.name_of(row));
    }
    for (const PathTree::Own& own : tree.own) {
      rows_.add(row_of[own.row], limited_.take(own.weight), own.count);
    }
  }

  void add(profile::SpanReader& spans, const profile::Spans::OfThread& part) {
    const uint32_t base = base_of(part.thread);
    const auto enter = [&](const profile::SpanColumns& spans_of, size_t i, TimeNs start,
                           TimeNs end) {
      const int64_t duration = raw(end) - raw(start);
      uint32_t parent = base;
      if (!open_.empty()) {
        parent = open_.back().row;
        open_.back().self_ns -= std::min(duration + cost_ns_, open_.back().self_ns);
      }
      return Open{.row = rows_.child(parent, name_of_site_[spans_of.site[i]]),
                  .depth = spans_of.depth[i],
                  .start = start,
                  .end = end,
                  .self_ns = duration,
                  .taken = takes(part.thread, end)};
    };
    walk_spans_back(spans, part, open_, enter, [&](const Open& done) { leave(done); });
  }

  void leave(const Open& done) {
    if (done.taken) sums_.add(done.row, limited_.take(done.self_ns));
  }

  const Profile& profile_;
  const Selection& selection_;
  const PathOptions& options_;
  const SampleFilter filter_;
  PathRows rows_;
  const std::vector<uint32_t> name_of_site_;
  const uint32_t across_;
  const int64_t cost_ns_;
  std::vector<Open> open_;
  RowSums sums_;
  Limited limited_;
};

bool holds(const Open& outer, const GpuSpan& inner) {
  const bool known = outer.depth != kDepthUnknown && inner.depth != kDepthUnknown;
  return outer.start <= inner.start && inner.end <= outer.end &&
         (!known || outer.depth < inner.depth);
}

}  // namespace

PathTree span_paths(const Profile& profile, const Selection& selection, const PathOptions& options,
                    unsigned threads, uint64_t least) {
  return SpanPaths(profile, selection, options).run(threads, least);
}

PathTree gpu_paths(const Profile& profile, const Selection& selection) {
  const Instrumentation& all = profile.instrumentation();
  const SampleFilter filter(profile, selection);
  std::vector<GpuSpan> spans;
  for (const GpuSpan& span : all.gpu_spans) {
    if (span.end >= selection.time_first && span.end <= selection.time_last &&
        filter.takes_in_spans(span.thread, span.issued)) {
      spans.push_back(span);
    }
  }
  std::sort(spans.begin(), spans.end(), [](const GpuSpan& a, const GpuSpan& b) {
    if (a.queue != b.queue) return a.queue < b.queue;
    if (a.start != b.start) return a.start < b.start;
    if (a.end != b.end) return a.end > b.end;
    return a.depth < b.depth;
  });
  PathRows rows(profile);
  rows.tree().of_spans = true;
  const std::vector<uint32_t> name_of_site = name_sites(rows, profile);
  Limited limited;
  RowSums sums;
  std::vector<Open> open;
  const auto close = [&] {
    sums.add(open.back().row, limited.take(open.back().self_ns));
    open.pop_back();
  };
  GpuQueueId queue{UINT32_MAX};
  uint32_t base = 0;
  for (const GpuSpan& span : spans) {
    const bool is_new = span.queue != queue;
    while (!open.empty() && (is_new || !holds(open.back(), span))) close();
    if (is_new) {
      queue = span.queue;
      const std::string_view name = profile.string(all.gpu_queues[raw(queue)].name);
      base = rows.child(0, rows.named("queue", name.empty() ? "[unnamed queue]" : name));
    }
    const int64_t duration = std::max<int64_t>(raw(span.end - span.start), 0);
    if (!open.empty()) open.back().self_ns -= std::min(duration, open.back().self_ns);
    const uint32_t parent = open.empty() ? base : open.back().row;
    open.push_back({.row = rows.child(parent, name_of_site[raw(span.site)]),
                    .depth = span.depth,
                    .start = span.start,
                    .end = span.end,
                    .self_ns = duration});
  }
  while (!open.empty()) close();
  sums.give(rows);
  return rows.done();
}

}  // namespace hone::analysis
