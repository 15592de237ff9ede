#include "base/host/clock.h"

namespace hone::base {

int64_t now_ns(clockid_t clock) {
  timespec now{};
  if (::clock_gettime(clock, &now) != 0) return -1;
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

TimeNs monotonic_now() {
  return TimeNs{now_ns(CLOCK_MONOTONIC)};
}
DurationNs process_cpu_time() {
  return DurationNs{now_ns(CLOCK_PROCESS_CPUTIME_ID)};
}
DurationNs thread_cpu_time() {
  return DurationNs{now_ns(CLOCK_THREAD_CPUTIME_ID)};
}

}  // namespace hone::base
