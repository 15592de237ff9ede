// Which ends of asynchronous spans and of flows belong together: those of one process, name and id;
// each end is of the oldest beginning that has none yet.
#pragma once

#include <cstddef>
#include <vector>

#include "profile/profile.h"

namespace hone::analysis {

struct FlowPair {
  static constexpr size_t kNone = SIZE_MAX;
  size_t from = kNone, to = kNone;  // in Instrumentation::flows; kNone: it has no such end
  bool is_span = false;             // an asynchronous one, else a flow
};

// By the time of what they have of them: the beginning, else the end.
std::vector<FlowPair> pair_flows(const profile::Profile& profile);

}  // namespace hone::analysis
