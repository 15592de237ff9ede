#include "capture/perf_events.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>

#include "capture/perf_attributes.h"
#include "capture/perf_refusal.h"
#include "capture/switch_events.h"

namespace hone::capture {
namespace {

// The record's size field has 16 bits, and the kernel wants the snapshot a multiple of 8.
constexpr uint32_t kStackBytesMax = 65528;
constexpr uint32_t kStackBytesMin = 4096;
// The buffer should hold this long at the full rate: the recorder may have to wait for a CPU.
constexpr double kBufferSeconds = 0.12;
constexpr size_t kRingBytesMin = 512 << 10;
constexpr size_t kRingBytesMax = 64 << 20;
constexpr size_t kRingBytesAllCpusMax = size_t{2} << 30;
// With this many CPUs or more, a counter a CPU would make each new thread dear to start.
constexpr size_t kExactCpuCountMax = 32;
// With more tellers than that the descriptors get dear: then the samplers tell of tasks.
constexpr size_t kTellersMax = 1024;
// 700 threads' ends a drain.
constexpr size_t kCountRingBytes = 64 << 10;

int perf_event_open(perf_event_attr* attr, pid_t pid, int cpu, unsigned long flags = 0) {
  return static_cast<int>(
      ::syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC | flags));
}

size_t ring_bytes_for(double frequency_hz, uint32_t stack_bytes, size_t cpu_count) {
  const double bytes = frequency_hz * kBufferSeconds * (stack_bytes + 512.0);
  const size_t most =
      std::min(kRingBytesMax, kRingBytesAllCpusMax / std::max<size_t>(1, cpu_count));
  return std::bit_floor(std::clamp(std::bit_ceil(static_cast<size_t>(bytes)), kRingBytesMin,
                                   std::max(most, kRingBytesMin)));
}

base::UniqueFd open_counter(const PerfOptions& options, const PerfPlan& plan, int cpu) {
  perf_event_attr attr = counter_attr(options, plan);
  return base::UniqueFd{perf_event_open(&attr, options.pid, cpu)};
}

// The samplers of one CPU; an error number.
int open_samplers(const PerfOptions& options, const PerfPlan& plan, PerfCpu& cpu) {
  perf_event_attr attr = sampler_attr(options, plan);
  if (options.cgroup_fd >= 0) {
    cpu.sampler =
        base::UniqueFd{perf_event_open(&attr, options.cgroup_fd, cpu.cpu, PERF_FLAG_PID_CGROUP)};
    return cpu.sampler ? 0 : errno;
  }
  if (plan.whole_machine || options.tasks.empty()) {
    const pid_t pid = plan.whole_machine ? -1 : options.pid;
    cpu.sampler = base::UniqueFd{perf_event_open(&attr, pid, cpu.cpu)};
    return cpu.sampler ? 0 : errno;
  }
  int refused = ESRCH;
  for (const pid_t task : options.tasks) {
    base::UniqueFd fd{perf_event_open(&attr, task, cpu.cpu)};
    if (!fd) {
      if (errno == ESRCH) continue;  // it has ended meanwhile
      return errno;
    }
    refused = 0;
    if (!cpu.sampler) {
      cpu.sampler = std::move(fd);
    } else {
      cpu.more.push_back(std::move(fd));
    }
  }
  return refused;
}

// What tells of tasks on one CPU; an error number.
int open_tellers(const PerfOptions& options, const PerfPlan& plan, PerfCpu& cpu) {
  perf_event_attr attr = teller_attr(options, plan);
  std::vector<pid_t> tasks = options.tasks;
  if (plan.whole_machine || tasks.empty()) tasks = {plan.whole_machine ? -1 : options.pid};
  if (options.cgroup_fd >= 0) tasks = {options.cgroup_fd};
  const unsigned long flags = options.cgroup_fd >= 0 ? PERF_FLAG_PID_CGROUP : 0;
  int refused = ESRCH;
  for (const pid_t task : tasks) {
    base::UniqueFd fd{perf_event_open(&attr, task, cpu.cpu, flags)};
    if (!fd) {
      if (errno == ESRCH) continue;  // it has ended meanwhile
      return errno;
    }
    refused = 0;
    cpu.tellers.push_back(std::move(fd));
  }
  return refused;
}

// Opens the events of all CPUs under one plan; the error number of the first refusal.
//
// Sampler, counter and teller of one CPU after the other, and all of one kind: the kernel may
// exchange the events of two threads instead of switching them, and then it exchanges their counts
// pairwise in the order of their making, which for inherited copies is by CPU, by kind, then by
// age. Were it another order here, a counter would be given a sampler's count.
int open_events(const PerfOptions& options, const PerfPlan& plan, const std::vector<int>& cpus,
                std::vector<PerfCpu>& out) {
  out.clear();
  for (const int cpu : cpus) {
    PerfCpu added;
    added.cpu = cpu;
    const int refused = open_samplers(options, plan, added);
    if (refused == ENODEV && !out.empty()) continue;  // the CPU went offline meanwhile
    if (refused != 0) return refused;
    out.push_back(std::move(added));
    if (options.pid != 0 && cpus.size() <= kExactCpuCountMax) {
      out.back().counter = open_counter(options, plan, cpu);
    }
    if (!plan.tellers) continue;
    const int untold = open_tellers(options, plan, out.back());
    if (untold != 0) return untold;
  }
  return out.empty() ? ENODEV : 0;
}

Result<void> share_rings(std::vector<PerfCpu>& cpus) {
  for (PerfCpu& cpu : cpus) {
    for (const auto* fds : {&cpu.more, &cpu.tellers}) {
      for (const base::UniqueFd& fd : *fds) {
        if (::ioctl(fd.get(), PERF_EVENT_IOC_SET_OUTPUT, cpu.sampler.get()) != 0) {
          return fail_errno("PERF_EVENT_IOC_SET_OUTPUT", errno);
        }
      }
    }
  }
  return {};
}

// Maps the buffers, halving them until the kernel's limit on locked memory is met.
Result<void> map_rings(std::vector<PerfCpu>& cpus, PerfPlan& plan) {
  const auto page_bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  for (;;) {
    Error refused;
    bool all = true;
    for (PerfCpu& cpu : cpus) {
      auto ring = PerfRing::map(cpu.sampler.get(), plan.ring_bytes);
      if (!ring) {
        refused = std::move(ring.error());
        all = false;
        break;
      }
      cpu.ring = std::move(*ring);
    }
    if (all) return share_rings(cpus);
    for (PerfCpu& cpu : cpus) cpu.ring = PerfRing{};
    if (plan.ring_bytes <= 4 * page_bytes ||
        (refused.sys_errno != EPERM && refused.sys_errno != ENOMEM)) {
      return tl::unexpected(std::move(refused));
    }
    plan.ring_bytes /= 2;
  }
}

// CPU time is exact when every CPU has its counter: each thread's are put out at its exit.
bool map_counters(std::vector<PerfCpu>& cpus) {
  bool all = true;
  for (PerfCpu& cpu : cpus) {
    Result<PerfRing> ring = PerfRing{};
    if (cpu.counter) ring = PerfRing::map(cpu.counter.get(), kCountRingBytes);
    all = all && cpu.counter && ring;
    if (all) cpu.counts = std::move(*ring);
  }
  if (all) return true;
  for (PerfCpu& cpu : cpus) {
    cpu.counts = PerfRing{};
    cpu.counter.reset();
  }
  return false;
}

// What an unprivileged user may lock: kernel.perf_event_mlock_kb a CPU, and RLIMIT_MEMLOCK in all.
size_t affordable_ring_bytes(size_t cpu_count) {
  size_t kb = 516;
  if (auto text = base::read_file("/proc/sys/kernel/perf_event_mlock_kb")) {
    kb = std::strtoul(text->c_str(), nullptr, 10);
  }
  rlimit limit{};
  size_t locked = 0;
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    locked = limit.rlim_cur / cpu_count;
  }
  const auto page_bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t bytes = kb * 1024 + locked - std::min(locked, kCountRingBytes + page_bytes);
  return std::bit_floor(bytes > 3 * page_bytes ? bytes - 2 * page_bytes : 2 * page_bytes);
}

