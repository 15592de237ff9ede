#include "capture/perf_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/host/clock.h"
#include "capture/perf_attributes.h"
#include "capture/wait_facts.h"

namespace hone::capture {
namespace {

// An event's time is taken a little before it is in the buffer.
constexpr int64_t kSettleNs = 2'000'000;
// Where the time stands: in a sample after header, ip and pid/tid; in others in the trailer
// (pid/tid, time, cpu).
constexpr size_t kSampleTimeAt = sizeof(perf_event_header) + 16;
constexpr size_t kTrailerBytes = 24;
// Of common_flags: TRACE_FLAG_HARDIRQ, _SOFTIRQ and _NMI.
constexpr uint8_t kInterruptContext = 0x58;
// How often the pace of taking stacks is set anew.
constexpr int64_t kPaceNs = 20'000'000;
// More CPU time than a thread can have used: 104 days.
constexpr uint64_t kThreadCpuNsMax = uint64_t{1} << 53;

struct Trailer {
  uint32_t pid = 0, tid = 0;
  uint64_t time = 0;
};

Trailer trailer_of(std::span<const uint8_t> record) {
  Trailer out;
  if (record.size() < sizeof(perf_event_header) + kTrailerBytes) return out;
  base::ByteReader in(record.data() + record.size() - kTrailerBytes, kTrailerBytes);
  out.pid = in.u32();
  out.tid = in.u32();
  out.time = in.u64();
  return out;
}

perf_event_header header_of(std::span<const uint8_t> record) {
  perf_event_header header;
  std::memcpy(&header, record.data(), sizeof header);
  return header;
}

int64_t time_of(std::span<const uint8_t> record) {
  if (header_of(record).type == PERF_RECORD_SAMPLE) {
    uint64_t time = 0;
    if (record.size() >= kSampleTimeAt + sizeof time) {
      std::memcpy(&time, record.data() + kSampleTimeAt, sizeof time);
    }
    return static_cast<int64_t>(time);
  }
  return static_cast<int64_t>(trailer_of(record).time);
}

}  // namespace

PerfSource::PerfSource(PerfEvents events, Collector& collector)
    : events_(std::move(events)),
      collector_(collector),
      switch_stack_bytes_(switch_stack_bytes(events_.plan())),
      paces_(events_.cpus().size()) {}

PerfRing& PerfSource::ring(size_t index) {
  PerfCpu& cpu = events_.cpus()[index / kRingKinds];
  switch (kind_of(index)) {
    case RingKind::kCounts:
      return cpu.counts;
    case RingKind::kSwitchStacks:
      return cpu.stack_ring;
    case RingKind::kWakeups:
      return cpu.wakeup_ring;
    case RingKind::kSamples:
      break;
  }
  return cpu.ring;
}

void PerfSource::drain(bool all) {
  drain_until(all ? TimeNs{INT64_MAX} : TimeNs{raw(base::monotonic_now()) - kSettleNs});
  if (!all && events_.plan().switch_stacks) pace_switch_stacks();
}

TimeNs PerfSource::drain_whole() {
  const TimeNs horizon{raw(base::monotonic_now()) - kSettleNs};
  drain_until(horizon);
  return horizon;
}

void PerfSource::drain_until(TimeNs horizon) {
  const auto order = [](const Next& a, const Next& b) { return a.time > b.time; };
  const auto ring_count = static_cast<uint32_t>(events_.cpus().size() * kRingKinds);
  heap_.clear();
  for (uint32_t i = 0; i < ring_count; ++i) {
    if (ring(i).data_bytes() == 0) continue;
    ring(i).refresh();
    if (const auto record = ring(i).peek(); !record.empty()) heap_.push_back({time_of(record), i});
  }
  std::make_heap(heap_.begin(), heap_.end(), order);
  uint32_t since_release = 0;
  while (!heap_.empty() && heap_.front().time <= raw(horizon)) {
    std::pop_heap(heap_.begin(), heap_.end(), order);
    const uint32_t i = heap_.back().ring;
    heap_.pop_back();
    PerfRing& from = ring(i);
    dispatch(from.peek(), i);
    from.pop();
    // Room is given back in steps: the store is shared with the kernel's writer.
    if (++since_release % 8 == 0) from.release();
    if (const auto record = from.peek(); !record.empty()) {
      heap_.push_back({time_of(record), i});
      std::push_heap(heap_.begin(), heap_.end(), order);
    }
  }
  for (uint32_t i = 0; i < ring_count; ++i) {
    if (ring(i).data_bytes() == 0) continue;
    ring(i).release();
    if (const uint64_t count = ring(i).take_damage_count(); count > 0) collector_.on_damage(count);
  }
}

void PerfSource::wait_on(std::vector<pollfd>& waiting) {
  for (const PerfCpu& cpu : events_.cpus()) {
    if (!over_.contains(cpu.sampler.get())) waiting.push_back({cpu.sampler.get(), POLLIN, 0});
  }
}

std::vector<std::pair<std::string, std::string>> PerfSource::facts() const {
  const PerfPlan& plan = events_.plan();
  return {{"sampler.name", "perf"},
          {"sampler.event", plan.hardware_cycles ? "cycles" : "cpu-clock"},
          {"sampler.scope", plan.whole_machine ? "cpu-wide, filtered" : "per process"},
          {"sampler.kernel", plan.kernel_side ? "yes" : "no"},
          {"sampler.stack_bytes", fmt::format("{}", plan.stack_bytes)},
          {"sampler.ring_bytes", fmt::format("{}", plan.ring_bytes)}};
}

std::vector<std::pair<std::string, std::string>> PerfSource::end_facts() const {
  return wait_facts(events_.plan(), lost_wait_stacks_, collector_);
}

void PerfSource::pace_switch_stacks() {
  const TimeNs now = base::monotonic_now();
  const int64_t elapsed_ns = raw(now) - raw(paced_at_);
  if (elapsed_ns < kPaceNs) return;
  paced_at_ = now;
  for (size_t i = 0; i < paces_.size(); ++i) {
    Pace& at = paces_[i];
    const uint64_t period = at.pace.next(at.switches, elapsed_ns);
    at.period_before = at.period;
    at.changed_at = now;
    if (period != at.period) set_switch_period(events_.cpus()[i], period);
    at.period = period;
    at.switches = 0;
  }
}

void PerfSource::dispatch(std::span<const uint8_t> record, uint32_t ring) {
  const perf_event_header header = header_of(record);
  const RingKind kind = kind_of(ring);
  if (header.type == PERF_RECORD_SAMPLE) {
    if (kind == RingKind::kWakeups) return wakeup(record);
    return sample(record, kind, ring);
  }
  const Trailer trailer = trailer_of(record);
  const TimeNs time{static_cast<int64_t>(trailer.time)};
  if (raw(time) <= 0) return collector_.on_damage(1);
  base::ByteReader in(record.data() + sizeof header, record.size() - sizeof header - kTrailerBytes);
  switch (header.type) {
    case PERF_RECORD_READ: {
      const uint32_t pid = in.u32(), tid = in.u32();
      const uint64_t value = in.u64();
      if (!in.ok() || value > kThreadCpuNsMax) return collector_.on_damage(1);
      if (events_.plan().exact_cpu) {
        collector_.on_thread_cpu(static_cast<pid_t>(pid), static_cast<pid_t>(tid),
                                 DurationNs{static_cast<int64_t>(value)}, time);
      }
      break;
    }
    case PERF_RECORD_LOST: {
      in.skip(8);
      const uint64_t count = in.u64();
      if (kind == RingKind::kSamples && in.ok()) collector_.on_lost(count, time);
      if (kind == RingKind::kSwitchStacks && in.ok()) lost_wait_stacks_ += count;
      break;
    }
    case PERF_RECORD_SWITCH:
    case PERF_RECORD_SWITCH_CPU_WIDE: {
      const bool out = (header.misc & PERF_RECORD_MISC_SWITCH_OUT) != 0;
      paces_[ring / kRingKinds].switches += out;
      collector_.on_switch({.time = time,
                            .pid = static_cast<pid_t>(trailer.pid),
                            .tid = static_cast<pid_t>(trailer.tid),
                            .out = out,
                            .preempted = (header.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT) != 0});
      break;
    }
    case PERF_RECORD_THROTTLE:
      collector_.on_throttle(time);
      break;
    default:
      dispatch_task(header, in, time);
  }
}

void PerfSource::dispatch_task(const perf_event_header& header, base::ByteReader in, TimeNs time) {
  switch (header.type) {
    case PERF_RECORD_FORK: {
      const uint32_t pid = in.u32(), parent_pid = in.u32(), tid = in.u32();
      if (!in.ok()) return collector_.on_damage(1);
      collector_.on_fork(static_cast<pid_t>(pid), static_cast<pid_t>(tid),
                         static_cast<pid_t>(parent_pid), time);
      break;
    }
    case PERF_RECORD_EXIT: {
      const uint32_t pid = in.u32();
      in.skip(4);
      const uint32_t tid = in.u32();
      if (!in.ok()) return collector_.on_damage(1);
      collector_.on_exit(static_cast<pid_t>(pid), static_cast<pid_t>(tid), time);
      break;
    }
    case PERF_RECORD_COMM: {
      const uint32_t pid = in.u32(), tid = in.u32();
      const char* name = in.c_string();
      if (!name) return collector_.on_damage(1);
      collector_.on_name(static_cast<pid_t>(pid), static_cast<pid_t>(tid), name,
                         (header.misc & PERF_RECORD_MISC_COMM_EXEC) != 0, time);
      break;
    }
    case PERF_RECORD_MMAP2: {
      MapEvent event{.time = time};
      event.pid = static_cast<pid_t>(in.u32());
      event.tid = static_cast<pid_t>(in.u32());
      event.begin = in.u64();
      event.bytes = in.u64();
      event.offset = FileOffset{in.u64()};
      const uint64_t major = in.u32(), minor = in.u32();
      event.identity.device = major << 32 | minor;
      event.identity.inode = in.u64();
      event.identity.generation = in.u64();
      in.skip(8);  // prot, flags
      const char* name = in.c_string();
      if (!name) return collector_.on_damage(1);
      event.path = name;
      collector_.on_map(event);
      break;
    }
    default:
      break;  // what newer kernels add
  }
}

// ip, pid and tid of who wakes, time, CPU, then the tracepoint's own bytes.
void PerfSource::wakeup(std::span<const uint8_t> record) {
  base::ByteReader in(record.data() + sizeof(perf_event_header),
                      record.size() - sizeof(perf_event_header));
  in.skip(12);
  const uint32_t by_tid = in.u32();
  const TimeNs time{static_cast<int64_t>(in.u64())};
  in.skip(8 + sizeof(uint32_t) + 2);  // CPU, size of what follows, its type
  const uint8_t context = in.u8();
  constexpr size_t kReadBytes = 3;
  const auto pid_at = static_cast<size_t>(std::max(events_.plan().wakeup_pid_offset, 0));
  in.skip(std::max(pid_at, kReadBytes) - kReadBytes);
  const uint32_t tid = in.u32();
  if (!in.ok() || raw(time) <= 0) return collector_.on_damage(1);
  // What an interrupt does is not done by the thread that it interrupted.
  const bool interrupt = (context & kInterruptContext) != 0;
  collector_.on_wakeup(static_cast<pid_t>(tid), interrupt ? 0 : static_cast<pid_t>(by_tid), time);
}

void PerfSource::sample(std::span<const uint8_t> record, RingKind kind, uint32_t ring) {
  const bool of_switch = kind == RingKind::kSwitchStacks;
  const perf_event_header header = header_of(record);
  base::ByteReader in(record.data() + sizeof header, record.size() - sizeof header);
  in.skip(8);  // ip: the first kernel frame or the user pc says the same
  const uint32_t pid = in.u32(), tid = in.u32();
  raw_.pid = static_cast<pid_t>(pid);
  raw_.tid = static_cast<pid_t>(tid);
  raw_.time = TimeNs{static_cast<int64_t>(in.u64())};
  raw_.cpu = static_cast<uint16_t>(in.u32());
  in.skip(4);
  raw_.weight = DurationNs{static_cast<int64_t>(events_.plan().period_ns)};
  raw_.in_kernel = (header.misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL;
  kernel_frames_.clear();
  if (events_.plan().kernel_side) {
    const uint64_t count = in.u64();
    for (uint64_t i = 0; i < count && in.ok(); ++i) {
      const uint64_t address = in.u64();
      if (address >= static_cast<uint64_t>(PERF_CONTEXT_MAX)) continue;  // a marker, not a frame
      kernel_frames_.push_back(address);
    }
  }
  raw_.kernel_frames = kernel_frames_;
  const uint64_t abi = in.u64();
  raw_.has_registers = abi == PERF_SAMPLE_REGS_ABI_64;
  raw_.other_abi = abi == PERF_SAMPLE_REGS_ABI_32;
  raw_.registers.valid = 0;
  if (abi != PERF_SAMPLE_REGS_ABI_NONE) {
    for (const uint8_t number : perf_register_numbers()) raw_.registers.set(number, in.u64());
  }
  raw_.stack = {};
  raw_.stack_full = false;
  const uint32_t stack_bytes = of_switch ? switch_stack_bytes_ : events_.plan().stack_bytes;
  if (stack_bytes > 0) {
    const uint64_t size = in.u64();
    if (size > 0) {
      const uint8_t* bytes = in.take(size);
      const uint64_t copied = in.u64();
      if (bytes && copied <= size) {
        raw_.stack = {bytes, copied};
        raw_.stack_full = copied == size;
        full_stacks_ += raw_.stack_full && !of_switch;
      }
    }
  }
  if (!in.ok() || raw(raw_.time) <= 0) return collector_.on_damage(1);
  if (of_switch) {
    const Pace& pace = paces_[ring / kRingKinds];
    const uint64_t one_in = raw_.time < pace.changed_at ? pace.period_before : pace.period;
    return collector_.on_switch_stack(raw_, static_cast<uint32_t>(one_in));
  }
  collector_.on_sample(raw_);
}

}  // namespace hone::capture
