// What exporting to the formats of other tools costs: spans of two threads, in trees of three
// levels, and samples. Goals: 200 MB of Chrome's format a second, two million spans a second of
// Perfetto's. Ten million spans: benchmarks/run export.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "exchange/export.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::exchange {
namespace {

profile::Profile profile_of_spans(int64_t count) {
  profile::Tables tables = profile::tables_of_text(R"(
    @thread a process=app tid=4211
    @thread b process=app tid=4212
    main 1
  )");
  for (const char* name : {"Render::Frame", "Physics::World::step", "Physics::narrow"}) {
    const auto text = StringId{tables.append(recording::StringRow{.text = name})};
    tables.append(recording::SiteRow{.name = text, .kind = 1, .level = 3});
  }
  int64_t time = 1'000'000'000;
  for (int64_t i = 0; i < count; i += 8) {
    for (const uint32_t thread : {1u, 2u}) {
      const auto put = [&](uint32_t site, uint8_t depth, int64_t end, int64_t duration) {
        tables.append(recording::SpanRow{.thread = ThreadId{thread},
                                         .end = TimeNs{end},
                                         .duration = DurationNs{duration},
                                         .site = SiteId{site},
                                         .depth = depth});
      };
      put(3, 2, time + 400, 300);
      put(3, 2, time + 900, 400);
      put(2, 1, time + 1000, 950);
      put(1, 0, time + 1500, 1500);
    }
    time += 2017;
  }
  auto loaded = profile::Loader::build(std::move(tables), nullptr);
  return std::move(*loaded);
}

// As many of waits, uses of locks, spans of a GPU and marks of pools.
profile::Profile profile_of_marks(int64_t count) {
  profile::Tables tables = profile::tables_of_text(R"(
    @thread a process=app tid=4211
    @thread b process=app tid=4212
    main;step;lock 1
  )");
  const auto text = StringId{tables.append(recording::StringRow{.text = "Render::queue"})};
  tables.append(recording::SiteRow{.name = text, .kind = 6, .level = 4});
  tables.append(recording::GpuQueueRow{.thread = ThreadId{1}, .number = 1, .name = text});
  for (int64_t i = 0; i < count; i += 4) {
    const TimeNs time{1'000'000'000 + i * 500};
    const ThreadId thread{static_cast<uint32_t>(1 + i / 4 % 2)};
    tables.append(recording::WaitRow{.time = time,
                                     .until = time + DurationNs{900},
                                     .thread = thread,
                                     .duration = DurationNs{900},
                                     .count = 1,
                                     .stack = StackId{3}});
    tables.append(recording::LockRow{.thread = thread,
                                     .end = time + DurationNs{1500},
                                     .wait = DurationNs{700},
                                     .hold = DurationNs{500},
                                     .site = SiteId{1},
                                     .lock = 0x7ffe1230});
    tables.append(recording::GpuSpanRow{.queue = GpuQueueId{1},
                                        .start = time,
                                        .end = time + DurationNs{1999},
                                        .site = SiteId{1},
                                        .thread = thread,
                                        .issued = TimeNs{raw(time) - 5000}});
    tables.append(recording::AllocationRow{
        .thread = thread,
        .time = time,
        .site = SiteId{1},
        .kind = static_cast<uint8_t>(i / 4 % 64 < 32 ? recording::kAllocated : recording::kFreed),
        .address = 0x1000 + static_cast<uint64_t>(i / 4 % 32 * 64),
        .bytes = 64});
  }
  auto loaded = profile::Loader::build(std::move(tables), nullptr);
  return std::move(*loaded);
}

profile::Profile profile_of_samples(int64_t count) {
  return profile::profile_of_text(
      "@thread main process=app tid=1\n"
      "main@a.cc:1;step@a.cc:9;solve@b.cc:7 " +
      std::to_string(count / 2) + "\nmain@a.cc:1;draw@c.cc:3 " + std::to_string(count - count / 2) +
      "\n");
}

int64_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

void export_profile(benchmark::State& state, const profile::Profile& profile,
                    std::string_view format) {
  const int fd = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  uint64_t bytes = 0;
  for (auto _ : state) {
    Output out = Output::to_descriptor(fd);
    const auto done = find_format(format)->write(profile, {}, out);
    if (!done) return state.SkipWithError(done.error().message.c_str());
    bytes = out.bytes();
  }
  ::close(fd);
  state.SetItemsProcessed(state.range(0) * state.iterations());
  state.SetBytesProcessed(static_cast<int64_t>(bytes) * state.iterations());
  state.counters["bytes_each"] = static_cast<double>(bytes) / static_cast<double>(state.range(0));
  state.counters["peak_memory_bytes"] = static_cast<double>(peak_bytes());
}
void export_spans(benchmark::State& state, std::string_view format) {
  export_profile(state, profile_of_spans(state.range(0)), format);
}
void export_marks(benchmark::State& state, std::string_view format) {
  export_profile(state, profile_of_marks(state.range(0)), format);
}
void export_samples(benchmark::State& state, std::string_view format) {
  export_profile(state, profile_of_samples(state.range(0)), format);
}
BENCHMARK_CAPTURE(export_marks, chrome, "chrome")->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(export_marks, perfetto, "perfetto")
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(export_spans, chrome, "chrome")
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(export_spans, perfetto, "perfetto")
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(export_spans, speedscope, "speedscope")
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(export_spans, firefox, "firefox")->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(export_samples, perfetto, "perfetto")
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(export_samples, pprof, "pprof")->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hone::exchange
