// Spans by the hundred: between which times a granule of them lies, so that a query of a range of
// time unpacks what may be in it and passes by the rest.
//
//   source.granules().for_each(filter, [&](const SpanGranule& some) { ... });
//
// Making it costs one pass over all spans. Immutable; a byte for four spans.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "query/source.h"

namespace hone::query {

// Which spans. Times in ns since the recording's start, both ends inclusive.
struct SpanFilter {
  int64_t start_first = INT64_MIN, start_last = INT64_MAX;
  int64_t end_first = INT64_MIN, end_last = INT64_MAX;
  bool of_thread = false;
  uint32_t thread = 0;
  std::vector<bool> sites;  // index = SiteId; empty: all
  uint64_t site_bits = 0;   // of those, see SpanGranule

  bool is_timed() const {
    return start_first != INT64_MIN || start_last != INT64_MAX || end_first != INT64_MIN ||
           end_last != INT64_MAX;
  }
  bool takes_times(int64_t start, int64_t end) const {
    return start >= start_first && start <= start_last && end >= end_first && end <= end_last;
  }
};

struct SpanGranule {
  size_t first = 0;  // their numbers
  uint32_t count = 0;
  uint32_t thread = kAnyThread;
  static constexpr uint32_t kAnyThread = UINT32_MAX;
  int64_t start_least = INT64_MAX, start_most = INT64_MIN;
  int64_t end_least = INT64_MAX, end_most = INT64_MIN;
  uint64_t site_bits = 0;  // bit n: some site of which the id ends in these six bits

  bool may_hold(const SpanFilter& filter) const {
    return start_most >= filter.start_first && start_least <= filter.start_last &&
           end_most >= filter.end_first && end_least <= filter.end_last &&
           (!filter.of_thread || thread == filter.thread || thread == kAnyThread) &&
           (filter.sites.empty() || (site_bits & filter.site_bits) != 0);
  }
};

class SpanGranules {
 public:
  static constexpr size_t kRows = 256;
  explicit SpanGranules(const Source& source);
  // Those that may hold spans of the filter, by number.
  template <class F>
  void for_each(const SpanFilter& filter, F&& f) const {
    for (size_t i = 0; i < heaps_.size(); ++i) {
      if (!heaps_[i].may_hold(filter)) continue;
      for (size_t k = i * kGranules; k < std::min(all_.size(), (i + 1) * kGranules); ++k) {
        if (all_[k].may_hold(filter)) f(all_[k]);
      }
    }
  }

 private:
  static constexpr size_t kGranules = 64;  // of a heap
  std::vector<SpanGranule> all_;
  std::vector<SpanGranule> heaps_;  // what so many of them are together; of any thread
};

}  // namespace hone::query
