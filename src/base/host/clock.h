// The clock of every recording, and the CPU time that Hone itself used.
#pragma once

#include <ctime>

#include "base/types.h"

namespace hone::base {

TimeNs monotonic_now();
// Any clock of clock_gettime(2), in ns; negative when it cannot be read.
int64_t now_ns(clockid_t clock);
// User and system time of this process (all threads), and of the calling thread.
DurationNs process_cpu_time();
DurationNs thread_cpu_time();

}  // namespace hone::base
