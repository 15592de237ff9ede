// Everything that is read beside the samples, on their clock: what the machine, the control group
// and the recorded processes do, and the events that were asked for. From the recorder's own loop,
// with no thread.
//
//   HONE_TRY_ASSIGN(EventCounters events, open_counters(options, target));   // before all others
//   SystemCounters counters(builder, options, target, std::move(events));
//   counters.start(collector);                 // the first reading
//   counters.tick(now, collector);             // reads when it is time
//   counters.read_ended();                     // before an ended child is waited for
//   counters.finish(collector);                // the last reading
//
// Not thread-safe. What cannot be read here is left out; what that is stands in the recording.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "capture/child.h"
#include "capture/collector.h"
#include "capture/counters/cgroup_counters.h"
#include "capture/counters/counter_writer.h"
#include "capture/counters/event_counters.h"
#include "capture/counters/machine_counters.h"
#include "capture/counters/process_counters.h"
#include "capture/counters/sensor_counters.h"

namespace hone::capture {

struct CounterOptions {
  double hz = 10;      // readings a second; 0: none of the system's
  std::string events;  // as parse_events() takes them; empty: none
  bool user_only = false;
  std::string root;  // before /proc and /sys: another one in tests
};

// Of what: see EventTarget. `folder` is that of a control group.
struct CounterTarget {
  pid_t pid = 0;
  std::vector<pid_t> tasks;
  int cgroup_fd = -1;
  std::string folder;
  bool start_paused = false;  // events are not counted before resume()
};

// Errors: those of parse_events and of EventCounters::open.
Result<EventCounters> open_counters(const CounterOptions& options, const CounterTarget& target);

class SystemCounters {
 public:
  SystemCounters(recording::Builder& builder, CounterOptions options, CounterTarget target,
                 EventCounters events);
  ~SystemCounters();

  void start(const Collector& collector);
  // How long may be waited until the next reading; at most `most_ms`.
  int wait_ms(TimeNs now, int most_ms) const;
  void tick(TimeNs now, const Collector& collector);
  // Nothing is read or counted between the two: what was before and behind is read at its edges, so
  // that what happened in it can be left out. Before start(): it begins in a pause.
  void pause(const Collector& collector);
  void resume(const Collector& collector);
  // The child that poll_ended() will give next, while /proc still knows it.
  void read_ended();
  // What the kernel's own account of ended children adds up to.
  void on_end(const ProcessEnd& end);
  void flush();
  // `all_ended`: each process was waited for and there was no pause, so that their sums are the
  // program's.
  void finish(const Collector& collector, bool all_ended);

  // Of a recording of several parts, around the exchange of the builder.
  void end_part(const Collector& collector);
  void begin_part(TimeNs start, const Collector& collector);

  // What was asked for and cannot be had, a line each.
  std::vector<std::string> notices() const;

 private:
  struct Totals {
    int64_t minor_faults = 0, major_faults = 0, voluntary = 0, involuntary = 0;
    int64_t read_bytes = 0, written_bytes = 0;
  };
  bool reads_system() const { return options_.hz > 0; }
  void read(const Collector& collector, bool all, bool last = false);
  void read_edge(const Collector& collector);
  void write_totals(bool all_ended);
  void write_facts();

  recording::Builder& builder_;
  CounterOptions options_;
  CounterTarget target_;
  CounterWriter writer_;
  EventCounters events_;
  std::optional<MachineCounters> machine_;
  std::optional<SensorCounters> sensors_;
  std::optional<CgroupCounters> cgroup_;
  std::optional<ProcessCounters> processes_;
  GroupPlaces places_;
  Totals before_, totals_;
  std::vector<LiveProcess> alive_;
  uint64_t samples_ = 0;  // of the collector at the last tick
  int quiet_ = 0;         // ticks since the last reading, on a machine that rests
  bool paused_ = false;
  uint64_t edges_left_out_ = 0;
  TimeNs start_{}, next_{}, last_{}, last_edge_{};
  int64_t period_ns_ = 0;
  uint64_t ticks_ = 0;
  int64_t tick_cpu_ns_ = 0, tick_cpu_ns_max_ = 0;
  uint64_t slowed_ = 0;
};

}  // namespace hone::capture
