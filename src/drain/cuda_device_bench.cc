// What a span of a CUDA stream (hone/cuda.h) costs beside the driver's own calls: the driver here
// does nothing, and takes next to no time. Times are of 512 spans where they are manual.
#define HONE_ENABLE
#include <benchmark/benchmark.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "drain/spans.h"
#include "guest/runtime/runtime.h"
#include "hone/cuda.h"

namespace hone::drain::cuda_bench {
namespace {

constexpr int kBatch = 512;  // fewer than there are events for
void* const kStream = reinterpret_cast<void*>(0x10);

int nothing() {
  return 0;
}
int set_handle(void** out) {
  *out = reinterpret_cast<void*>(0x20);
  return 0;
}
int set_number(int* out) {
  *out = 0;
  return 0;
}
int set_name(char* out) {
  std::strcpy(out, "nothing");
  return 0;
}
int is_capturing(void*, int* status) {
  *status = 0;
  return 0;
}
int elapsed(float* ms, void*, void*) {
  *ms = 1;
  return 0;
}

cuda::Function find(const char* name) {
  struct Call {
    const char* name;
    cuda::Function function;
  };
  const auto call = [](auto* function) { return reinterpret_cast<cuda::Function>(function); };
  static const std::array kCalls = {Call{"cuCtxGetCurrent", call(&set_handle)},
                                    Call{"cuCtxGetDevice", call(&set_number)},
                                    Call{"cuDeviceGetName", call(&set_name)},
                                    Call{"cuDeviceGetAttribute", call(&set_number)},
                                    Call{"cuEventCreate", call(&set_handle)},
                                    Call{"cuStreamCreate", call(&set_handle)},
                                    Call{"cuStreamIsCapturing", call(&is_capturing)},
                                    Call{"cuEventElapsedTime", call(&elapsed)}};
  for (const Call& each : kCalls) {
    if (std::strcmp(each.name, name) == 0) return each.function;
  }
  return call(&nothing);
}

// Somebody who records this program.
class Recorder {
 public:
  Recorder() {
    auto opened = SpanRings::open(base::UniqueFd{::dup(runtime::memory.descriptor)});
    if (!opened) return;
    rings_.emplace(std::move(*opened));
    if (rings_->own(::getpid())) rings_->ask(UINT64_MAX, "", "");
  }
  ~Recorder() {
    if (rings_) rings_->stop();
  }
  void read() {
    rings_->read([](SpanBatch&) { return true; });
  }
  bool is_there() const { return rings_.has_value(); }

 private:
  std::optional<SpanRings> rings_;
};

// Of this thread's CPU time, so that others on the machine do not count.
double seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void span(cuda::Device& gpu) {
  HONE_CUDA_SPAN(gpu, kStream, "span");
  benchmark::ClobberMemory();
}

cuda::Setup setup() {
  cuda::Setup out;
  out.find = &find;
  return out;
}

void nobody_records(benchmark::State& state) {
  cuda::Device gpu;
  gpu.open(setup());
  for (auto _ : state) span(gpu);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(nobody_records);

// The calls that a span makes of the driver: two events, and two looks whether it is captured.
void calls_of_the_driver_alone(benchmark::State& state) {
  cuda::detail::Calls calls = {};
  if (!calls.find(&find)) return state.SkipWithError("no driver");
  int status = 0;
  for (auto _ : state) {
    for (int end = 0; end < 2; ++end) {
      benchmark::DoNotOptimize(calls.is_capturing(kStream, &status));
      benchmark::DoNotOptimize(calls.record(kStream, kStream));
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(calls_of_the_driver_alone);

// `collects`: what is timed is that, and not the spans.
void measure(benchmark::State& state, bool collects) {
  Recorder recorder;
  cuda::Device gpu;
  if (!recorder.is_there() || !gpu.open(setup())) return state.SkipWithError("no recorder");
  for (auto _ : state) {
    const double begin = seconds();
    for (int i = 0; i < kBatch; ++i) span(gpu);
    const double between = seconds();
    gpu.collect();
    const double end = seconds();
    state.SetIterationTime(collects ? end - between : between - begin);
    recorder.read();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
  if (gpu.left_out() > 0) state.SkipWithError("spans were left out");
}
void span_recorded(benchmark::State& state) {
  measure(state, false);
}
BENCHMARK(span_recorded)->UseManualTime();
void span_collected(benchmark::State& state) {
  measure(state, true);
}
BENCHMARK(span_collected)->UseManualTime();

}  // namespace
}  // namespace hone::drain::cuda_bench
