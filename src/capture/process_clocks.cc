#include "capture/process_clocks.h"

#include <algorithm>

#include "capture/running.h"

namespace hone::capture {

int64_t ProcessClocks::before(pid_t pid) const {
  const auto found = before_ns_.find(pid);
  return found == before_ns_.end() ? 0 : found->second;
}

void ProcessClocks::pause(const Collector& collector) {
  paused_at_ns_.clear();
  for (const pid_t pid : collector.live_pids()) paused_at_ns_[pid] = process_cpu_ns(pid);
}

void ProcessClocks::resume(const Collector& collector) {
  for (const pid_t pid : collector.live_pids()) {
    const int64_t now_ns = process_cpu_ns(pid);
    const auto paused = paused_at_ns_.find(pid);
    const int64_t then_ns = paused == paused_at_ns_.end() ? before(pid) : paused->second;
    // A clock that could not be read leaves the account unknown, not wrong.
    const int64_t old_ns = before(pid);
    before_ns_[pid] = now_ns < 0 || then_ns < 0 || old_ns < 0 ? -1 : old_ns + now_ns - then_ns;
  }
  paused_at_ns_.clear();
}

void ProcessClocks::restart(const Collector& collector) {
  before_ns_.clear();
  for (const pid_t pid : collector.live_pids()) {
    const int64_t now_ns = process_cpu_ns(pid);
    before_ns_[pid] = now_ns;
    if (!paused_at_ns_.empty()) paused_at_ns_[pid] = now_ns;
  }
}

int64_t ProcessClocks::own_ns(pid_t pid, int64_t used_ns) const {
  const int64_t before_ns = before(pid);
  if (used_ns < 0 || before_ns < 0) return -1;
  int64_t own_ns = used_ns - before_ns;
  // A pause that lasts ends here.
  if (const auto paused = paused_at_ns_.find(pid); paused != paused_at_ns_.end()) {
    if (paused->second < 0) return -1;
    own_ns -= std::max<int64_t>(used_ns - paused->second, 0);
  }
  return std::max<int64_t>(own_ns, 0);
}

void ProcessClocks::account(Collector& collector) const {
  for (const pid_t pid : collector.live_pids()) {
    const int64_t ns = own_ns(pid, process_cpu_ns(pid));
    if (ns >= 0) collector.on_process_cpu(pid, DurationNs{ns});
  }
}

}  // namespace hone::capture
