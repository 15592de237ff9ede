// The clock of every recording, and the CPU time that Hone itself used.
#pragma once

#include "base/types.h"

namespace hone::base {

TimeNs monotonic_now();
// User and system time of this process (all threads), and of the calling thread.
DurationNs process_cpu_time();
DurationNs thread_cpu_time();

}  // namespace hone::base
