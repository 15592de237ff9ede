// Events that the kernel or the processor counts for the recorded program with all that it starts:
// instructions, cache misses, page faults. They are counted, not sampled: how many there were, not
// where.
//
//   HONE_TRY_ASSIGN(EventCounters events, EventCounters::open(specs, {.pid = child}));
//   events.start(writer, false);   // from here on, or from the program's exec on
//   events.read(writer);
//
// Open them before any other event of the same task: see open_events() in perf_events.cc for what
// the kernel makes of their order. (These are for all CPUs, and so stand before those of one CPU.)
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"
#include "capture/counters/counter_writer.h"
#include "capture/counters/event_names.h"
#include "capture/counters/scaled_count.h"

namespace hone::capture {

// One of: a process that has not called exec, threads that run, a control group, everything.
struct EventTarget {
  pid_t pid = 0;
  std::vector<pid_t> tasks;
  int cgroup_fd = -1;
  bool start_paused = false;  // nothing is counted before resume()
};

struct RefusedEvent {
  std::string name;
  std::string why;
};

class EventCounters {
 public:
  EventCounters() = default;
  // Those that can be counted; the others are in refused(). Unsupported (E045) when none can.
  static Result<EventCounters> open(std::span<const EventSpec> specs, const EventTarget& target,
                                    bool user_only);

  bool empty() const { return events_.empty(); }
  // The first reading. `paused`: nothing is counted before resume().
  void start(CounterWriter& writer, bool paused);
  // Between the two nothing is counted, so that the time costs the program nothing.
  void pause();
  void resume();
  void read(CounterWriter& writer);
  const std::vector<RefusedEvent>& refused() const { return refused_; }
  // Events that took turns: "cache-misses" and in which share of the time it was counted.
  std::vector<std::pair<std::string, double>> scaled() const;
  // Of those that are counted, for the user side alone where the kernel permits no more.
  bool user_only() const { return user_only_; }

 private:
  struct One {
    base::UniqueFd fd;
    ScaledCount count;
  };
  struct Event {
    EventSpec spec;
    std::vector<One> counts;  // one a thread or CPU
    Series series{}, share{};
    double running_share() const;
  };
  std::string open_group(std::span<const EventSpec> group, const EventTarget& target,
                         bool user_only);
  void switch_all(unsigned long request);

  std::vector<Event> events_;
  std::vector<RefusedEvent> refused_;
  bool enable_ = false, user_only_ = false;
};

}  // namespace hone::capture
