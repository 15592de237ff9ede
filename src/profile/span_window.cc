#include "profile/span_window.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <memory>

#include "base/host/check.h"

namespace hone::profile {
namespace {

using Depths = std::bitset<256>;

// Makes bars of one depth of spans that come by time, more or less.
class Lane {
 public:
  struct Piece {
    int64_t start, end;
    SpanBar bar;
  };
  // `piece.bar` has its place in buckets, which is within the window.
  void put(const Piece& piece) {
    SpanBar bar = piece.bar;
    if (!bars_.empty() && bar.start < bars_.back().end) {
      SpanBar& last = bars_.back();
      const bool is_wide = last.end - last.start > 1;
      if (bar.end > last.end) {
        bar.start = last.end;
      } else if (is_wide && bar.start + 1 == last.end && piece.start >= end_) {
        // The last bucket of a long one, in which it ends: what follows it there is seen too.
        --last.end;
      } else {
        return join(last, piece);
      }
    }
    bars_.push_back(bar);
    end_ = piece.end;
  }
  std::vector<SpanBar>& bars() { return bars_; }

 private:
  void join(SpanBar& last, const Piece& piece) {
    const SpanBar& more = piece.bar;
    last.count += more.count;
    if (__builtin_add_overflow(last.total_ns, more.total_ns, &last.total_ns)) {
      last.total_ns = INT64_MAX;
    }
    last.began_before |= more.began_before && last.start == 0;
    last.goes_on |= more.goes_on;
    end_ = std::max(end_, piece.end);
    if (more.longest_ns <= last.longest_ns) return;
    last.longest_ns = more.longest_ns;
    last.longest = more.longest;
    last.site = more.site;
  }
  std::vector<SpanBar> bars_;
  int64_t end_ = INT64_MIN;  // of what the last one stands for
};

class Bars {
 public:
  explicit Bars(const SpanWindow& window)
      : begin_(raw(window.begin)), end_(raw(window.end())), window_(window) {}

  void put(const SpanGroup& group) {
    const int64_t start = raw(group.start), end = raw(group.end);
    // One of no length has a place too.
    int64_t from = (start - begin_) >> window_.step;
    int64_t to = ((std::max(end, start + 1) - 1 - begin_) >> window_.step) + 1;
    if (to <= 0 || from >= window_.buckets) return;
    from = std::max<int64_t>(from, 0);
    to = std::min<int64_t>(to, window_.buckets);
    std::unique_ptr<Lane>& lane = lanes_[group.depth];
    if (!lane) lane = std::make_unique<Lane>();
    lane->put({.start = start,
               .end = end,
               .bar = {.start = static_cast<uint32_t>(from),
                       .end = static_cast<uint32_t>(to),
                       .count = group.count,
                       .longest = group.longest,
                       .site = group.site,
                       .depth = group.depth,
                       .began_before = start<begin_, .goes_on = end> end_,
                       .longest_ns = group.longest_ns,
                       .total_ns = group.total_ns}});
  }
  std::vector<SpanBar> take() {
    std::vector<SpanBar> out;
    size_t count = 0;
    for (const auto& lane : lanes_) count += lane ? lane->bars().size() : 0;
    out.reserve(count);
    for (const auto& lane : lanes_) {
      if (lane) out.insert(out.end(), lane->bars().begin(), lane->bars().end());
    }
    return out;
  }

 private:
  const int64_t begin_, end_;
  const SpanWindow& window_;
  std::array<std::unique_ptr<Lane>, 256> lanes_;
};

// Goes down only where what a node holds of a depth has to be looked at closer.
template <class Sink>
class Walk {
 public:
  Walk(const SpanLevels& levels, size_t part, const SpanWindow& window, Sink& sink)
      : levels_(levels),
        part_(part),
        begin_(window.begin),
        end_(window.end()),
        fold_ns_(int64_t{window.fold} << window.step),
        sink_(sink) {}

  void run() {
    if (levels_.level_count(part_) == 0) return;
    const size_t top = levels_.level_count(part_) - 1;
    Depths all;
    all.set();
    for (size_t i = 0; i < levels_.nodes(part_, top).count; ++i) visit(top, i, all);
  }

