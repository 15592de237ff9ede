// Event buffers full of anything: the ring, the record parser and the collector behind them. The
// first byte chooses the layout of samples and which buffers they are; the rest goes to two of
// them, as the second byte says.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "capture/perf_source.h"
#include "capture/test_support.h"

namespace {

using namespace hone;
using namespace hone::capture;

constexpr size_t kRingBytes = 1 << 16;

void feed(TestRing& ring, const uint8_t* data, size_t bytes) {
  ring.put(std::vector<uint8_t>(data, data + bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  if (bytes < 4 || bytes > kRingBytes) return 0;
  const uint8_t layout = data[0];
  const size_t split = (bytes - 4) * data[1] / 255;
  TestRing samples(kRingBytes), counts(kRingBytes);
  feed(samples, data + 4, split);
  feed(counts, data + 4 + split, bytes - 4 - split);
  // Heads that no kernel would set.
  if (layout & 8) samples.page().data_head += uint64_t{data[2]} << (data[3] % 64);

  TestRecording recording;
  stacks::ModuleStore modules({});
  Collector collector(recording.builder(), modules,
                      {.splice = false, .waits = true, .switch_stacks = true, .wakeups = true});
  collector.add_root(1, "root", "root", TimeNs{1}, (layout & 4) != 0);
  std::vector<PerfCpu> cpus(1);
  const bool of_switches = (layout & 16) != 0;
  (of_switches ? cpus[0].stack_ring : cpus[0].ring) = std::move(samples.ring());
  (of_switches ? cpus[0].wakeup_ring : cpus[0].counts) = std::move(counts.ring());
  PerfSource source(PerfEvents::of({.kernel_side = (layout & 1) != 0,
                                    .period_ns = 1000,
                                    .stack_bytes = (layout & 2) != 0 ? 64u : 0u,
                                    .exact_cpu = true,
                                    .wakeup_pid_offset = data[3]},
                                   std::move(cpus)),
                    collector);
  source.drain_until(TimeNs{int64_t{1} << 32});
  source.drain(true);
  collector.finish(TimeNs{int64_t{1} << 40},
                   {.counted = DurationNs{1000}, .waited = DurationNs{2000}});
  return 0;
}
