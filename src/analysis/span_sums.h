// Spans summed by place, with all their durations: what statistics of spans are made of. Private to
// them.
#pragma once

#include <vector>

#include "analysis/durations.h"
#include "analysis/spans.h"
#include "analysis/weights.h"
#include "profile/profile.h"

namespace hone::analysis {

struct SpanSums {
  Durations durations;
  int64_t self_ns = 0;
  ThreadId last_thread{};
  std::vector<ThreadId> threads;  // some more than once
  uint64_t loose = 0, still_open = 0;

  bool empty() const { return durations.empty() && still_open == 0; }
};

// Index = SiteId. One pass over all spans: hundreds of millions of them may go through here.
// `cost_ns`: that recording each span took, outside of its own times.
std::vector<SpanSums> sum_spans(const profile::Profile& profile, const Selection& selection,
                                const SampleFilter& filter, int64_t cost_ns);
// Reorders `sums`.
SpanStats stats_of_site(const profile::Profile& profile, SiteId site, SpanSums& sums);
// Threads may be there more than once.
uint32_t count_threads(std::vector<ThreadId>& threads);

}  // namespace hone::analysis
