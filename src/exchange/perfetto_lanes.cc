#include "exchange/perfetto_lanes.h"

#include <algorithm>

namespace hone::exchange::perfetto {
namespace {

bool is_over(TimeNs end, const LaneSpan& next) {
  return end <= next.start && end < next.end;
}

}  // namespace

// Starts ascend from call to call: what is over is over for all that follow.
Lanes::Lane& Lanes::lane_for(const LaneSpan& span) {
  const size_t searched = std::min(lanes_.size(), kSearched);
  for (size_t i = 0; i < searched; ++i) {
    std::vector<TimeNs>& around = lanes_[i].around;
    while (!around.empty() && is_over(around.back(), span)) around.pop_back();
    if (around.empty() || span.end <= around.back()) return lanes_[i];
  }
  return lanes_.emplace_back();
}

void Lanes::write(Describe describe) {
  std::stable_sort(spans_.begin(), spans_.end(), [](const LaneSpan& a, const LaneSpan& b) {
    if (a.start != b.start) return a.start < b.start;
    if (a.end != b.end) return a.end > b.end;
    return a.depth < b.depth;
  });
  for (uint32_t i = 0; i < spans_.size(); ++i) {
    Lane& lane = lane_for(spans_[i]);
    lane.around.push_back(spans_[i].end);
    lane.spans.push_back(i);
  }
  for (const Lane& lane : lanes_) {
    if (trace_.out.failed()) return;
    write(lane, describe);
  }
}

void Lanes::write(const Lane& lane, Describe describe) {
  const uint64_t track = trace_.new_track(parent_, name_);
  std::vector<TimeNs> open;
  for (const uint32_t i : lane.spans) {
    const LaneSpan& span = spans_[i];
    for (; !open.empty() && is_over(open.back(), span); open.pop_back()) {
      trace_.end_span(track, open.back());
    }
    trace_.begin_event(EventType::kBegin, track, span.start);
    describe(span.index);
    trace_.end_event();
    open.push_back(span.end);
  }
  for (; !open.empty(); open.pop_back()) trace_.end_span(track, open.back());
}

}  // namespace hone::exchange::perfetto
