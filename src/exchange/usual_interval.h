// The time between two samples of a sampler whose file does not say it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/types.h"

namespace hone::exchange {

struct TimedSample {
  ThreadId thread{};
  TimeNs time{};
};

// The median of the times between two samples of a thread, in any order: what is longer is time in
// which none was taken. 0 where no thread has two.
int64_t usual_interval_ns(std::vector<TimedSample> samples);

}  // namespace hone::exchange
