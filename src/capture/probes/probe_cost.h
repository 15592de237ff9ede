// What a probed call costs this machine's programs, as measured on a function of our own.
#pragma once

#include "base/host/result.h"

namespace hone::capture {

struct ProbeCost {
  double call_ns = 0;       // both stops of a call
  double in_parent_ns = 0;  // of these: outside of the call's own time, so in its caller's
};

struct ProbeCosts {
  ProbeCost pushing;  // of a function that begins with a push, which the kernel does in its place
  ProbeCost stepped;  // of any other: its first instruction is stepped over, in the call's own time
};

// Takes about a fifth of a second, mostly the kernel's waiting as the probes are removed. Errors:
// Permission (E061).
Result<ProbeCosts> measure_probe_costs();

}  // namespace hone::capture
