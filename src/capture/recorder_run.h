// A recording that runs: what takes part in it, and its parts and files. Private to the recorder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/host/clock.h"
#include "capture/attached.h"
#include "capture/child.h"
#include "capture/collector.h"
#include "capture/counters/system_counters.h"
#include "capture/output_files.h"
#include "capture/probes/probe_source.h"
#include "capture/recorder.h"
#include "capture/region.h"
#include "capture/run_facts.h"
#include "capture/sampler.h"
#include "capture/signals.h"
#include "capture/span_source.h"
#include "capture/steering.h"

namespace hone::capture {

struct Run {
  const RecordOptions& options;
  base::FunctionRef<void(const RecordProgress&)> progress;
  OutputFiles& files;
  Collector& collector;
  Sampler& source;
  stacks::ModuleStore& modules;
  ProcessClocks& clocks;
  Region& region;
  Steering& steering;
  SystemCounters& counters;
  SpanSource& spans;
  ProbeSource& probes;
  std::string name;
  std::optional<Child>& child;  // absent: nothing was started
  Attached& attached;
  Signals& signals;
  TimeNs start{};
  int64_t started_at = base::now_ns(CLOCK_REALTIME);
  std::vector<ProcessEnd> ends{};  // waited for; whose events may still be in the buffers
  int64_t waited_ns = 0;           // CPU time of those that were waited for
  int child_status = 0;
  bool child_ended = false;  // or all that was attached to
  bool interrupted = false;
  Result<void> file_state{};
  TimeNs part_start = start;
  int64_t part_cpu_before_ns = 0;  // of the recorder
  Facts start_facts{};
  Gathered* gathered = nullptr;
  bool parted = false, snapshotting = false;
  std::string ended_by{};

  recording::Builder& builder() const { return files.builder(); }
  // Who tells of spans himself.
  auto is_marked() const {
    return [this](pid_t pid) { return spans.reads(pid); };
  }

  RecordProgress state(RecordProgress::Stage stage) const {
    return {.elapsed_ns = raw(base::monotonic_now() - start),
            .samples = collector.counts().samples + collector.counts_before().samples,
            .lost = collector.counts().lost + collector.counts_before().lost,
            .bytes = files.bytes_written(),
            .stage = stage,
            .paused = region.paused()};
  }
};

// What every file says from its start on.
void write_start(Run& run);
// How things stand, as members of a JSON object.
std::string status_text(const Run& run);
// What a part that ends now says of itself, besides its events.
PartEnd part_end(Run& run, TimeNs start, TimeNs end, const Facts& facts);
// Ends a part, begins the next, writes a snapshot: what is due or wanted. False when the recording
// is to end.
bool step_files(Run& run, TimeNs now);

}  // namespace hone::capture
