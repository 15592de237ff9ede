// The kernel's own clocks of the processes that are recorded: what each has used since it was met,
// less what it used while recording stood still.
//
//   clocks.meet(pid, 0 or what it has used already);
//   clocks.pause(collector); ... clocks.resume(collector);
//   clocks.account(collector);
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>

#include "capture/collector.h"

namespace hone::capture {

class ProcessClocks {
 public:
  // What it used until now is not ours. One that was never met began within the recording.
  void meet(pid_t pid, int64_t used_ns) { before_ns_[pid] = used_ns; }
  // Of all that run now. What a process uses between the two calls is left out; one that starts
  // between them begins at the second.
  void pause(const Collector& collector);
  void resume(const Collector& collector);
  // From here on anew, for a file that begins now.
  void restart(const Collector& collector);
  // What each process that still runs has used.
  void account(Collector& collector) const;

 private:
  int64_t before(pid_t pid) const;
  // What it has used of `used_ns`, pauses apart; negative when that is not known.
  int64_t own_ns(pid_t pid, int64_t used_ns) const;
  std::unordered_map<pid_t, int64_t> before_ns_;
  std::unordered_map<pid_t, int64_t> paused_at_ns_;
};

}  // namespace hone::capture
