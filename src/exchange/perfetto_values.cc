// Counters of Perfetto's format: plots of programs, plots that are made of them, what the system
// counts, and what is live of pools.
#include <cmath>
#include <map>

#include "exchange/perfetto_parts.h"
#include "exchange/pool_marks.h"
#include "exchange/tracks.h"

namespace hone::exchange::perfetto {
namespace {

using perfetto_fields::event_field::kReal;
using perfetto_fields::event_field::kWhole;

class Counter {
 public:
  Counter(Trace& trace, uint64_t parent, std::string_view name, std::string_view unit)
      : trace_(trace), track_(trace.new_counter(parent, name, unit)) {}

  void put(TimeNs time, double value) {
    if (!trace_.options.takes(time)) return;
    if (!std::isfinite(value)) {
      ++trace_.left.not_numbers;
      return;
    }
    begin(time).put_real(kReal, value);
    trace_.end_event();
  }
  void put_whole(TimeNs time, uint64_t value) {
    if (!trace_.options.takes(time)) return;
    begin(time).put(kWhole, value);
    trace_.end_event();
  }

 private:
  ProtoBuffer& begin(TimeNs time) {
    trace_.begin_event(EventType::kCounter, track_, time);
    return trace_.open_packet();
  }
  Trace& trace_;
  uint64_t track_;
};

}  // namespace

// A plot is one name in one process.
void write_plots(Trace& trace) {
  const profile::Instrumentation& all = trace.profile.instrumentation();
  std::map<std::pair<ProcessId, SiteId>, Counter> counters;
  for (const profile::PlotValue& value : all.plots) {
    if (!trace.options.takes(value.thread)) continue;
    const ProcessId process = trace.profile.threads()[raw(value.thread)].process;
    auto at = counters.find({process, value.site});
    if (at == counters.end()) {
      const profile::Site& site = all.sites[raw(value.site)];
      at = counters
               .try_emplace({process, value.site}, trace, trace.process_track(process),
                            trace.profile.string(site.name), trace.profile.string(site.unit))
               .first;
    }
    at->second.put(value.time, value.value);
  }
  // Of the program as a whole: the process that plots first.
  const ProcessId owner = all.plots.empty()
                              ? ProcessId::kNone
                              : trace.profile.threads()[raw(all.plots.front().thread)].process;
  for (const DerivedPlot& plot : trace.options.derived) {
    Counter counter(trace, trace.process_track(owner), plot.name, plot.unit);
    for (size_t i = 0; i < plot.time.size(); ++i) counter.put(plot.time[i], plot.value[i]);
  }
}

void write_tracks(Trace& trace) {
  const profile::Profile& p = trace.profile;
  uint64_t machine = 0;
  for (uint32_t i = 1; i < p.tracks().size(); ++i) {
    const profile::Track& track = p.tracks()[i];
    if (track.count == 0 || track.qualifies != TrackId::kNone) continue;
    if (track.thread != ThreadId::kNone && !trace.options.takes(track.thread)) continue;
    ProcessId process = track.process;
    if (track.thread != ThreadId::kNone) process = p.threads()[raw(track.thread)].process;
    if (process == ProcessId::kNone && machine == 0) {
      machine = trace.new_track(0, "the machine and the program as a whole");
    }
    Counter counter(trace, process == ProcessId::kNone ? machine : trace.process_track(process),
                    track_name(p, track), track_unit(track));
    for_each_value(p, track, [&](TimeNs time, double value) { counter.put(time, value); });
  }
}

void write_pools(Trace& trace) {
  const profile::Instrumentation& all = trace.profile.instrumentation();
  for_each_pool(trace.profile, [&](const Pool& pool) {
    Counter counter(trace, trace.process_track(pool.process), "pool " + std::string(pool.name),
                    "bytes");
    LiveBytes live;
    for (const uint32_t row : pool.marks) {
      const profile::Allocation& mark = all.allocations[row];
      live.take(mark);
      if (trace.options.takes(mark.thread)) counter.put_whole(mark.time, live.bytes());
    }
  });
}

}  // namespace hone::exchange::perfetto
