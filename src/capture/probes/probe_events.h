// The events that tell of probes, a buffer a CPU, in the order of time.
//
//   HONE_TRY_ASSIGN(auto events, ProbeEvents::open({.id = defined.id(), .pid = child}));
//   events.drain(horizon, [&](std::span<const uint8_t> record) { ... });
//
// Followed into threads and children by the kernel (they inherit the events), unless the whole
// machine or a control group is recorded.
#pragma once

#include <linux/perf_event.h>
#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/host/file.h"
#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "base/types.h"
#include "capture/perf_ring.h"

namespace hone::capture {

struct ProbeEventsOptions {
  uint64_t id = 0;           // of the tracepoint
  pid_t pid = 0;             // of a process that has not called exec yet
  std::vector<pid_t> tasks;  // instead: threads that run already, see open_running()
  int cgroup_fd = -1;        // instead: a control group; with none of the three, the whole machine
  bool start_paused = false;
};

class ProbeEvents {
 public:
  // Errors: Permission (E061).
  static Result<ProbeEvents> open(const ProbeEventsOptions& options);
  // Of what runs already: every thread that `list` names, sorted. A thread inherits the events that
  // its maker has at that moment. One begun between the listing and the last opening may have none,
  // or those of some CPUs, and it may not simply be given them (those that it has would be told
  // twice). So it is listed again, and all is opened anew while there is one that was not known.
  static Result<ProbeEvents> open_running(ProbeEventsOptions options,
                                          base::FunctionRef<std::vector<pid_t>()> list);
  // Threads that still began meanwhile at the last of kTries: some of their calls may be missing.
  uint64_t begun_meanwhile() const { return begun_meanwhile_; }
  static constexpr int kTries = 5;

  void wait_on(std::vector<pollfd>& waiting) const;
  // An event whose task is gone would tell of that for ever: another of its CPU is waited on.
  void on_end_of(int fd);
  // Every record of a time up to `horizon`, by time; times stand as record_time() says.
  void drain(TimeNs horizon, base::FunctionRef<void(std::span<const uint8_t>)> take);
  void pause() { request(PERF_EVENT_IOC_DISABLE); }
  void resume() { request(PERF_EVENT_IOC_ENABLE); }
  uint64_t take_damage_count();

 private:
  struct Cpu {
    std::vector<base::UniqueFd> fds;  // the first has the buffer, which the others write to
    PerfRing ring;
    // Which of `fds` is waited on. One is enough: what comes into the buffer wakes who waits on any
    // of the events that write to it (ring_buffer_wakeup goes through all). But the end of one
    // event's task tells of itself through that event alone, and nothing else after it.
    size_t waited = 0;
  };
  void request(unsigned long what);
  std::vector<Cpu> cpus_;
  uint64_t begun_meanwhile_ = 0;
};

// Of a sample or of any other record; 0 where there is none.
int64_t record_time(std::span<const uint8_t> record);

}  // namespace hone::capture
