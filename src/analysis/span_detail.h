// One span in detail: how long it takes, its slowest instances and what ran inside each, and how
// its time depends on its arguments.
//
//   const SpanDetail detail = span_detail(profile, selection, "Physics::World::step", {});
//   for (const SpanInstance& slow : detail.slowest) use(slow.start, slow.children, slow.functions);
//
// Durations count as in spans.h. Samples and waits are those of the instance's thread within its
// time; of waits that a row of the recording sums up, the part that lies in it is taken evenly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/selection.h"
#include "analysis/spans.h"
#include "profile/profile.h"

namespace hone::analysis {

// Spans whose duration is at least this, and less than the next one's.
struct DurationBucket {
  int64_t from_ns = 0, to_ns = 0;
  uint64_t count = 0;
  int64_t total_ns = 0;
};

struct InsideSpan {
  std::string name;    // of a span, a function, or a kind of wait
  std::string detail;  // of a function its module, of a wait the function that waited
  int64_t ns = 0;
  uint64_t count = 0;  // spans, samples, waits
};

struct SpanInstance {
  std::string name, thread;
  uint32_t tid = 0;
  TimeNs start{};
  int64_t since_start_ns = 0;  // of the recording
  int64_t duration_ns = 0;
  int64_t self_ns = 0;  // as in SpanStats
  bool across_threads = false;
  std::vector<std::pair<std::string, std::string>> arguments;
  std::vector<InsideSpan> children;   // spans right inside it, most time first
  std::vector<InsideSpan> functions;  // of samples, most first
  std::vector<InsideSpan> waits;      // most time first
  uint64_t samples = 0;
};

// One value of an argument, or one range of its values.
struct ArgumentValue {
  std::string text;
  Distribution times;
};
struct ArgumentStats {
  std::string key;
  bool ranges = false;                // of numbers: there are many
  std::vector<ArgumentValue> values;  // ranges in their order, else most total time first
  uint64_t values_hidden = 0;         // further values
};

struct SpanDetail {
  std::vector<std::string> names;  // that the pattern took; by name
  Distribution times;
  int64_t self_ns = 0;
  uint64_t loose = 0, still_open = 0;
  uint64_t not_timed = 0;  // beside these: of places that were met too often to time each
  std::vector<DurationBucket> histogram;  // no empty one at either end
  std::vector<SpanInstance> slowest;      // longest first
  std::vector<ArgumentStats> arguments;   // by key
  bool waits_recorded = false;
};

struct SpanDetailOptions {
  size_t slowest = 10;
  size_t inside = 5;   // rows of what ran inside an instance, of each kind
  size_t values = 12;  // of an argument: more numbers become ranges, more texts are cut
};

// `name`: of a span, or a glob that takes several when none has just that name.
SpanDetail span_detail(const profile::Profile& profile, const Selection& selection,
                       std::string_view name, const SpanDetailOptions& options);

}  // namespace hone::analysis
