// The arguments of spans: which belong to which span, and its time by their values. Private to
// span_detail().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/span_detail.h"

namespace hone::analysis {

// Arguments are stored beside their span, by its thread, place and start. Both times come from the
// same reading of the program's clock; what they were converted by may differ a little.
class SpanArguments {
 public:
  using Row = profile::SpanArgument;
  // Of the places that `wanted` (index = SiteId) takes.
  SpanArguments(const profile::Profile& profile, std::span<const uint8_t> wanted);

  bool empty() const { return groups_.empty(); }
  // Rows of the span of that place that began then and took so long; empty when it has none.
  std::span<const Row> of(ThreadId thread, SiteId site, TimeNs start, int64_t duration_ns) const;
  // Counts a span's time for each of its arguments.
  void add(std::span<const Row> rows, int64_t duration_ns);
  // By key, from what was added.
  std::vector<ArgumentStats> stats(size_t values_max) const;
  std::string text(const Row& row) const;  // its value

 private:
  struct Group {
    TimeNs time{};
    size_t first = 0, count = 0;  // in the profile's arguments
  };
  struct Added {
    const Row* row;
    int64_t duration_ns;
  };
  const profile::Profile& profile_;
  std::unordered_map<uint64_t, std::vector<Group>> groups_;  // by thread and site; by time
  std::unordered_map<uint32_t, std::vector<Added>> added_;   // by key
};

}  // namespace hone::analysis
