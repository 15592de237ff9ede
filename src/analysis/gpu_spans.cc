#include "analysis/gpu_spans.h"

#include <algorithm>
#include <map>
#include <set>

#include "analysis/frame_times.h"
#include "analysis/stretches.h"
#include "analysis/weights.h"
#include "hone/cuda_activity.h"

namespace hone::analysis {
namespace {

using profile::GpuSpan;
using profile::Profile;

constexpr uint8_t kSoftware = 4;  // VK_PHYSICAL_DEVICE_TYPE_CPU
constexpr uint8_t kDepthUnknown = 255;

struct Sums {
  int64_t self_ns = 0;
  Stretches stretches;  // one inside another of its own place counts once
  std::set<ThreadId> threads;
  std::vector<int64_t> durations;
};

// A hostile file's sums end at what a number holds.
void add_capped(int64_t& to, int64_t ns) {
  if (__builtin_add_overflow(to, ns, &to)) to = INT64_MAX;
}

int64_t duration_of(const GpuSpan& span) {
  return raw(span.end - span.start);
}

bool holds(const GpuSpan& outer, const GpuSpan& inner) {
  const bool known = outer.depth != kDepthUnknown && inner.depth != kDepthUnknown;
  return outer.start <= inner.start && inner.end <= outer.end &&
         (!known || outer.depth < inner.depth);
}

Stretches stretches_of(const FrameSet& set) {
  Stretches out;
  for (const FrameTime& frame : set.frames) {
    out.add(frame.start, frame.start + DurationNs{frame.duration_ns});
  }
  return out;
}

// Of the time of `frames`, what lies in `spans` too.
double share_of(const Stretches& frames, const Stretches& spans) {
  if (frames.all_ns() <= 0) return 0;
  int64_t sum = 0;
  spans.for_each([&](TimeNs start, TimeNs end) { sum += frames.between(start, end); });
  return static_cast<double>(sum) / static_cast<double>(frames.all_ns());
}

// One queue's spans: outer ones before those inside.
class Nested {
 public:
  Nested(std::vector<GpuSpan> spans, GpuQueueStats& stats) : spans_(std::move(spans)) {
    std::sort(spans_.begin(), spans_.end(), [](const GpuSpan& a, const GpuSpan& b) {
      if (a.start != b.start) return a.start < b.start;
      if (a.end != b.end) return a.end > b.end;
      return a.depth < b.depth;
    });
    inside_.resize(spans_.size());
    std::vector<size_t> open;
    for (size_t i = 0; i < spans_.size(); ++i) {
      while (!open.empty() && !holds(spans_[open.back()], spans_[i])) {
        stats.overlapping += spans_[open.back()].end > spans_[i].start;
        open.pop_back();
      }
      if (!open.empty()) add_capped(inside_[open.back()], duration_of(spans_[i]));
      open.push_back(i);
    }
    stats.count = spans_.size();
    stats.first = spans_.front().start;
    TimeNs until = stats.first;
    for (const GpuSpan& span : spans_) {
      if (span.end > until) add_capped(stats.busy_ns, raw(span.end - std::max(span.start, until)));
      until = std::max(until, span.end);
    }
    stats.last = until;
  }

  std::vector<SpanStats> by_site(const Profile& p, const Stretches& frames) const {
    std::map<SiteId, Sums> sums;
    for (size_t i = 0; i < spans_.size(); ++i) {
      Sums& sum = sums[spans_[i].site];
      add_capped(sum.self_ns, std::max<int64_t>(duration_of(spans_[i]) - inside_[i], 0));
      sum.durations.push_back(duration_of(spans_[i]));
      sum.threads.insert(spans_[i].thread);
      sum.stretches.add(spans_[i].start, spans_[i].end);
    }
    std::vector<SpanStats> out;
    for (auto& [id, sum] : sums) {
      const profile::Site& site = p.instrumentation().sites[raw(id)];
      out.push_back({.site = id,
                     .name = std::string(p.string(site.name)),
                     .category = std::string(p.string(site.category)),
                     .function = std::string(p.string(site.function)),
                     .file = std::string(p.string(site.file)),
                     .line = site.line,
                     .color = site.color,
                     .times = distribution_of(sum.durations),
                     .self_ns = sum.self_ns,
                     .threads = static_cast<uint32_t>(sum.threads.size()),
                     .frame_share = share_of(frames, sum.stretches)});
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const SpanStats& a, const SpanStats& b) { return a.self_ns > b.self_ns; });
    return out;
  }

 private:
  std::vector<GpuSpan> spans_;
  std::vector<int64_t> inside_;  // of each, the spans directly in it
};

std::vector<GpuQueueStats> described(const Profile& p) {
  const profile::Instrumentation& all = p.instrumentation();
  std::vector<GpuQueueStats> out;
  for (const profile::GpuQueue& queue : all.gpu_queues) {
    out.push_back({.name = std::string(p.string(queue.name)),
                   .device = std::string(p.string(queue.device)),
                   .process = std::string(p.string(p.processes()[raw(queue.process)].name)),
                   .device_kind = queue.device_kind,
                   .software = queue.device_kind == kSoftware,
                   .calibration = queue.calibration,
                   .error_ns = -1});
  }
  out[0].name = "not told of";
  for (const profile::GpuClock& clock : all.gpu_clocks) {
    GpuQueueStats& queue = out[raw(clock.queue)];
    if (queue.calibration != HONE_GPU_BY_CUPTI) {
      queue.error_ns = std::max(queue.error_ns, clock.error_ns);
    }
    queue.left_out = std::max(queue.left_out, clock.left_out);
    const int64_t off = clock.correction_ns < 0 ? -clock.correction_ns : clock.correction_ns;
    queue.correction_ns = std::max(queue.correction_ns, off);
  }
  return out;
}

}  // namespace

GpuReport gpu_report(const profile::Profile& profile, const Selection& selection,
                     int64_t budget_ns) {
  GpuReport out;
  const profile::Instrumentation& all = profile.instrumentation();
  if (all.gpu_spans.empty() && all.gpu_queues.size() == 1) return out;
  const SampleFilter filter(profile, selection);
  std::vector<std::vector<GpuSpan>> spans(all.gpu_queues.size());
  for (const GpuSpan& span : all.gpu_spans) {
    const bool is_in = span.end >= selection.time_first && span.end <= selection.time_last;
    if (is_in && filter.takes_thread(span.thread)) spans[raw(span.queue)].push_back(span);
  }
  const std::vector<FrameSet> sets = frame_sets(profile, selection, filter);
  if (!sets.empty()) out.set = sets[0].name;
  const Stretches frames = sets.empty() ? Stretches{} : stretches_of(sets[0]);
  out.frames = gpu_frames(profile, selection, budget_ns);
  std::vector<GpuQueueStats> queues = described(profile);
  for (size_t i = 0; i < queues.size(); ++i) {
    if (!spans[i].empty())
      queues[i].spans = Nested(std::move(spans[i]), queues[i]).by_site(profile, frames);
    if (queues[i].count + queues[i].left_out > 0) out.queues.push_back(std::move(queues[i]));
  }
  std::stable_sort(out.queues.begin(), out.queues.end(),
                   [](const auto& a, const auto& b) { return a.busy_ns > b.busy_ns; });
  return out;
}

}  // namespace hone::analysis
