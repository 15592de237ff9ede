#include "analysis/frame_times.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "profile/span_reader.h"

namespace hone::analysis {
namespace {

using profile::Instrumentation;
using profile::Profile;

using ByKind = std::array<int64_t, kFrameKinds>;

// The frames of one thread as a scale: how much of each kind had gone by at a time.
class Scale {
 public:
  void add(const FrameTime& frame, FrameKind kind) {
    start_.push_back(frame.start);
    end_.push_back(frame.start + DurationNs{frame.duration_ns});
    kind_.push_back(static_cast<uint8_t>(kind));
    before_.push_back(sum_);
    sum_[static_cast<size_t>(kind)] += frame.duration_ns;
  }
  bool empty() const { return start_.empty(); }

  // True when both times lie between the start of one frame and that of the next; then `ns` of that
  // frame's `kind` are between them. Asked from late to early, that is so of most spans.
  bool is_of_one(TimeNs from, TimeNs to, size_t& kind, int64_t& ns) {
    if (to < near_start_ || to >= near_next_) seek(to);
    if (from < near_start_ || to >= near_next_) return false;
    kind = near_kind_;
    ns = std::max<int64_t>(0, raw(std::min(to, near_end_) - from));
    return true;
  }
  ByKind between(TimeNs from, TimeNs to) const {
    ByKind out = until(to);
    const ByKind less = until(from);
    for (size_t k = 0; k < kFrameKinds; ++k) out[k] -= less[k];
    return out;
  }

 private:
  void seek(TimeNs time) {
    // One earlier is the next in most cases.
    size_t at = near_ > 0 ? near_ - 1 : 0;
    if (start_[at] > time || (at + 1 < start_.size() && start_[at + 1] <= time)) {
      const auto behind = std::upper_bound(start_.begin(), start_.end(), time);
      at = behind == start_.begin() ? 0 : static_cast<size_t>(behind - start_.begin()) - 1;
    }
    near_ = at;
    near_start_ = start_[at];
    near_end_ = end_[at];
    near_next_ = at + 1 < start_.size() ? start_[at + 1] : TimeNs{INT64_MAX};
    near_kind_ = kind_[at];
  }
  ByKind until(TimeNs time) const {
    const auto behind = std::upper_bound(start_.begin(), start_.end(), time);
    if (behind == start_.begin()) return {};
    const auto at = static_cast<size_t>(behind - start_.begin()) - 1;
    ByKind out = before_[at];
    out[kind_[at]] += raw(std::min(time, end_[at]) - start_[at]);
    return out;
  }
  std::vector<TimeNs> start_, end_;
  std::vector<uint8_t> kind_;
  std::vector<ByKind> before_;
  ByKind sum_{};
  size_t near_ = 0, near_kind_ = 0;
  TimeNs near_start_{INT64_MAX}, near_end_{}, near_next_{INT64_MIN};
};

// Sums of a place. Those of a hostile file may wrap.
struct Sums {
  uint64_t total_ns = 0;
  std::array<uint64_t, kFrameKinds> self_ns{};
  uint32_t open = 0;  // spans of it that are around the one in question
};

struct Around {
  uint32_t site = 0;  // 0: not recorded
  TimeNs start{INT64_MIN};
};

// From the last to the first, so that what is around a span comes before it. Millions of spans a
// second go through here: most are inside one frame, and beside one of their own place.
class Nesting {
 public:
  explicit Nesting(std::vector<Sums>& sums) : sums_(sums) {}
  ~Nesting() { leave(0); }

  void add(uint32_t depth, uint32_t site, TimeNs start, TimeNs end, Scale& scale) {
    leave(depth);
    // What was around it is missing: it was lost.
    if (height_ > 0 && around_[height_ - 1].start > start) leave(0);
    while (height_ < depth) enter({});
    Sums& own = sums_[site];
    Sums& parent = sums_[depth > 0 ? around_[depth - 1].site : 0];
    size_t kind = 0;
    int64_t ns = 0;
    if (scale.is_of_one(start, end, kind, ns)) {
      put(own, parent, kind, static_cast<uint64_t>(ns));
    } else {
      const ByKind parts = scale.between(start, end);
      for (size_t k = 0; k < kFrameKinds; ++k) put(own, parent, k, static_cast<uint64_t>(parts[k]));
    }
    enter({site, start});
  }

