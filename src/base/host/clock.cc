#include "base/host/clock.h"

#include <ctime>

namespace hone::base {
namespace {
int64_t read(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}
}  // namespace

TimeNs monotonic_now() {
  return TimeNs{read(CLOCK_MONOTONIC)};
}
DurationNs process_cpu_time() {
  return DurationNs{read(CLOCK_PROCESS_CPUTIME_ID)};
}
DurationNs thread_cpu_time() {
  return DurationNs{read(CLOCK_THREAD_CPUTIME_ID)};
}

}  // namespace hone::base