// The sizes of snapshots and buffers that `plan`'s scope affords.
void size_buffers(const PerfOptions& options, size_t cpu_count, PerfPlan& plan) {
  uint32_t stack_bytes = options.copy_stacks ? kStackBytesMax : 0;
  if (options.stack_bytes > 0) stack_bytes = std::min(options.stack_bytes, kStackBytesMax) & ~7u;
  plan.ring_bytes = ring_bytes_for(options.frequency_hz, stack_bytes, cpu_count);
  if (!plan.whole_machine && ::geteuid() != 0) {
    plan.ring_bytes = std::min(plan.ring_bytes, affordable_ring_bytes(cpu_count));
  }
  // Smaller snapshots where the buffer is small: what they cut is read from the process.
  if (options.stack_bytes == 0 && stack_bytes > 0) {
    const double affordable =
        static_cast<double>(plan.ring_bytes) / (options.frequency_hz * kBufferSeconds / 2) - 512;
    stack_bytes =
        static_cast<uint32_t>(std::clamp<double>(affordable, kStackBytesMin, kStackBytesMax)) & ~7u;
  }
  plan.stack_bytes = stack_bytes;
}

// The best scope that is permitted; 0, or the error number of the last refusal.
int open_best(const PerfOptions& options, const std::vector<int>& cpus, PerfPlan& plan,
              std::vector<PerfCpu>& out) {
  struct Attempt {
    bool whole_machine, kernel_side;
  };
  static constexpr Attempt kAttempts[] = {
      {true, true}, {true, false}, {false, true}, {false, false}};
  const bool everyone = options.pid == 0 && options.tasks.empty();
  int refused = EACCES;
  for (const Attempt& attempt : kAttempts) {
    if (attempt.kernel_side && options.user_only) continue;
    if (everyone) {
      if (!attempt.whole_machine) continue;
    } else if (attempt.whole_machine) {
      // What may see the whole machine may see the kernel; without it, a process is enough.
      if (!attempt.kernel_side || options.per_process || options.user_only) continue;
    }
    plan.whole_machine = attempt.whole_machine;
    plan.kernel_side = attempt.kernel_side;
    size_buffers(options, cpus.size(), plan);
    for (const bool cycles : {true, false}) {
      // Beside inherited counters of another kind: see open_events().
      if (cycles && (options.cpu_clock || !plan.whole_machine)) continue;
      plan.hardware_cycles = cycles;
      const size_t tasks = attempt.whole_machine ? 1 : std::max<size_t>(1, options.tasks.size());
      plan.tellers = tasks * cpus.size() <= kTellersMax &&
                     (attempt.whole_machine || cpus.size() <= kExactCpuCountMax);
      refused = open_events(options, plan, cpus, out);
      if (refused == 0) return 0;
      if (refused != EMFILE || !plan.tellers) continue;
      plan.tellers = false;
      refused = open_events(options, plan, cpus, out);
      if (refused == 0) return 0;
    }
    if (refused != EACCES && refused != EPERM) break;
  }
  return refused;
}

}  // namespace

