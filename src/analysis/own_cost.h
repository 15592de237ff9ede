// What recording spans, marks and uses of locks costs the program that marks them: their number,
// times what one costs on that machine, as it was measured when the recording was made. What the
// driver of a GPU takes for the commands around its spans is not known, and not in it.
//
//   const OwnCost cost = own_cost(profile);
//   if (cost.known) use(cost.total_ns, cost.share);
#pragma once

#include <cstdint>

#include "profile/profile.h"

namespace hone::analysis {

struct OwnCost {
  bool known = false;     // else nothing below says anything: the recording does not state it
  double span_ns = 0;     // one, in a loop that does nothing else
  double mark_ns = 0;     // a plot, a frame, a message, arguments, an allocation, the end of one, a
                          // flow; of a GPU's span, its record
  double lock_ns = 0;     // taking a lock and letting go of it
  double counted_ns = 0;  // a span that is counted and not timed (hot_places.h)
  double probe_ns = 0;    // a call of a probed function (hone record --probe), timed or counted
  int64_t in_parent_ns = 0;  // of a span: in the time of the span around; taken off its self time
  uint64_t spans = 0, marks = 0, locks = 0;
  uint64_t spans_counted = 0;
  uint64_t probed_calls = 0;  // in none of the other numbers
  // Left out as shorter than was asked for (`min=`): their clock was read all the same. 0 in
  // a part of a recording: it does not tell.
  uint64_t spans_short = 0;
  uint64_t gpu_spans = 0;  // of the marks
  int64_t total_ns = 0;
  double share = 0;  // of the CPU time of the recording; 0 when none is known
};

OwnCost own_cost(const profile::Profile& profile);

}  // namespace hone::analysis
