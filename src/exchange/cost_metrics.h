// What other tools call the things that they sum, as Hone calls them: one name means one thing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "recording/tracks.h"

namespace hone::exchange {

struct CostMetric {
  std::string name, title;
  recording::TrackUnit unit = recording::TrackUnit::kCount;
  int64_t scale = 1;  // what a value is multiplied by to be in `unit`
};

// pprof's pairs of a type and a unit: "cpu" "nanoseconds", "inuse_space" "bytes". A name that Hone
// has, with a unit that it does not have there, becomes another: "cpu-count".
CostMetric pprof_metric(std::string_view type, std::string_view unit);
// Callgrind's and cachegrind's events: "Ir", "D1mr". `title`: what the file says of it, or "".
CostMetric valgrind_metric(std::string_view event, std::string_view title);

}  // namespace hone::exchange