std::vector<int> online_cpus() {
  std::vector<int> out;
  auto text = base::read_file("/sys/devices/system/cpu/online");
  const char* at = text ? text->c_str() : "";
  while (*at >= '0' && *at <= '9') {
    char* end = nullptr;
    const long first = std::strtol(at, &end, 10);
    long last = first;
    if (*end == '-') last = std::strtol(end + 1, &end, 10);
    for (long cpu = first; cpu <= last; ++cpu) out.push_back(static_cast<int>(cpu));
    at = *end == ',' ? end + 1 : end;
  }
  if (out.empty()) {
    const long count = ::sysconf(_SC_NPROCESSORS_ONLN);
    for (long cpu = 0; cpu < count; ++cpu) out.push_back(static_cast<int>(cpu));
  }
  return out;
}

Result<PerfEvents> PerfEvents::open(const PerfOptions& options) {
  PerfEvents events;
  PerfPlan& plan = events.plan_;
  const std::vector<int> cpus = online_cpus();
  plan.period_ns = static_cast<uint64_t>(1e9 / options.frequency_hz);
  plan.cpu_count = static_cast<unsigned>(cpus.size());

  if (const int refused = open_best(options, cpus, plan, events.cpus_); refused != 0) {
    return perf_refusal(refused, options);
  }
  HONE_TRY(map_rings(events.cpus_, plan));

  plan.exact_cpu = map_counters(events.cpus_);
  plan.switches = options.waits;
  if (options.waits && open_switch_stacks(plan, options.cgroup_fd, events.cpus_)) {
    plan.switch_stacks = true;
  }
  if (options.waits) (void)open_wakeups(plan, events.cpus_, plan.wakeup_pid_offset);
  if (plan.whole_machine || !options.tasks.empty()) {
    events.switch_tellers(PERF_EVENT_IOC_ENABLE);
    if (!options.start_paused || !plan.tellers) events.switch_samplers(PERF_EVENT_IOC_ENABLE);
  }
  return events;
}

