// How threads spend their time, by the kernel's own account: running, waiting for a CPU, blocked.
//
//   auto before = read_thread_times(pids, 1000); ... ; auto after = read_thread_times(pids, 1000);
//   // after[i].running_ns - before[i].running_ns, of the wall time between
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone::capture {

struct ThreadTimes {
  pid_t pid = 0, tid = 0;
  std::string name, process;
  int64_t running_ns = 0;  // since it began
  int64_t queued_ns = 0;   // ready, while others had the CPUs
  char state = '?';        // of proc(5): R, S, D, ...
  std::string waits_in;    // the kernel's function it sleeps in at this moment; empty: not known
};

// Of all threads of the processes, but of no more than `threads_max`; without those of a kernel
// that keeps no such account.
std::vector<ThreadTimes> read_thread_times(std::span<const pid_t> pids, size_t threads_max);

// /proc/PID/schedstat: "running queued slices", in ns.
struct SchedStat {
  int64_t running_ns = 0, queued_ns = 0;
};
std::optional<SchedStat> parse_schedstat(std::string_view text);
// /proc/PID/stat: "pid (name) state ...", where the name may hold anything.
struct ThreadStat {
  std::string name;
  char state = '?';
};
std::optional<ThreadStat> parse_thread_stat(std::string_view text);
// /proc/PID/wchan: "futex_wait_queue.isra.0" -> "futex_wait_queue"; "0" -> "".
std::string parse_wait_channel(std::string_view text);

}  // namespace hone::capture
