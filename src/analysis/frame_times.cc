#include "analysis/frame_times.h"

#include <algorithm>
#include <map>
#include <numeric>

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

  // Between two times. Asked from late to early, it is one look in most cases.
  ByKind between(TimeNs from, TimeNs to) {
    seek(to);
    if (from >= start_[near_] && to >= start_[near_]) {
      ByKind out{};
      out[kind_[near_]] = std::max<int64_t>(0, raw(std::min(to, end_[near_]) - from));
      return out;
    }
    ByKind out = until(to);
    const ByKind less = until(from);
    for (size_t k = 0; k < kFrameKinds; ++k) out[k] -= less[k];
    return out;
  }

 private:
  bool is_near(TimeNs time) const {
    return start_[near_] <= time && (near_ + 1 == start_.size() || time < start_[near_ + 1]);
  }
  void seek(TimeNs time) {
    if (is_near(time)) return;
    if (near_ > 0) {
      --near_;
      if (is_near(time)) return;
    }
    const auto behind = std::upper_bound(start_.begin(), start_.end(), time);
    near_ = behind == start_.begin() ? 0 : static_cast<size_t>(behind - start_.begin()) - 1;
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
  size_t near_ = 0;
};

struct Around {
  uint32_t site = 0;  // 0: not recorded
  TimeNs start{INT64_MIN};
};

// From the last to the first, so that what is around a span comes before it.
void add_thread(const profile::Spans& spans, const profile::Spans::OfThread& part, Scale& scale,
                SpansInFrames& out) {
  std::vector<Around> around;
  std::vector<uint32_t> open(out.total_ns.size(), 0);
  const auto leave = [&](size_t depth) {
    while (around.size() > depth) {
      --open[around.back().site];
      around.pop_back();
    }
  };
  for (size_t i = part.first + part.count; i-- > part.first;) {
    const uint32_t depth = spans.depth(i), site = raw(spans.site(i));
    const TimeNs start = spans.start(i);
    leave(depth);
    // What was around it is missing: it was lost.
    if (!around.empty() && around.back().start > start) leave(0);
    while (around.size() < depth) {
      around.push_back({});
      ++open[0];
    }
    const uint32_t parent = depth > 0 ? around.back().site : 0;
    const ByKind parts = scale.between(start, spans.end(i));
    double all = 0;
    for (size_t k = 0; k < kFrameKinds; ++k) {
      const auto ns = static_cast<double>(parts[k]);
      out.self_ns[k][site] += ns;
      out.self_ns[k][parent] -= ns;
      all += ns;
    }
    if (open[site] == 0) out.total_ns[site] += all;
    around.push_back({site, start});
    ++open[site];
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
  SpansInFrames out;
  out.total_ns.assign(all.sites.size(), 0);
  for (std::vector<double>& self : out.self_ns) self.assign(all.sites.size(), 0);
  std::vector<Scale> scales(p.threads().size());
  for (size_t i = 0; i < set.frames.size(); ++i) {
    scales[raw(set.frames[i].thread)].add(set.frames[i], kinds[i]);
  }
  for (const profile::Spans::OfThread& part : all.spans.threads()) {
    Scale& scale = scales[raw(part.thread)];
    if (!scale.empty()) add_thread(all.spans, part, scale, out);
  }
  return out;
}

}  // namespace hone::analysis
