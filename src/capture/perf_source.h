// perf events -> the collector: drains the buffers of all CPUs in the order of time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "capture/collector.h"
#include "capture/perf_events.h"

namespace hone::capture {

class PerfSource {
 public:
  PerfSource(PerfEvents events, Collector& collector);

  // Hands over what has happened up to shortly ago; what is newer stays in the buffers, so that an
  // event that another CPU is still writing cannot come late. `all`: everything, at the end.
  void drain(bool all);
  PerfEvents& events() { return events_; }

 private:
  void dispatch(std::span<const uint8_t> record);
  void sample(std::span<const uint8_t> record);

  PerfEvents events_;
  Collector& collector_;
  RawSample raw_;  // reused: a sample's kernel frames and registers
  std::vector<uint64_t> kernel_frames_;
  struct Next {
    int64_t time;
    uint32_t ring;
  };
  std::vector<Next> heap_;
};

}  // namespace hone::capture