PerfEvents PerfEvents::of(const PerfPlan& plan, std::vector<PerfCpu> cpus) {
  PerfEvents events;
  events.plan_ = plan;
  events.cpus_ = std::move(cpus);
  return events;
}

void PerfEvents::switch_samplers(unsigned long request) {
  for (PerfCpu& cpu : cpus_) {
    ::ioctl(cpu.sampler.get(), request, 0);
    for (const base::UniqueFd& fd : cpu.more) ::ioctl(fd.get(), request, 0);
    if (cpu.switch_stacks) ::ioctl(cpu.switch_stacks.get(), request, 0);
    if (cpu.wakeups) ::ioctl(cpu.wakeups.get(), request, 0);
  }
}

void PerfEvents::switch_counters(unsigned long request) {
  for (PerfCpu& cpu : cpus_) ::ioctl(cpu.counter.get(), request, 0);  // of -1: nothing
}

void PerfEvents::switch_tellers(unsigned long request) {
  for (PerfCpu& cpu : cpus_) {
    for (const base::UniqueFd& fd : cpu.tellers) ::ioctl(fd.get(), request, 0);
  }
}

void PerfEvents::disable() {
  switch_samplers(PERF_EVENT_IOC_DISABLE);
  switch_counters(PERF_EVENT_IOC_DISABLE);
  switch_tellers(PERF_EVENT_IOC_DISABLE);
}

void PerfEvents::pause() {
  if (plan_.tellers) switch_samplers(PERF_EVENT_IOC_DISABLE);
  switch_counters(PERF_EVENT_IOC_DISABLE);
}

void PerfEvents::resume() {
  switch_counters(PERF_EVENT_IOC_ENABLE);
  if (plan_.tellers) switch_samplers(PERF_EVENT_IOC_ENABLE);
}

int64_t PerfEvents::total_cpu_ns() const {
  if (!plan_.exact_cpu) return -1;
  int64_t total = 0;
  for (const PerfCpu& cpu : cpus_) {
    uint64_t value = 0;
    if (::read(cpu.counter.get(), &value, sizeof value) != sizeof value) return -1;
    total += static_cast<int64_t>(value);
  }
  return total;
}

}  // namespace hone::capture
