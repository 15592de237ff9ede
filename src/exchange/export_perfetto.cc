// Perfetto's own format: a trace of protocol buffers, as its recorder writes them.
//
// Spans are a beginning and an end on the track of their thread, an outer one before those inside
// it. What does not nest, asynchronous spans, waits, locks and queues of GPUs are tracks below the
// thread, the process or the queue's program (perfetto_lanes.h). Plots and counters are counter
// tracks, messages instants, flows go from instant to instant. Samples are those of Perfetto's own
// profiler, with modules, build ids, inlined functions and lines.
// Times are nanoseconds of CLOCK_MONOTONIC, exactly as they were recorded.
#include <fmt/format.h>

#include "exchange/earliest.h"
#include "exchange/export.h"
#include "exchange/perfetto_parts.h"

namespace hone::exchange {
namespace {

using perfetto::Trace;
namespace packet = perfetto::packet;

// What all other packets rest on: that their sequence is whole from here on, and which clock their
// times are of. How that clock lies to the others was not recorded, so that none is named.
void write_start(Trace& trace) {
  ProtoBuffer to;
  to.put(packet::kSequence, 1);
  to.put(packet::kFirstOnSequence, 1);
  to.put(packet::kSequenceFlags, packet::kCleared);
  const size_t defaults = to.begin(packet::kDefaults);
  to.put(packet::kTimestampClock, perfetto::kMonotonic);
  // Of samples: what their counter counts.
  const size_t of_samples = to.begin(12);
  const size_t timebase = to.begin(1);
  to.put_text(10, "CPU time, ns");
  to.end(timebase);
  to.end(of_samples);
  to.end(defaults);
  const size_t clocks = to.begin(packet::kClockSnapshot);
  const size_t clock = to.begin(1);
  to.put(1, perfetto::kMonotonic);
  const TimeNs start = earliest_of(trace.profile, trace.options);
  to.put(2, static_cast<uint64_t>(std::max<int64_t>(raw(start), 0)));
  to.end(clock);
  to.put(2, perfetto::kMonotonic);  // the clock of the trace
  to.end(clocks);
  ProtoBuffer all;
  all.put_bytes(1, to.bytes());
  trace.out.put(all.bytes());
}

// Of the recording as a whole: an instant on a track of its own.
void write_facts(Trace& trace, uint64_t not_timed) {
  const profile::Profile& p = trace.profile;
  const TimeNs start = earliest_of(p, trace.options);
  const uint64_t track = trace.new_track(0, "the recording");
  trace.begin_event(perfetto::EventType::kInstant, track, start);
  trace.put_name("recorded by Hone", "hone");
  trace.put_text("made by", "Hone " + trace.options.version);
  trace.put_text("clock", "CLOCK_MONOTONIC");
  trace.put_number("spans that contradict others, on tracks of their own", trace.left.not_nested);
  trace.put_number("values that are no numbers, left out", trace.left.not_numbers);
  trace.put_number("ends without a beginning, left out", trace.left.unpaired);
  if (not_timed > 0) trace.put_number("spans that were counted and not timed", not_timed);
  for (const std::string_view key :
       {"run.command", "run.started", "spans.lost", "spans.marks_lost"}) {
    if (!p.meta(key).empty()) trace.put_text(key, p.meta(key));
  }
  trace.end_event();
}

}  // namespace

Result<Left> export_perfetto(const profile::Profile& profile, const ExportOptions& options,
                             Output& out) {
  Trace trace(profile, options, out);
  Arguments arguments(profile);
  const StandsFor stands_for(profile);
  write_start(trace);
  perfetto::write_names(trace);
  perfetto::write_frames(trace);
  perfetto::write_spans(trace, arguments, stands_for);
  perfetto::write_flows(trace);
  perfetto::write_messages(trace, arguments);
  perfetto::write_plots(trace);
  perfetto::write_tracks(trace);
  perfetto::write_pools(trace);
  perfetto::write_gpu(trace);
  perfetto::write_locks(trace);
  perfetto::write_waits(trace);
  perfetto::write_samples(trace);
  write_facts(trace, stands_for.not_timed());
  HONE_TRY(out.finish());
  return trace.left;
}

}  // namespace hone::exchange
