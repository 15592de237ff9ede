// What loading a recording costs, by number of samples: opened, decoded, checked and named.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "profile/profile.h"
#include "profile/synthetic.h"

namespace hone::profile {
namespace {

void load(benchmark::State& state) {
  SyntheticSize size;
  size.samples = static_cast<uint32_t>(state.range(0));
  size.nodes = size.samples / 10;
  const std::string path = synthetic_recording(size);
  for (auto _ : state) {
    auto reader = recording::Reader::open(path);
    if (!reader) return state.SkipWithError(reader.error().message.c_str());
    auto profile = Profile::load(*reader, {});
    if (!profile) return state.SkipWithError(profile.error().message.c_str());
    if (profile->samples().size() != size.samples) return state.SkipWithError("samples missing");
    state.counters["stack_nodes"] = static_cast<double>(profile->stacks().size() - 1);
    state.counters["file_bytes"] = static_cast<double>(profile->file_bytes());
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_memory_bytes"] = static_cast<double>(usage.ru_maxrss) * 1024;
  unlink(path.c_str());
}
BENCHMARK(load)->Arg(20'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace hone::profile
