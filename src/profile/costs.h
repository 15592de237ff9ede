// Sums by stack that have no time, and what benchmarks measured: tables `metrics`, `costs` and
// `measurements`.
#pragma once

#include <cstdint>

#include "base/types.h"
#include "recording/tracks.h"

namespace hone::profile {

struct CostMetric {
  StringId name{};   // "instructions": for machines
  StringId title{};  // "Instructions"
  recording::TrackUnit unit = recording::TrackUnit::kCount;
};

struct Cost {
  MetricId metric{};
  StackId stack{};
  ThreadId thread{};
  int64_t value = 0;   // not negative; all of one metric together do not overflow
  uint64_t count = 0;  // of how many events; 0 not known
};

struct Measurement {
  StringId benchmark{}, parameters{};
  uint32_t repetition = 0;
  StringId metric{}, unit{};
  double value = 0;
  uint64_t iterations = 0;  // that the value is the mean of; 0 not known
};

}  // namespace hone::profile