 private:
  static void put(Sums& own, Sums& parent, size_t kind, uint64_t ns) {
    own.self_ns[kind] += ns;
    parent.self_ns[kind] -= ns;
    if (own.open == 0) own.total_ns += ns;
  }
  void enter(const Around& around) {
    around_[height_++] = around;
    ++sums_[around.site].open;
  }
  void leave(size_t depth) {
    while (height_ > depth) --sums_[around_[--height_].site].open;
  }
  std::vector<Sums>& sums_;
  std::array<Around, 257> around_;  // a depth is a byte
  size_t height_ = 0;
};

void add_thread(profile::SpanReader& spans, const profile::Spans::OfThread& part, Scale& scale,
                std::vector<Sums>& sums) {
  Nesting nesting(sums);
  for (size_t behind = part.first + part.count; behind > part.first;) {
    const profile::SpanReader::Block block = spans.block(behind - 1, true);
    const profile::SpanColumns& rows = *block.columns;
    for (size_t i = block.size(); i-- > 0;) {
      const auto end = static_cast<int64_t>(rows.end_ns[i]);
      const auto start = end - static_cast<int64_t>(rows.duration_ns[i]);
      nesting.add(rows.depth[i], rows.site[i], TimeNs{start}, TimeNs{end}, scale);
    }
    behind = block.first;
  }
}

}  // namespace

std::vector<FrameSet> frame_sets(const Profile& p, const Selection& selection,
                                 const SampleFilter& filter) {
  const Instrumentation& all = p.instrumentation();
  std::map<std::string, std::vector<profile::FrameMark>> marks_by_name;
  for (const profile::FrameMark& mark : all.frames) {
    if (mark.site == SiteId::kNone || !filter.takes_thread(mark.thread)) continue;
    marks_by_name[std::string(p.string(all.sites[raw(mark.site)].name))].push_back(mark);
  }
  std::vector<FrameSet> out;
  for (auto& [name, marks] : marks_by_name) {
    std::stable_sort(marks.begin(), marks.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    FrameSet set{.name = name};
    TimeNs begin{};
    bool begun = false;
    uint64_t number = 0;
    for (const profile::FrameMark& mark : marks) {
      if (mark.kind != 2 && begun) {
        ++number;
        if (mark.time >= selection.time_first && mark.time <= selection.time_last) {
          set.frames.push_back({number, mark.thread, begin, raw(mark.time - begin)});
        }
      }
      begun = mark.kind != 3;
      begin = mark.time;
    }
    if (!set.frames.empty()) out.push_back(std::move(set));
  }
  std::stable_sort(out.begin(), out.end(), [](const FrameSet& a, const FrameSet& b) {
    return a.frames.size() > b.frames.size();
  });
  return out;
}

std::vector<FrameKind> frame_kinds(const FrameSet& set, int64_t budget_ns) {
  std::vector<FrameKind> kinds(set.frames.size(), FrameKind::kOther);
  std::vector<size_t> order(set.frames.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return set.frames[a].duration_ns < set.frames[b].duration_ns;
  });
  if (order.empty()) return kinds;
  const size_t middle = (order.size() - 1) / 2, side = order.size() / 10;
  if (set.frames[order[middle]].duration_ns <= budget_ns) {
    for (size_t i = middle - side; i <= std::min(middle + side, order.size() - 1); ++i) {
      kinds[order[i]] = FrameKind::kTypical;
    }
  }
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (set.frames[i].duration_ns > budget_ns) kinds[i] = FrameKind::kSlow;
  }
  return kinds;
}

SpansInFrames spans_in_frames(const Profile& p, const FrameSet& set,
                              std::span<const FrameKind> kinds) {
  const Instrumentation& all = p.instrumentation();
  std::vector<Sums> sums(all.sites.size());
  std::vector<Scale> scales(p.threads().size());
  for (size_t i = 0; i < set.frames.size(); ++i) {
    scales[raw(set.frames[i].thread)].add(set.frames[i], kinds[i]);
  }
  profile::SpanReader spans(all.spans);
  for (const profile::Spans::OfThread& part : spans.threads()) {
    Scale& scale = scales[raw(part.thread)];
    if (!scale.empty()) add_thread(spans, part, scale, sums);
  }
  SpansInFrames out;
  for (const Sums& sum : sums) {
    out.total_ns.push_back(static_cast<double>(static_cast<int64_t>(sum.total_ns)));
    for (size_t k = 0; k < kFrameKinds; ++k) {
      out.self_ns[k].push_back(static_cast<double>(static_cast<int64_t>(sum.self_ns[k])));
    }
  }
  return out;
}

}  // namespace hone::analysis
