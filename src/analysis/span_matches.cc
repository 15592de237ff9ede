#include "analysis/span_matches.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

namespace hone::analysis {
namespace {

using profile::SpanAt;
using profile::SpanColumns;
using profile::SpanLevels;
using profile::SpanSource;

// Calls work(range of nodes of level 0) for all of them, on several threads.
struct NodeRange {
  const TimelineTrack* track;
  size_t first, behind;  // of SpanLevels::node
};
template <class F>
void for_node_ranges(const Timeline& timeline, unsigned threads, F&& work) {
  constexpr size_t kNodes = 4096;
  std::vector<NodeRange> ranges;
  for (const TimelineTrack& track : timeline.tracks()) {
    if (track.kind != TimelineKind::kSpans) continue;
    const SpanLevels::Range all = timeline.span_levels().nodes(track.part, 0);
    for (size_t at = 0; at < all.count; at += kNodes) {
      ranges.push_back({&track, all.first + at, all.first + std::min(all.count, at + kNodes)});
    }
  }
  std::atomic<size_t> next{0};
  const auto run = [&] {
    for (size_t i = next++; i < ranges.size(); i = next++) work(ranges[i]);
  };
  std::vector<std::jthread> workers;
  for (size_t i = 1; i < std::min<size_t>(threads, ranges.size()); ++i) workers.emplace_back(run);
  run();
}

// Rows of a node; blocks that a whole pass goes through are not worth keeping for others.
class Rows {
 public:
  explicit Rows(const SpanSource& source) : source_(source) {}
  template <class F>
  void for_each(const SpanLevels::Node& node, F&& f) {
    if (!block_ || node.first - block_->first >= block_->size()) {
      block_.reset();
      block_ = source_.block(node.first);
    }
    const SpanColumns& rows = *block_->columns;
    const size_t first = node.first - block_->first;
    for (size_t i = first; i < first + node.rows; ++i) f(rows, i, block_->first + i);
  }

 private:
  const SpanSource& source_;
  SpanSource::Held block_;
};

bool overlaps(TimeNs start, TimeNs end, const SpanQuestion& question) {
  return end >= question.first && start <= question.last;
}

// Keeps the `most` that come first.
class Nearest {
  struct Match {
    const TimelineTrack* track;
    SpanAt span;
  };
  bool is_before(TimeNs a, TimeNs b) const { return question_.backward ? a > b : a < b; }
  auto order() const {
    return [this](const Match& a, const Match& b) {
      if (a.span.start != b.span.start) return is_before(a.span.start, b.span.start);
      return a.span.number < b.span.number;
    };
  }

 public:
  explicit Nearest(const SpanQuestion& question) : question_(question) {}

  bool is_wanted(TimeNs start) const {
    if (question_.backward ? start >= question_.from : start < question_.from) return false;
    return all_.size() < question_.most || is_before(start, all_.front().span.start);
  }
  void take(const TimelineTrack& track, const SpanAt& span) {
    if (question_.most == 0) return;
    if (all_.size() == question_.most) {
      std::pop_heap(all_.begin(), all_.end(), order());
      all_.pop_back();
    }
    all_.push_back({&track, span});
    std::push_heap(all_.begin(), all_.end(), order());
  }
  void take_all(const Nearest& other) {
    for (const Match& match : other.all_) {
      if (is_wanted(match.span.start)) take(*match.track, match.span);
    }
  }
  std::vector<TimelineEvent> events(const Timeline& timeline) {
    std::sort_heap(all_.begin(), all_.end(), order());
    std::vector<TimelineEvent> out;
    for (const Match& match : all_) out.push_back(event_of(timeline, *match.track, match.span));
    return out;
  }

