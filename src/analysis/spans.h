// What instrumented programs say of themselves, in numbers: spans by place, frames, plots,
// messages.
//
//   const SpanReport spans = span_report(profile, selection, {});
//   for (const SpanStats& span : spans.spans) use(span.name, span.self_ns, span.p99_ns);
//
// Every finished span counts, those of no length too; percentiles are exact (nearest rank). A span
// belongs to a selection of time when it ended in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/durations.h"
#include "analysis/own_cost.h"
#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

// Shorter ones are a thread that was interrupted, or moved to another CPU.
inline constexpr int64_t kSpikeTimes = 10, kSpikeNs = 100'000;

struct SpanStats {
  SiteId site{};
  std::string name, category, function, file;
  uint32_t line = 0;
  uint32_t color = 0;  // 0xrrggbb; 0: none was given
  Distribution times;
  // Of a place that was met too often to time each span (hot_places.h): how many were, and by how
  // much the total may be off, with 95% confidence; then shortest, longest and spikes are of those,
  // and all else but the count is an estimate. 0: each was.
  uint64_t timed = 0;
  double total_error_ns = 0;
  bool self_is_most = false;  // such places are inside one another around here: self is less
  int64_t self_ns = 0;      // less the spans inside it, of its thread, and what recording them cost
                            // it (OwnCost::in_parent_ns each)
  uint32_t threads = 0;     // that it ran on
  uint64_t loose = 0;       // of the count: not nested, so their time is in no other's
  uint64_t still_open = 0;  // at the end of the recording; not in the count
  uint64_t spikes = 0;      // of those that took kSpikeTimes their median, and kSpikeNs
  int64_t spikes_ns = 0;
  // On threads that mark frames of FrameComparison::set. A mean is of self time, in one frame.
  double frame_self_share = 0;  // its self time, of all their time
  double frame_share = 0;       // of all their time; a span inside one of its own place counts once
  double slow_self_ns = 0, typical_self_ns = 0;
};

struct Frame {
  uint64_t number = 0;  // from 1, of its set
  TimeNs start{};
  int64_t duration_ns = 0;
};
struct FrameStats {
  std::string name;
  Distribution times;
  uint64_t over_budget = 0;
  std::vector<Frame> worst;  // longest first
  // For a picture, by time: of so many frames each (the last of fewer) the longest, in ns.
  std::vector<double> chart;
  size_t frames_of_chart = 1;
};

// What frames over the budget spend more on than those around the median: see the self times of
// SpanStats. Of the set with most frames.
struct FrameComparison {
  std::string set;  // "": no frame is marked
  uint64_t slow = 0, typical = 0;
  double slow_mean_ns = 0, typical_mean_ns = 0;
  double slow_unmarked_ns = 0, typical_unmarked_ns = 0;  // of one frame, outside of any span
};

inline constexpr size_t kChartFrames = 300, kPlotSteps = 120;

struct PlotStats {
  std::string name, unit;
  std::string expression;  // of one that is made of others: hone.toml says how
  uint64_t count = 0;
  double least = 0, mean = 0, most = 0, last = 0;
  // For a picture: means over kPlotSteps equal parts of the recorded time; NaN where it has none.
  std::vector<double> points;
};

struct MessageStats {
  std::string text;
  uint8_t level = 0;
  uint64_t count = 0;
  TimeNs first{}, last{};
};

struct SpanReport {
  std::vector<SpanStats> spans;  // most self time first
  std::vector<FrameStats> frames;
  uint32_t frame_every = 1;  // more: one in so many was recorded, and all figures are of these
  std::vector<PlotStats> plots;
  // Plots that could not be made, and of what they want the recording has nothing.
  std::vector<std::pair<std::string, std::string>> plots_missing;
  std::vector<MessageStats> messages;  // in the order of their first
  FrameComparison comparison;
  OwnCost cost;
  int64_t budget_ns = 0;
  uint64_t lost = 0;     // spans and marks that rings had no room for
  uint64_t refused = 0;  // memories of programs that could not be read: none of theirs is here
  bool empty() const {
    return spans.empty() && frames.empty() && plots.empty() && messages.empty();
  }
};

struct SpanOptions {
  int64_t budget_ns = 16'666'667;  // of a frame
  size_t worst = 10;               // frames of each set
};

SpanReport span_report(const profile::Profile& profile, const Selection& selection,
                       const SpanOptions& options);

}  // namespace hone::analysis
