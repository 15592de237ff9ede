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
  std::vector<pid_t> tasks;  // instead: threads that run already
  int cgroup_fd = -1;        // instead: a control group; with none of the three, the whole machine
  bool start_paused = false;
};

class ProbeEvents {
 public:
  // Errors: Permission (E061).
  static Result<ProbeEvents> open(const ProbeEventsOptions& options);

  void wait_on(std::vector<pollfd>& waiting) const;
  // An event whose task is gone stays readable: it is not waited on any more.
  void on_end_of(int fd);
  // Every record of a time up to `horizon`, by time; times stand as record_time() says.
  void drain(TimeNs horizon, base::FunctionRef<void(std::span<const uint8_t>)> take);
  void pause() { request(PERF_EVENT_IOC_DISABLE); }
  void resume() { request(PERF_EVENT_IOC_ENABLE); }
  uint64_t take_damage_count();

 private:
  struct Cpu {
    std::vector<base::UniqueFd> fds;  // the first has the buffer
    PerfRing ring;
    bool is_over = false;
  };
  void request(unsigned long what);
  std::vector<Cpu> cpus_;
};

// Of a sample or of any other record; 0 where there is none.
int64_t record_time(std::span<const uint8_t> record);

}  // namespace hone::capture
