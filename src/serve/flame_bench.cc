// What the pages Flame and Functions wait for: answers of the API, without HTTP, of recordings of a
// million stacks and of a hundred thousand functions. The first answer makes what later ones keep.
#include <benchmark/benchmark.h>

#include <optional>

#include "profile/synthetic.h"
#include "serve/api.h"

namespace hone::serve {
namespace {

Result<Library::Loaded> open_recording(const std::string& path) {
  HONE_TRY_ASSIGN(const recording::Reader reader, recording::Reader::open(path));
  HONE_TRY_ASSIGN(profile::Profile loaded, profile::Profile::load(reader, {}));
  return Library::Loaded{std::move(loaded), ""};
}

// Recordings of one size, opened once: two, so that they can be compared.
struct Served {
  Library recordings{&open_recording};
  std::string ids[2];

  explicit Served(const profile::SyntheticSize& size) {
    for (std::string& id : ids) {
      const std::string path = profile::synthetic_recording(size);
      id = recordings.add(path);
      (void)recordings.get(id, INT64_MAX / 4);
      unlink(path.c_str());
    }
  }
};

Served& million_stacks() {
  static Served served({.samples = 1'000'000, .nodes = 1'000'000});
  return served;
}
Served& many_functions() {
  static Served served({.samples = 1'000'000, .nodes = 1'000'000, .functions = 100'000});
  return served;
}

void ask(benchmark::State& state, Served& served, const std::string& question, bool compare,
         bool first) {
  std::optional<Cache> cache;
  Context context;
  context.recordings = &served.recordings;
  context.initial_a = served.ids[0];
  const Request request =
      parse_target("/api/1/" + question + (compare ? "&b=" + served.ids[1] : ""));
  const auto again = [&] {
    cache.emplace();
    context.cache = &*cache;
  };
  again();
  if (!first) benchmark::DoNotOptimize(Api(context).answer(request));
  for (auto _ : state) {
    if (first) {
      state.PauseTiming();
      again();
      state.ResumeTiming();
    }
    const Response answer = Api(context).answer(request);
    if (answer.status != 200) state.SkipWithError(answer.body.c_str());
    state.counters["bytes"] = static_cast<double>(answer.body.size());
  }
}

void flame(benchmark::State& state, const char* question, bool compare, bool first) {
  ask(state, million_stacks(), question, compare, first);
}
void functions(benchmark::State& state, const char* question, bool compare, bool first) {
  ask(state, many_functions(), question, compare, first);
}

BENCHMARK_CAPTURE(flame, first, "flame?weight=cpu", false, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(flame, again, "flame?weight=cpu", false, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(flame, first_compared, "flame?weight=cpu", true, true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(flame, again_compared, "flame?weight=cpu", true, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(flame, first_inverted, "flame?invert=1", false, true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(flame, again_inverted, "flame?invert=1", false, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(flame, first_by_thread, "flame?group=thread", false, true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(flame, in_time, "flame?mode=time&thread=1", false, true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(flame, search, "flame/search?text=function_77", false, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(functions, first, "functions?sort=self", false, true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(functions, first_compared, "functions?sort=delta", true, true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(functions, page, "functions?sort=self&offset=50000", false, false)
    ->Unit(benchmark::kMillisecond);

// Sorted and filtered anew each time, of a table that is kept.
void functions_sorted(benchmark::State& state, const char* question, bool compare) {
  Served& served = many_functions();
  Cache cache;
  Context context;
  context.recordings = &served.recordings;
  context.initial_a = served.ids[0];
  context.cache = &cache;
  const std::string side = compare ? "&b=" + served.ids[1] : "";
  benchmark::DoNotOptimize(Api(context).answer(parse_target("/api/1/functions?x=" + side)));
  uint64_t turn = 0;
  for (auto _ : state) {
    // A filter that nothing keeps, since it is another each time.
    const std::string filter = "&filter=function_" + std::to_string(turn++ % 10'000);
    const Response answer = Api(context).answer(
        parse_target("/api/1/functions?" + std::string(question) + filter + side));
    if (answer.status != 200) state.SkipWithError(answer.body.c_str());
  }
}
BENCHMARK_CAPTURE(functions_sorted, filtered, "sort=total", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(functions_sorted, filtered_compared, "sort=delta", true)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hone::serve
