// Opening events for what runs already, whose threads come and go meanwhile.
#pragma once

#include "base/host/result.h"
#include "capture/attached.h"
#include "capture/perf_events.h"

namespace hone::capture {

// `options.tasks` become the threads of `attached`, where it names processes. Threads that were
// made while the events were opened, by threads that had none yet, are missed: then it is done
// again.
Result<PerfEvents> open_events(PerfOptions options, const Attached& attached);

}  // namespace hone::capture
