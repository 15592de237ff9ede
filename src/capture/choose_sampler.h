// Which sampler records: perf events where the kernel permits them, else timers in the program
// (docs/guide/containers-and-permissions.md). The program is started, waiting, on the way: each
// needs it prepared in its own manner.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/host/result.h"
#include "capture/attached.h"
#include "capture/child.h"
#include "capture/counters/system_counters.h"
#include "capture/perf_events.h"
#include "capture/recorder.h"
#include "capture/timer_source.h"

namespace hone::capture {

struct ChosenSampler {
  std::optional<Child> child;        // absent: nothing is started
  std::optional<PerfEvents> events;  // one of these two
  std::unique_ptr<TimerSource> timer;
  CounterTarget counted;
  EventCounters counts;  // those of -e, opened before the sampler's
  std::string reason;    // why it is not the better one; empty: it was asked for
};

// Errors: the program cannot be run (Child::prepare); none of the events of -e can be counted
// (E045); perf events are refused and there is no
// other way, with what would permit them; E067, E068 when timers were asked for and cannot be had.
// `gifts`: what the program is to have besides.
Result<ChosenSampler> choose_sampler(const RecordOptions& options, const Attached& attached,
                                     const Child::Gifts& gifts);

}  // namespace hone::capture
