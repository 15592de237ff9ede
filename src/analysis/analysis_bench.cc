// What the analyses cost, by number of samples, and the whole way from a file to its top 10.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>

#include "analysis/call_tree.h"
#include "analysis/findings.h"
#include "analysis/hot_spots.h"
#include "profile/synthetic.h"

namespace hone::analysis {
namespace {

profile::SyntheticSize size_of(const benchmark::State& state) {
  profile::SyntheticSize size;
  size.samples = static_cast<uint32_t>(state.range(0));
  size.nodes = size.samples / 10;
  return size;
}

Result<profile::Profile> load(const std::string& path) {
  HONE_TRY_ASSIGN(const recording::Reader reader, recording::Reader::open(path));
  return profile::Profile::load(reader, {});
}

void file_to_top_10(benchmark::State& state) {
  const std::string path = profile::synthetic_recording(size_of(state));
  for (auto _ : state) {
    auto profile = load(path);
    if (!profile) return state.SkipWithError(profile.error().message.c_str());
    HotSpots spots = hot_spots(*profile, {}, GroupBy::kFunction, SortBy::kSelf);
    spots.rows.resize(std::min<size_t>(spots.rows.size(), 10));
    benchmark::DoNotOptimize(spots.rows.data());
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_memory_bytes"] = static_cast<double>(usage.ru_maxrss) * 1024;
  unlink(path.c_str());
}

template <class Analysis>
void run(benchmark::State& state, Analysis&& analysis) {
  const std::string path = profile::synthetic_recording(size_of(state));
  auto profile = load(path);
  unlink(path.c_str());
  if (!profile) return state.SkipWithError(profile.error().message.c_str());
  for (auto _ : state) benchmark::DoNotOptimize(analysis(*profile));
}

void by_function(benchmark::State& state) {
  run(state, [](const profile::Profile& p) {
    return hot_spots(p, {}, GroupBy::kFunction, SortBy::kSelf).rows.size();
  });
}
void by_line(benchmark::State& state) {
  run(state, [](const profile::Profile& p) {
    return hot_spots(p, {}, GroupBy::kLine, SortBy::kSelf).rows.size();
  });
}
void tree(benchmark::State& state) {
  run(state,
      [](const profile::Profile& p) { return call_tree(p, {}, TreeRoot::kAll).nodes.size(); });
}
void tree_by_thread(benchmark::State& state) {
  run(state,
      [](const profile::Profile& p) { return call_tree(p, {}, TreeRoot::kThread).nodes.size(); });
}
void inverted(benchmark::State& state) {
  run(state, [](const profile::Profile& p) { return inverted_tree(p, {}).nodes.size(); });
}
void all_findings(benchmark::State& state) {
  run(state, [](const profile::Profile& p) { return findings(p, {}).size(); });
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(20'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->UseRealTime();
}
BENCHMARK(file_to_top_10)->Apply(sizes);
BENCHMARK(by_function)->Apply(sizes);
BENCHMARK(by_line)->Apply(sizes);
BENCHMARK(tree)->Apply(sizes);
BENCHMARK(tree_by_thread)->Apply(sizes);
BENCHMARK(inverted)->Apply(sizes);
BENCHMARK(all_findings)->Apply(sizes);

}  // namespace
}  // namespace hone::analysis
