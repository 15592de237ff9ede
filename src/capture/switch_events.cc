#include "capture/switch_events.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "capture/perf_attributes.h"

namespace hone::capture {
namespace {

constexpr size_t kStackRingBytes = 2 << 20;
// Of a thread that waits the outer rest of a larger stack can be read: it stands still.
constexpr uint32_t kStackBytes = 16 << 10;
constexpr size_t kWakeupRingBytes = 512 << 10;

base::UniqueFd open_event(perf_event_attr& attr, int cgroup_fd, int cpu) {
  const unsigned long flags = PERF_FLAG_FD_CLOEXEC | (cgroup_fd >= 0 ? PERF_FLAG_PID_CGROUP : 0ul);
  return base::UniqueFd{static_cast<int>(
      ::syscall(SYS_perf_event_open, &attr, cgroup_fd >= 0 ? cgroup_fd : -1, cpu, -1, flags))};
}

std::string tracefs_file(const char* name) {
  for (const char* folder : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    const std::string path = std::string(folder) + "/events/sched/sched_waking/" + name;
    if (auto text = base::read_file(path, 64 << 10)) return *text;
  }
  return {};
}

// `text` from behind `key` as a number; -1 when there is none.
int64_t number_behind(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == text.npos) return -1;
  int64_t value = -1;
  const std::string_view rest = text.substr(at + key.size());
  std::from_chars(rest.data(), rest.data() + rest.size(), value);
  return value;
}

}  // namespace

bool open_switch_stacks(const PerfPlan& plan, int cgroup_fd, std::vector<PerfCpu>& cpus) {
  if (!plan.whole_machine || !plan.kernel_side) return false;
  perf_event_attr attr = perf_common_attr();
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CONTEXT_SWITCHES;
  attr.sample_period = 1;
  attr.sample_type |= PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER;
  attr.exclude_callchain_user = 1;
  attr.sample_regs_user = perf_register_mask();
  if (const uint32_t bytes = switch_stack_bytes(plan); bytes > 0) {
    attr.sample_type |= PERF_SAMPLE_STACK_USER;
    attr.sample_stack_user = bytes;
  }
  attr.watermark = 1;
  attr.wakeup_watermark = kStackRingBytes / 2;
  bool all = true;
  for (PerfCpu& cpu : cpus) {
    cpu.switch_stacks = open_event(attr, cgroup_fd, cpu.cpu);
    Result<PerfRing> ring = PerfRing{};
    if (cpu.switch_stacks) ring = PerfRing::map(cpu.switch_stacks.get(), kStackRingBytes);
    all = all && cpu.switch_stacks && ring;
    if (!all) break;
    cpu.stack_ring = std::move(*ring);
  }
  if (all) return true;
  for (PerfCpu& cpu : cpus) {
    cpu.stack_ring = PerfRing{};
    cpu.switch_stacks.reset();
  }
  return false;
}

uint32_t switch_stack_bytes(const PerfPlan& plan) {
  return std::min(plan.stack_bytes, kStackBytes);
}

bool open_wakeups(const PerfPlan& plan, std::vector<PerfCpu>& cpus, int& pid_offset) {
  if (!plan.whole_machine) return false;
  const int64_t id = number_behind(tracefs_file("id"), "");
  pid_offset = pid_offset_of(tracefs_file("format"));
  if (id < 0 || pid_offset < 0) return false;
  perf_event_attr attr = perf_common_attr();
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.config = static_cast<uint64_t>(id);
  attr.sample_period = 1;
  attr.sample_type |= PERF_SAMPLE_RAW;
  attr.watermark = 1;
  attr.wakeup_watermark = kWakeupRingBytes / 2;
  bool all = true;
  for (PerfCpu& cpu : cpus) {
    // A waker may stand outside of a control group, so all tasks are seen.
    cpu.wakeups = open_event(attr, -1, cpu.cpu);
    Result<PerfRing> ring = PerfRing{};
    if (cpu.wakeups) ring = PerfRing::map(cpu.wakeups.get(), kWakeupRingBytes);
    all = all && cpu.wakeups && ring;
    if (!all) break;
    cpu.wakeup_ring = std::move(*ring);
  }
  if (all) return true;
  for (PerfCpu& cpu : cpus) {
    cpu.wakeup_ring = PerfRing{};
    cpu.wakeups.reset();
  }
  return false;
}

std::string why_no_wakeups() {
  if (!tracefs_file("id").empty()) return {};
  return "tracefs is not mounted at /sys/kernel/tracing, or not readable for you";
}

// "field:pid_t pid; offset:24; size:4; signed:1;", with tabs between.
int pid_offset_of(std::string_view format) {
  const size_t at = format.find(" pid;");
  if (at == format.npos) return -1;
  const std::string_view line = format.substr(at, format.find('\n', at) - at);
  const int64_t offset = number_behind(line, "offset:");
  const bool fits = number_behind(line, "size:") == 4 && offset >= 0 && offset <= 4096;
  return fits ? static_cast<int>(offset) : -1;
}

void set_switch_period(const PerfCpu& cpu, uint64_t period) {
  ::ioctl(cpu.switch_stacks.get(), PERF_EVENT_IOC_PERIOD, &period);
}

uint64_t SwitchPace::next(uint64_t switches, int64_t elapsed_ns) {
  const double rate =
      static_cast<double>(switches) * 1e9 / static_cast<double>(std::max<int64_t>(elapsed_ns, 1));
  // A little over the budget changes nothing, so that a usual program is seen at every switch.
  if (rate <= 1.25 * kStacksPerSecond) return period_ = 1;
  random_ = random_ * 1664525 + 1013904223;
  const double step = rate / kStacksPerSecond * (0.75 + 0.5 * (random_ >> 8) / (1u << 24));
  return period_ = std::max<uint64_t>(1, static_cast<uint64_t>(std::lround(step)));
}

}  // namespace hone::capture
