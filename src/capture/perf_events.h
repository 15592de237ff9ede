// Which events to open, by what the kernel permits, and opening them.
//
// Three scopes, best first:
//   whole machine  one event a CPU that sees every task; the collector keeps our processes'.
//                  Samples come at a steady rate however short the threads are. Needs CAP_PERFMON
//                  or perf_event_paranoid <= 0. The only one for a recording of the whole system.
//   per process    one inherited event a CPU on the program's process; each new thread starts its
//                  own clock, so time in threads shorter than a period is not seen (it is accounted
//                  for from the counters). Threads that run already have one event a CPU each, into
//                  one buffer a CPU. With the kernel side at paranoid <= 1, else user only.
#pragma once

#include <linux/perf_event.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/host/file.h"
#include "base/host/result.h"
#include "capture/perf_ring.h"

namespace hone::capture {

struct PerfOptions {
  pid_t pid = 0;             // of a process that has not called exec yet
  std::vector<pid_t> tasks;  // instead: threads that run already
  int cgroup_fd = -1;        // instead: all of the machine that is in this control group
  double frequency_hz = 997;
  uint32_t stack_bytes = 0;  // 0: as much as the buffers afford, up to the kernel's largest
  bool copy_stacks = true;   // false: registers only (frame pointers need the stack too)
  bool cpu_clock = false;    // never hardware cycles
  bool per_process = false;  // never the whole machine
  bool user_only = false;
  bool start_paused = false;  // nothing is sampled until resume()
  bool waits = false;         // switches of threads, too
};

// What was chosen; written into the recording.
struct PerfPlan {
  bool whole_machine = false;
  bool kernel_side = false;
  bool hardware_cycles = false;
  uint64_t period_ns = 0;  // a sample's weight
  uint32_t stack_bytes = 0;
  size_t ring_bytes = 0;  // a CPU
  unsigned cpu_count = 0;
  bool exact_cpu = false;      // threads' CPU times come with their exits
  bool switches = false;       // every switch of a thread is told
  bool switch_stacks = false;  // and the stack at some of them
  int wakeup_pid_offset = -1;  // >= 0: wakers are told
  // Starts, names, mappings and ends are told by events of their own, so that samplers may pause.
  bool tellers = false;
};

// The layout that every event here shares, so that one parser serves.
inline constexpr uint64_t kPerfSampleBase =
    PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU;

struct PerfCpu {
  int cpu = 0;
  base::UniqueFd sampler;
  PerfRing ring;
  std::vector<base::UniqueFd> more;  // samplers of further threads, into the same buffer
  // What tells of starts, names, mappings and ends while the samplers pause; into the same buffer.
  std::vector<base::UniqueFd> tellers;
  // CPU time of the program on this CPU, inherited; may be absent. What a thread used is put out
  // when it ends, on whichever CPU that is, while the kernel's buffers are made for one writing CPU
  // each. So these have buffers of their own: a collision there costs an account, not samples.
  base::UniqueFd counter;
  PerfRing counts;
  base::UniqueFd switch_stacks, wakeups;  // see switch_events.h
  PerfRing stack_ring, wakeup_ring;
};

class PerfEvents {
 public:
  // Opens for the process `options.pid`, which has not yet called exec: events begin with its exec.
  // Or for `options.tasks`, or (both absent) for the whole machine: events begin at once.
  // Permission and Unsupported errors carry what is set and what would permit it.
  static Result<PerfEvents> open(const PerfOptions& options);
  // Of buffers that are there already, whoever fills them.
  static PerfEvents of(const PerfPlan& plan, std::vector<PerfCpu> cpus);

  const PerfPlan& plan() const { return plan_; }
  std::vector<PerfCpu>& cpus() { return cpus_; }
  // For good: nothing is told any more.
  void disable();
  // Samplers and counters stand still; what tells of tasks goes on. Without tellers the samplers
  // run on, and who reads the buffers drops what they give.
  void pause();
  void resume();
  // Exact CPU time of the program and its descendants so far; negative when not counted.
  int64_t total_cpu_ns() const;

 private:
  void switch_samplers(unsigned long request);
  void switch_counters(unsigned long request);
  void switch_tellers(unsigned long request);

  PerfPlan plan_;
  std::vector<PerfCpu> cpus_;
};

std::vector<int> online_cpus();

}  // namespace hone::capture
