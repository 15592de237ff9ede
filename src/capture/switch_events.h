// Events about switches, beside the samplers: where a thread is when it stops running, and who
// wakes it. Both see all tasks of a CPU, so they need what a recording of the whole machine needs;
// without them switches are still timed (PERF_RECORD_SWITCH of the samplers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "capture/perf_events.h"

namespace hone::capture {

// Opens and maps them for every CPU of `cpus`, disabled: all or none. `cgroup_fd` -1: all tasks.
bool open_switch_stacks(const PerfPlan& plan, int cgroup_fd, std::vector<PerfCpu>& cpus);
// Where tracefs is mounted and readable; it is never mounted for this.
// Gives where in a record's bytes the woken thread's id stands.
bool open_wakeups(const PerfPlan& plan, std::vector<PerfCpu>& cpus, int& pid_offset);
// Of the snapshot of the stack that is taken at a switch.
uint32_t switch_stack_bytes(const PerfPlan& plan);
// What keeps wakers from being known, for people; empty when nothing does.
std::string why_no_wakeups();

// The number in a file "format" of tracefs: where in a record's bytes the field `pid` stands;
// negative when it is not there, or no 4 bytes long.
int pid_offset_of(std::string_view format);

// Takes the stack of every `period`-th switch of the CPU.
void set_switch_period(const PerfCpu& cpu, uint64_t period);

// How often a stack may be taken: every `period`-th switch, so that about `kStacksPerSecond` are
// taken on a CPU, and not in step with a program whose threads take turns.
class SwitchPace {
 public:
  static constexpr double kStacksPerSecond = 1500;
  // After `switches` within `elapsed_ns`: the period from now on.
  uint64_t next(uint64_t switches, int64_t elapsed_ns);

 private:
  uint64_t period_ = 1;
  uint32_t random_ = 0x2545f491;
};

}  // namespace hone::capture
