// Why the kernel lets nothing be sampled, in words, and what would permit it.
#pragma once

#include "base/host/result.h"
#include "capture/perf_events.h"

namespace hone::capture {

// E020, of the number that perf_event_open(2) failed with when `options` were asked for. Reads what
// the machine permits from /proc.
tl::unexpected<Error> perf_refusal(int sys_errno, const PerfOptions& options);

}  // namespace hone::capture
