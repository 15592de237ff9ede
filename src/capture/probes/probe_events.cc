#include "capture/probes/probe_events.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "capture/perf_attributes.h"
#include "capture/perf_events.h"
#include "capture/probes/probe_definitions.h"

namespace hone::capture {
namespace {

// 100,000 events: a tenth of a second at a rate that a processor hardly reaches with probes.
constexpr size_t kRingBytes = size_t{8} << 20;
constexpr size_t kRingBytesMin = size_t{64} << 10;
constexpr size_t kRingBytesAllCpusMax = size_t{1} << 30;
constexpr size_t kTrailerBytes = 24;  // pid, tid, time, CPU

int open_event(perf_event_attr& attr, pid_t pid, int cpu, unsigned long flags) {
  return static_cast<int>(
      ::syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC | flags));
}

perf_event_attr probe_attr(const ProbeEventsOptions& options) {
  perf_event_attr attr = perf_common_attr();
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.config = options.id;
  attr.sample_type |= PERF_SAMPLE_RAW;
  attr.sample_period = 1;
  attr.inherit = options.pid != 0 || !options.tasks.empty();
  attr.enable_on_exec = options.pid != 0 && !options.start_paused;
  // Who forks, calls exec or ends: calls do not outlive these.
  attr.task = 1;
  attr.comm = 1;
  attr.comm_exec = 1;
  attr.watermark = 1;
  attr.wakeup_watermark = kRingBytes / 2;
  return attr;
}

size_t ring_bytes_for(size_t cpus) {
  size_t bytes = kRingBytes;
  while (bytes > kRingBytesMin && bytes * cpus > kRingBytesAllCpusMax) bytes /= 2;
  return bytes;
}

}  // namespace

int64_t record_time(std::span<const uint8_t> record) {
  perf_event_header header{};
  if (record.size() < sizeof header) return 0;
  std::memcpy(&header, record.data(), sizeof header);
  // A sample: ip, pid and tid, time. Others: pid and tid, time, CPU at their end.
  const size_t at = header.type == PERF_RECORD_SAMPLE ? sizeof header + 16
                    : record.size() >= sizeof header + kTrailerBytes
                        ? record.size() - kTrailerBytes + 8
                        : record.size();
  int64_t time = 0;
  if (record.size() < sizeof time || at > record.size() - sizeof time) return 0;
  std::memcpy(&time, record.data() + at, sizeof time);
  return time;
}

Result<ProbeEvents> ProbeEvents::open(const ProbeEventsOptions& options) {
  ProbeEvents out;
  perf_event_attr attr = probe_attr(options);
  std::vector<pid_t> tasks = options.tasks;
  if (tasks.empty()) tasks = {options.pid != 0 ? options.pid : options.cgroup_fd};
  const bool is_group = options.pid == 0 && options.tasks.empty() && options.cgroup_fd >= 0;
  const std::vector<int> cpus = online_cpus();
  const size_t ring_bytes = ring_bytes_for(cpus.size());
  attr.wakeup_watermark = static_cast<uint32_t>(ring_bytes / 2);
  for (const int cpu : cpus) {
    Cpu added;
    for (const pid_t task : tasks) {
      base::UniqueFd fd{open_event(attr, task, cpu, is_group ? PERF_FLAG_PID_CGROUP : 0)};
      if (!fd && (errno == ESRCH || errno == ENODEV)) continue;  // ended, or offline, meanwhile
      if (!fd) return probes_refused("perf_event_open", errno);
      if (added.fds.empty()) {
        // Before the others: the kernel lets nothing write to an event that has no buffer yet.
        auto ring = PerfRing::map(fd.get(), ring_bytes);
        if (!ring) return probes_refused("the buffer of a CPU", ring.error().sys_errno);
        added.ring = std::move(*ring);
      } else if (::ioctl(fd.get(), PERF_EVENT_IOC_SET_OUTPUT, added.fds.front().get()) != 0) {
        return probes_refused("PERF_EVENT_IOC_SET_OUTPUT", errno);
      }
      added.fds.push_back(std::move(fd));
    }
    if (added.fds.empty()) continue;
    out.cpus_.push_back(std::move(added));
  }
  if (out.cpus_.empty()) return probes_refused("perf_event_open", ESRCH);
  if (options.pid == 0 && !options.start_paused) out.resume();
  return out;
}

Result<ProbeEvents> ProbeEvents::open_running(ProbeEventsOptions options,
                                              base::FunctionRef<std::vector<pid_t>()> list) {
  for (int i = 1;; ++i) {
    options.tasks = list();
    // Without any it would be the whole machine.
    if (options.tasks.empty()) return probes_refused("perf_event_open", ESRCH);
    HONE_TRY_ASSIGN(ProbeEvents out, open(options));
    const std::vector<pid_t> now = list();
    std::vector<pid_t> begun;
    std::set_difference(now.begin(), now.end(), options.tasks.begin(), options.tasks.end(),
                        std::back_inserter(begun));
    out.begun_meanwhile_ = begun.size();
    if (begun.empty() || i == kTries) return out;
  }
}

void ProbeEvents::request(unsigned long what) {
  for (const Cpu& cpu : cpus_) {
    for (const base::UniqueFd& fd : cpu.fds) ::ioctl(fd.get(), what, 0);
  }
}

void ProbeEvents::wait_on(std::vector<pollfd>& waiting) const {
  for (const Cpu& cpu : cpus_) {
    if (cpu.waited < cpu.fds.size()) waiting.push_back({cpu.fds[cpu.waited].get(), POLLIN, 0});
  }
}

void ProbeEvents::on_end_of(int fd) {
  for (Cpu& cpu : cpus_) {
    cpu.waited += cpu.waited < cpu.fds.size() && cpu.fds[cpu.waited].get() == fd;
  }
}

void ProbeEvents::drain(TimeNs horizon, base::FunctionRef<void(std::span<const uint8_t>)> take) {
  struct Next {
    int64_t time;
    size_t cpu;
  };
  const auto order = [](const Next& a, const Next& b) { return a.time > b.time; };
  std::vector<Next> heap;
  for (size_t i = 0; i < cpus_.size(); ++i) {
    cpus_[i].ring.refresh();
    if (const auto record = cpus_[i].ring.peek(); !record.empty()) {
      heap.push_back({record_time(record), i});
    }
  }
  std::make_heap(heap.begin(), heap.end(), order);
  constexpr uint32_t kReleaseEvery = 64;
  uint32_t since_release = 0;
  while (!heap.empty() && heap.front().time <= raw(horizon)) {
    std::pop_heap(heap.begin(), heap.end(), order);
    const size_t at = heap.back().cpu;
    heap.pop_back();
    PerfRing& from = cpus_[at].ring;
    take(from.peek());
    from.pop();
    if (++since_release % kReleaseEvery == 0) from.release();
    if (const auto record = from.peek(); !record.empty()) {
      heap.push_back({record_time(record), at});
      std::push_heap(heap.begin(), heap.end(), order);
    }
  }
  for (Cpu& cpu : cpus_) cpu.ring.release();
}

uint64_t ProbeEvents::take_damage_count() {
  uint64_t count = 0;
  for (Cpu& cpu : cpus_) count += cpu.ring.take_damage_count();
  return count;
}

}  // namespace hone::capture
