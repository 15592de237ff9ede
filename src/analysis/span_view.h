// One span by name, for its page: how long it takes and when, where and in what, and its slowest
// instances.
//
//   const SpanView view = span_view(profile, selection, "Physics::step", {.low_ns = 1'000'000});
//
// The histogram is of all spans of the name; all else of those that `low_ns` and `high_ns` take.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/durations.h"
#include "analysis/selection.h"
#include "analysis/span_table.h"
#include "profile/profile.h"

namespace hone::analysis {

// Durations counted in steps of a thirty-second of a power of two, up to 3% apart; those below 32
// ns each by itself.
class DurationCounts {
 public:
  static constexpr size_t kSteps = 60 * 32;
  void add(uint64_t ns);
  bool empty() const { return last_ < first_; }
  // What it counted, in at most `bars_max` bars of equal width on a logarithmic scale.
  // `edges` has one more.
  struct Bars {
    std::vector<int64_t> edges;
    std::vector<uint64_t> counts, counts_b;
    std::vector<int64_t> total_ns, total_ns_b;
  };
  static Bars bars(const DurationCounts& a, const DurationCounts* b, size_t bars_max);
  static size_t step_of(uint64_t ns);
  static int64_t edge_of(size_t step);  // the least duration of it

 private:
  struct Sum {
    uint64_t count = 0;
    int64_t total_ns = 0;
  };
  Sum sum(size_t from, size_t behind) const;  // of steps

  std::vector<uint64_t> counts_, total_ns_;  // empty as long as there are none
  size_t first_ = kSteps, last_ = 0;
};

struct SpanOfView {
  uint64_t event = 0;  // its number: nested ones as in Spans, then loose ones
  ThreadId thread{};
  TimeNs start{};
  int64_t duration_ns = 0;
};

struct SpanGroup {  // of a thread, or of the span right around it
  std::string name;
  ThreadId thread{};  // of a thread
  Distribution times;
};

struct SpanView {
  std::string category, function, file;
  uint32_t line = 0;
  bool known = false;  // some place has the name
  SpanTimes times;     // of those taken
  uint64_t not_timed = 0;
  DurationCounts durations;         // of all
  std::vector<SpanOfView> slowest;  // longest first
  // By equal parts of the recorded time in the selection.
  std::vector<TimeNs> edges;
  std::vector<int64_t> p50_ns, most_ns;  // of each part; -1: it has none
  std::vector<uint64_t> counts;
  std::vector<SpanGroup> by_thread, by_parent;  // most total time first
};

struct SpanViewOptions {
  int64_t low_ns = 0, high_ns = INT64_MAX;
  size_t slowest = 10, parts = 120, groups = 200;
};

// `name` exactly, of however many places.
SpanView span_view(const profile::Profile& profile, const Selection& selection,
                   std::string_view name, const SpanViewOptions& options);

}  // namespace hone::analysis
