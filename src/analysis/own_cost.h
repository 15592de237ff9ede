// What recording spans and marks cost the program that marks them: their number, times what one
// costs on that machine, as it was measured when the recording was made.
//
//   const OwnCost cost = own_cost(profile);
//   if (cost.known) use(cost.total_ns, cost.share);
#pragma once

#include <cstdint>

#include "profile/profile.h"

namespace hone::analysis {

struct OwnCost {
  bool known = false;        // else nothing below says anything: the recording does not state it
  double span_ns = 0;        // one, in a loop that does nothing else
  double mark_ns = 0;        // a plot, a frame, a message, arguments
  int64_t in_parent_ns = 0;  // of a span: in the time of the span around; taken off its self time
  uint64_t spans = 0, marks = 0;
  int64_t total_ns = 0;
  double share = 0;  // of the CPU time of the recording; 0 when none is known
};

OwnCost own_cost(const profile::Profile& profile);

}  // namespace hone::analysis
