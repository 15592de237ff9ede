// perf events -> the collector: drains the buffers of all CPUs in the order of time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "capture/collector.h"
#include "capture/perf_events.h"

namespace hone::capture {

class PerfSource {
 public:
  PerfSource(PerfEvents events, Collector& collector);

  // Hands over what has happened up to shortly ago; what is newer stays in the buffers, so that an
  // event that another CPU is still writing cannot come late. `all`: everything, at the end.
  void drain(bool all);
  void drain_until(TimeNs horizon);
  PerfEvents& events() { return events_; }

  // Samples so far whose stack did not fit into the copy: the sooner the next are looked at, the
  // more of the rest is still there to be read.
  uint64_t full_stacks() const { return full_stacks_; }

 private:
  uint64_t full_stacks_ = 0;
  PerfRing& ring(size_t index);
  // `counts`: of a buffer that holds no samples, so what is lost there is none.
  void dispatch(std::span<const uint8_t> record, bool counts);
  void dispatch_task(const perf_event_header& header, base::ByteReader in, TimeNs time);
  void sample(std::span<const uint8_t> record);

  PerfEvents events_;
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