 private:
  void visit(size_t level, size_t index, const Depths& wanted) {
    if (sink_.is_done()) return;
    const SpanLevels::Node& node = levels_.node(levels_.nodes(part_, level).first + index);
    if (node.end < begin_ || node.start >= end_) return;
    Depths rest;
    levels_.for_each_group(node, [&](const SpanGroup& group) {
      if (!wanted[group.depth] || group.end < begin_ || group.start >= end_) return;
      const TimeNs longest_end{raw(group.longest_start) + group.longest_ns};
      if (group.count == 1 || raw(group.end) - raw(group.start) <= fold_ns_) {
        sink_.put(group);
      } else if (!group.overlapping && group.longest_start <= begin_ && longest_end >= end_) {
        // It hides the others.
        SpanGroup one = group;
        one.start = group.longest_start;
        one.end = longest_end;
        one.count = 1;
        one.total_ns = group.longest_ns;
        sink_.put(one);
      } else {
        rest.set(group.depth);
      }
    });
    if (rest.none()) return;
    if (level == 0) return sink_.put_rows(node, rest);
    const size_t first = index * SpanLevels::kFanOut;
    const size_t behind =
        std::min(first + SpanLevels::kFanOut, levels_.nodes(part_, level - 1).count);
    for (size_t i = first; i < behind; ++i) visit(level - 1, i, rest);
  }

  const SpanLevels& levels_;
  const size_t part_;
  const TimeNs begin_, end_;
  const int64_t fold_ns_;
  Sink& sink_;
};

class Drawing {
 public:
  Drawing(const SpanSource& source, const SpanWindow& window)
      : source_(source), begin_(raw(window.begin)), end_(raw(window.end())), bars_(window) {}

  void put(const SpanGroup& group) { bars_.put(group); }
  void put_rows(const SpanLevels::Node& node, const Depths& wanted) {
    if (!block_ || node.first - block_->first >= block_->size()) block_ = source_.block(node.first);
    const SpanColumns& rows = *block_->columns;
    const size_t first = node.first - block_->first;
    for (size_t i = first; i < first + node.rows; ++i) {
      if (!wanted[rows.depth[i]]) continue;
      const auto end = static_cast<int64_t>(rows.end_ns[i]);
      const auto length = static_cast<int64_t>(rows.duration_ns[i]);
      if (end < begin_ || end - length >= end_) continue;
      bars_.put({.start = TimeNs{end - length},
                 .end = TimeNs{end},
                 .longest_start = TimeNs{end - length},
                 .longest_ns = length,
                 .total_ns = length,
                 .longest = static_cast<uint32_t>(block_->first + i),
                 .site = rows.site[i],
                 .count = 1,
                 .depth = rows.depth[i]});
    }
  }
  bool is_done() const { return false; }
  std::vector<SpanBar> take() { return bars_.take(); }

 private:
  const SpanSource& source_;
  const int64_t begin_, end_;
  SpanSource::Held block_;
  Bars bars_;
};

// What drawing would cost, as span_levels_bench measured it; a bar with what an answer of it costs.
class Estimate {
 public:
  explicit Estimate(int64_t most_ns) : most_ns_(most_ns) {}
  void put(const SpanGroup&) { ns_ += kPutNs; }
  void put_rows(const SpanLevels::Node& node, const Depths&) {
    // What lies between two nodes that are unpacked is mostly in their block, and is unpacked too.
    const uint64_t between = node.first - std::min(behind_, node.first);
    ns_ += kRowNs * static_cast<int64_t>(node.rows + std::min<uint64_t>(between, kBlockRows / 2));
    behind_ = node.first + node.rows;
  }
  bool is_done() const { return ns_ > most_ns_; }
  // One block of each is unpacked however coarse it is: that is no reason to fold.
  void next_part() { behind_ = UINT32_MAX; }

 private:
  static constexpr int64_t kPutNs = 50, kRowNs = 16;
  static constexpr uint64_t kBlockRows = 16'384;  // as recorders write them
  const int64_t most_ns_;
  int64_t ns_ = 0;
  uint32_t behind_ = 0;
};

}  // namespace

std::vector<SpanBar> span_bars(const SpanLevels& levels, const SpanSource& source, size_t part,
                               const SpanWindow& window) {
  HONE_DCHECK(window.step <= SpanWindow::kStepMax && window.buckets <= SpanWindow::kBucketsMax);
  Drawing drawing(source, window);
  Walk(levels, part, window, drawing).run();
  return drawing.take();
}

uint32_t fold_within(const SpanLevels& levels, std::span<const size_t> parts,
                     const SpanWindow& window, int64_t cost_ns) {
  SpanWindow coarser = window;
  for (; coarser.fold < SpanWindow::kFoldMax; coarser.fold *= 2) {
    Estimate estimate(cost_ns);
    for (const size_t part : parts) {
      estimate.next_part();
      Walk(levels, part, coarser, estimate).run();
    }
    if (!estimate.is_done()) break;
  }
  return coarser.fold;
}

}  // namespace hone::profile
