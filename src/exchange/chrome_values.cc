// Counters of Chrome's format: plots of programs, plots that are made of them, and what the system
// counts.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "exchange/chrome_parts.h"
#include "exchange/pool_marks.h"
#include "exchange/text.h"
#include "exchange/tracks.h"

namespace hone::exchange::chrome {
namespace {

class Counter {
 public:
  Counter(Events& events, uint32_t pid, std::string_view name, std::string_view unit)
      : events_(events) {
    head_ = "{\"ph\":\"C\",\"name\":";
    append_json(head_, name);
    head_ += ",\"pid\":" + std::to_string(pid) + ",\"tid\":0";
    key_ = ",\"args\":{";
    append_json(key_, unit.empty() ? "value" : unit);
    key_ += ':';
  }

  void put(TimeNs time, double value) {
    if (!events_.options.takes(time)) return;
    if (!std::isfinite(value)) {
      ++events_.left.not_numbers;
      return;
    }
    begin(time);
    events_.out.put_real(value);
    events_.out.put("}}");
  }
  void put_whole(TimeNs time, uint64_t value) {
    if (!events_.options.takes(time)) return;
    begin(time);
    events_.out.put_unsigned(value);
    events_.out.put("}}");
  }

 private:
  void begin(TimeNs time) {
    events_.begin(head_);
    events_.put_time(time);
    events_.out.put(key_);
  }

  Events& events_;
  std::string head_, key_;
};

}  // namespace

// A plot is one name in one process.
void write_plots(Events& events) {
  const profile::Instrumentation& all = events.profile.instrumentation();
  std::map<std::pair<ProcessId, SiteId>, Counter> counters;
  for (const profile::PlotValue& value : all.plots) {
    if (!events.options.takes(value.thread)) continue;
    const ProcessId process = events.profile.threads()[raw(value.thread)].process;
    const profile::Site& site = all.sites[raw(value.site)];
    const auto at =
        counters
            .try_emplace({process, value.site}, events, events.ids.pid(process),
                         events.profile.string(site.name), events.profile.string(site.unit))
            .first;
    at->second.put(value.time, value.value);
  }
  // Of the program as a whole: the process that plots first.
  const ProcessId owner = all.plots.empty()
                              ? ProcessId::kNone
                              : events.profile.threads()[raw(all.plots.front().thread)].process;
  for (const DerivedPlot& plot : events.options.derived) {
    Counter counter(events, events.ids.pid(owner), plot.name, plot.unit);
    for (size_t i = 0; i < plot.time.size(); ++i) counter.put(plot.time[i], plot.value[i]);
  }
}

void write_tracks(Events& events) {
  const profile::Profile& p = events.profile;
  uint32_t machine = 0;
  for (uint32_t i = 1; i < p.tracks().size(); ++i) {
    const profile::Track& track = p.tracks()[i];
    if (track.count == 0 || track.qualifies != TrackId::kNone) continue;
    if (track.thread != ThreadId::kNone && !events.options.takes(track.thread)) continue;
    ProcessId process = track.process;
    if (track.thread != ThreadId::kNone) process = p.threads()[raw(track.thread)].process;
    if (process == ProcessId::kNone && machine == 0) {
      machine = events.ids.next();
      events.name_process(machine, "the machine and the program as a whole");
    }
    const uint32_t pid = process == ProcessId::kNone ? machine : events.ids.pid(process);
    Counter counter(events, pid, track_name(p, track), track_unit(track));
    for_each_value(p, track, [&](TimeNs time, double value) { counter.put(time, value); });
  }
}

// How much of a pool is in use, after each of its marks. A pool is one name in one process.
void write_pools(Events& events) {
  const profile::Instrumentation& all = events.profile.instrumentation();
  for_each_pool(events.profile, [&](const Pool& pool) {
    Counter counter(events, events.ids.pid(pool.process), "pool " + std::string(pool.name),
                    "live bytes");
    LiveBytes live;
    for (const uint32_t row : pool.marks) {
      const profile::Allocation& mark = all.allocations[row];
      live.take(mark);
      if (events.options.takes(mark.thread)) counter.put_whole(mark.time, live.bytes());
    }
  });
}

}  // namespace hone::exchange::chrome
