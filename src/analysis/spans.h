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

#include "analysis/selection.h"
#include "profile/profile.h"

namespace hone::analysis {

// Of durations, in ns; all 0 when there are none.
struct Distribution {
  uint64_t count = 0;
  int64_t total_ns = 0, least_ns = 0, p50_ns = 0, p95_ns = 0, p99_ns = 0, most_ns = 0;
  double mean_ns = 0;
};
// Reorders `durations`.
Distribution distribution_of(std::vector<int64_t>& durations);

struct SpanStats {
  SiteId site{};
  std::string name, category, function, file;
  uint32_t line = 0;
  Distribution times;
  int64_t self_ns = 0;      // less the spans inside it, of its thread
  uint32_t threads = 0;     // that it ran on
  uint64_t loose = 0;       // of the count: not nested, so their time is in no other's
  uint64_t still_open = 0;  // at the end of the recording; not in the count
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
};

struct PlotStats {
  std::string name, unit;
  uint64_t count = 0;
  double least = 0, mean = 0, most = 0, last = 0;
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
  std::vector<PlotStats> plots;
  std::vector<MessageStats> messages;  // in the order of their first
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
