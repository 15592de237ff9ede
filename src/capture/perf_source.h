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

 private:
  uint64_t full_stacks_ = 0;
  PerfRing& ring(size_t index);
  // `counts`: of a buffer that holds no samples, so what is lost there is none.
  void dispatch(std::span<const uint8_t> record, bool counts);
  void dispatch_task(const perf_event_header& header, base::ByteReader in, TimeNs time);
  void sample(std::span<const uint8_t> record);

  PerfEvents events_;
  std::unordered_set<int> over_;  // no longer waited on
  Collector& collector_;
  RawSample raw_;  // reused: a sample's kernel frames and registers
  std::vector<uint64_t> kernel_frames_;
  struct Next {
    int64_t time;
    uint32_t ring;  // two a CPU: see ring()
  };
  std::vector<Next> heap_;
};

}  // namespace hone::capture
