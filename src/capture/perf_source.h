// perf events -> the collector: drains the buffers of all CPUs in the order of time.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

#include "base/bytes.h"
#include "capture/collector.h"
#include "capture/perf_events.h"
#include "capture/sampler.h"
#include "capture/switch_events.h"

namespace hone::capture {

class PerfSource : public Sampler {
 public:
  PerfSource(PerfEvents events, Collector& collector);

  // Hands over what has happened up to shortly ago; what is newer stays in the buffers, so that an
  // event that another CPU is still writing cannot come late. `all`: everything, at the end.
  void drain(bool all) override;
  void drain_until(TimeNs horizon);
  PerfEvents& events() { return events_; }

  void wait_on(std::vector<pollfd>& waiting) override;
  // An event whose task is gone stays readable.
  void on_end_of(int fd) override { over_.insert(fd); }
  TimeNs drain_whole() override;
  void disable() override { events_.disable(); }
  void pause() override { events_.pause(); }
  void resume() override { events_.resume(); }
  int64_t total_cpu_ns() const override { return events_.total_cpu_ns(); }
  uint64_t full_stacks() const override { return full_stacks_; }
  bool kernel_side() const override { return events_.plan().kernel_side; }
  bool whole_machine() const override { return events_.plan().whole_machine; }
  std::vector<std::pair<std::string, std::string>> facts() const override;
  std::vector<std::pair<std::string, std::string>> end_facts() const override;

 private:
  // Every CPU has a buffer of each.
  enum class RingKind : uint8_t { kSamples, kCounts, kSwitchStacks, kWakeups };
  static constexpr uint32_t kRingKinds = 4;
  PerfRing& ring(size_t index);
  static RingKind kind_of(size_t index) { return static_cast<RingKind>(index % kRingKinds); }
  void dispatch(std::span<const uint8_t> record, uint32_t ring);
  void dispatch_task(const perf_event_header& header, base::ByteReader in, TimeNs time);
  // Of a sampler, or of a switch.
  void sample(std::span<const uint8_t> record, RingKind kind, uint32_t ring);
  void wakeup(std::span<const uint8_t> record);
  void pace_switch_stacks();

  PerfEvents events_;
  std::unordered_set<int> over_;  // no longer waited on
  Collector& collector_;
  RawSample raw_;  // reused: a sample's kernel frames and registers
  uint32_t switch_stack_bytes_ = 0;
  std::vector<uint64_t> kernel_frames_;
  struct Next {
    int64_t time;
    uint32_t ring;
  };
  std::vector<Next> heap_;
  uint64_t full_stacks_ = 0, lost_wait_stacks_ = 0;
  struct Pace {  // of one CPU
    SwitchPace pace;
    uint64_t switches = 0;  // since it was last asked
    uint64_t period = 1, period_before = 1;
    TimeNs changed_at{};
  };
  std::vector<Pace> paces_;
  TimeNs paced_at_{};
};

}  // namespace hone::capture
