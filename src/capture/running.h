// What runs already: processes, their threads and their mapped code, as /proc tells of them.
//
//   for (const pid_t pid : with_descendants({root}))
//     if (auto process = running_process(pid)) collector.add_running(*process, now);
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/host/function_ref.h"
#include "base/host/result.h"
#include "capture/collector.h"

namespace hone::capture {

struct RunningThread {
  pid_t tid = 0;
  std::string name;
};

struct RunningProcess {
  pid_t pid = 0, parent = 0;
  std::string name;     // of the program, at most 15 bytes: the kernel's
  std::string command;  // as it was started, words joined by spaces; empty where it is not known
  bool kernel = false;  // a thread of the kernel's own
  std::vector<RunningThread> threads;
};

// NotFound when there is none, or none any more.
Result<RunningProcess> running_process(pid_t pid);
// `roots` that run, and all that descend from them: parents first, each once.
std::vector<pid_t> with_descendants(std::span<const pid_t> roots);
std::vector<pid_t> all_processes();
std::vector<pid_t> threads_of(pid_t pid);
// The folder of a control group that events can be bound to: `name` below where these are mounted
// (version 2, or perf_event of version 1), or a path. NotFound (E034) when there is none.
Result<std::string> cgroup_folder(const std::string& name);
// Of a control group and those below it.
std::vector<pid_t> processes_in_cgroup(const std::string& folder);
// The executable mappings of a process, as a source would have told of each.
void for_each_code_mapping(pid_t pid, TimeNs time, base::FunctionRef<void(const MapEvent&)> take);
// The kernel's name of its program, at most 15 bytes; empty when there is no such process.
std::string process_name(pid_t pid);
// The thread of a process that itself knows it by `inner`, in its namespace of process ids; 0 when
// there is none (any more).
pid_t outer_thread_id(pid_t pid, pid_t inner);
// Where its main thread's stack began: another place after each exec. Not positive where it is
// gone, or may not be looked into.
int64_t stack_start_of(pid_t pid);
// When it began, by the calendar (CLOCK_REALTIME, ns); negative when there is none any more.
int64_t process_started_at(pid_t pid);
// The same in the kernel's ticks since the machine's start (proc(5), field 22 of stat): a number
// that no later process of that id has. Not positive when there is none any more.
int64_t process_start_ticks(pid_t pid);
// CPU time of all its threads, dead ones included, in ns; negative when there is none any more.
int64_t process_cpu_ns(pid_t pid);

}  // namespace hone::capture