 private:
  const SpanQuestion& question_;
  std::vector<Match> all_;  // a heap, the last of them on top
};

}  // namespace

Durations span_times(const Timeline& timeline, const SiteSet& sites, unsigned threads) {
  Durations out;
  const profile::PackedSpanSource source(timeline.profile().instrumentation().spans, 0);
  const SpanLevels& levels = timeline.span_levels();
  std::mutex mutex;
  for_node_ranges(timeline, threads, [&](const NodeRange& range) {
    Rows rows(source);
    std::vector<uint64_t> times;
    for (size_t n = range.first; n < range.behind; ++n) {
      const SpanLevels::Node& node = levels.node(n);
      if (!sites.may_be_in(node)) continue;
      rows.for_each(node, [&](const SpanColumns& columns, size_t i, size_t) {
        if (sites.has[columns.site[i]]) times.push_back(columns.duration_ns[i]);
      });
    }
    const std::lock_guard lock(mutex);
    for (const uint64_t time : times) out.add(time);
  });
  for (const profile::LooseSpan& span : timeline.profile().instrumentation().loose) {
    if (!span.open && sites.has[raw(span.site)]) {
      out.add(static_cast<uint64_t>(raw(span.end) - raw(span.start)));
    }
  }
  return out;
}

uint64_t longer_than(const Durations& times, int64_t ns) {
  uint64_t out = 0;
  times.for_each([&](uint64_t each, uint64_t count) {
    if (each > static_cast<uint64_t>(std::max<int64_t>(ns, 0))) out += count;
  });
  return out;
}

SpanMatches find_spans(const Timeline& timeline, const SiteSet& sites, const SpanQuestion& question,
                       unsigned threads) {
  SpanMatches out;
  const profile::PackedSpanSource source(timeline.profile().instrumentation().spans, 0);
  const SpanLevels& levels = timeline.span_levels();
  std::mutex mutex;
  Nearest nearest(question);
  for_node_ranges(timeline, threads, [&](const NodeRange& range) {
    if (!question.threads.empty() && question.threads[raw(range.track->thread)] == 0) return;
    Rows rows(source);
    Nearest own(question);
    uint64_t count = 0;
    for (size_t n = range.first; n < range.behind; ++n) {
      const SpanLevels::Node& node = levels.node(n);
      if (!sites.may_be_in(node) || !overlaps(node.start, node.end, question)) continue;
      rows.for_each(node, [&](const SpanColumns& columns, size_t i, size_t number) {
        if (!sites.has[columns.site[i]]) return;
        const TimeNs end{static_cast<int64_t>(columns.end_ns[i])};
        const TimeNs start{raw(end) - static_cast<int64_t>(columns.duration_ns[i])};
        if (!overlaps(start, end, question)) return;
        ++count;
        if (!own.is_wanted(start)) return;
        own.take(*range.track, {.number = number,
                                .start = start,
                                .end = end,
                                .site = columns.site[i],
                                .depth = columns.depth[i]});
      });
    }
    const std::lock_guard lock(mutex);
    out.count += count;
    nearest.take_all(own);
  });
  out.events = nearest.events(timeline);
  return out;
}

std::optional<TimelineEvent> slowest_span(const Timeline& timeline, const SiteSet& sites,
                                          unsigned threads) {
  const profile::PackedSpanSource source(timeline.profile().instrumentation().spans, 0);
  const SpanLevels& levels = timeline.span_levels();
  // Many are the longest of their node: so most of what has to be beaten is known at once.
  std::atomic<int64_t> beaten_ns{-1};
  for_node_ranges(timeline, threads, [&](const NodeRange& range) {
    int64_t most = -1;
    for (size_t n = range.first; n < range.behind; ++n) {
      const SpanLevels::Node& node = levels.node(n);
      if (!sites.may_be_in(node)) continue;
      levels.for_each_group(node, [&](const profile::SpanGroup& group) {
        if (sites.has[group.site]) most = std::max(most, group.longest_ns);
      });
    }
    int64_t before = beaten_ns;
    while (before < most && !beaten_ns.compare_exchange_weak(before, most)) continue;
  });
  std::mutex mutex;
  const TimelineTrack* best_track = nullptr;
  SpanAt best;
  for_node_ranges(timeline, threads, [&](const NodeRange& range) {
    Rows rows(source);
    for (size_t n = range.first; n < range.behind; ++n) {
      const SpanLevels::Node& node = levels.node(n);
      if (!sites.may_be_in(node)) continue;
      int64_t longest = -1;
      levels.for_each_group(node, [&](const profile::SpanGroup& group) {
        longest = std::max(longest, group.longest_ns);
      });
      if (longest < beaten_ns) continue;
      rows.for_each(node, [&](const SpanColumns& columns, size_t i, size_t number) {
        const auto length = static_cast<int64_t>(columns.duration_ns[i]);
        if (!sites.has[columns.site[i]] || length < beaten_ns) return;
        const std::lock_guard lock(mutex);
        if (best_track != nullptr && (length < best.duration_ns() ||
                                      (length == best.duration_ns() && number > best.number))) {
          return;
        }
        beaten_ns = length;
        best_track = range.track;
        const TimeNs end{static_cast<int64_t>(columns.end_ns[i])};
        best = {.number = number,
                .start = TimeNs{raw(end) - length},
                .end = end,
                .site = columns.site[i],
                .depth = columns.depth[i]};
      });
    }
  });
  if (best_track == nullptr) return {};
  return event_of(timeline, *best_track, best);
}

uint64_t count_spans(const Timeline& timeline, const std::vector<uint8_t>& threads, TimeNs first,
                     TimeNs last) {
  const SpanLevels& levels = timeline.span_levels();
  Rows rows(timeline.spans());
  uint64_t out = 0;
  for (const TimelineTrack& track : timeline.tracks()) {
    if (track.kind != TimelineKind::kSpans) continue;
    if (!threads.empty() && threads[raw(track.thread)] == 0) continue;
    const auto visit = [&](auto&& self, size_t level, size_t index) -> void {
      const SpanLevels::Node& node = levels.node(levels.nodes(track.part, level).first + index);
      if (node.end < first || node.start > last) return;
      if (node.start >= first && node.end <= last) {
        out += node.rows;
        return;
      }
      if (level == 0) {
        return rows.for_each(node, [&](const SpanColumns& columns, size_t i, size_t) {
          const TimeNs end{static_cast<int64_t>(columns.end_ns[i])};
          out += end >= first && end <= last;
        });
      }
      const size_t begin = index * SpanLevels::kFanOut;
      const size_t behind =
          std::min(begin + SpanLevels::kFanOut, levels.nodes(track.part, level - 1).count);
      for (size_t i = begin; i < behind; ++i) self(self, level - 1, i);
    };
    const size_t top = levels.level_count(track.part) - 1;
    for (size_t i = 0; i < levels.nodes(track.part, top).count; ++i) visit(visit, top, i);
  }
  return out;
}

}  // namespace hone::analysis
