// What windows of many spans cost: making the levels, and bars of random windows at all zooms, of
// all threads together. HONE_BENCH_SPANS=50000000 for the figures that the timeline is built to:
// ready in well under a second, no request above 20 ms on two cores, at most 3 bytes a span.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "profile/profile.h"
#include "profile/span_window.h"
#include "profile/synthetic_spans.h"

namespace hone::profile {
namespace {

constexpr int64_t kStart = kSyntheticSpansStart;

// Written by a process of its own, whose memory is not ours.
std::string recording_of(uint64_t spans, uint32_t threads) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/hone-levels-XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) return {};
  close(fd);
  const pid_t child = fork();
  if (child == 0) _exit(write_synthetic_spans(path, spans, threads) ? 0 : 1);
  int status = 1;
  if (child > 0) waitpid(child, &status, 0);
  if (status == 0) return path;
  unlink(path.c_str());
  return {};
}

struct Loaded {
  Profile profile;
  TimeNs last{};
};

const Loaded* loaded(uint64_t spans, uint32_t threads) {
  static std::map<uint32_t, std::unique_ptr<Loaded>> all;
  std::unique_ptr<Loaded>& one = all[threads];
  if (one) return one.get();
  all.clear();  // one at a time in memory
  const std::string path = recording_of(spans, threads);
  auto reader = recording::Reader::open(path);
  if (!reader) return nullptr;
  auto profile = Profile::load(*reader, {});
  unlink(path.c_str());
  if (!profile) return nullptr;
  all[threads] = std::make_unique<Loaded>(Loaded{std::move(*profile)});
  Loaded& out = *all[threads];
  SpanReader reader_of(out.profile.instrumentation().spans);
  for (const Spans::OfThread& part : reader_of.threads()) {
    out.last = std::max(out.last, reader_of.end(part.first + part.count - 1));
  }
  return &out;
}

uint64_t span_count() {
  const char* const text = std::getenv("HONE_BENCH_SPANS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 2'000'000;
}

void add_memory(benchmark::State& state) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_memory_bytes"] = static_cast<double>(usage.ru_maxrss) * 1024;
}

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void make_levels(benchmark::State& state) {
  const Loaded* const of = loaded(span_count(), static_cast<uint32_t>(state.range(0)));
  if (of == nullptr) return state.SkipWithError("no recording");
  const Spans& spans = of->profile.instrumentation().spans;
  for (auto _ : state) {
    const PackedSpanSource source(spans, 0);
    const SpanLevels levels = SpanLevels::of(source, 2);
    state.counters["bytes_a_span"] =
        static_cast<double>(levels.bytes()) / static_cast<double>(spans.size());
  }
  state.counters["spans"] = static_cast<double>(spans.size());
  add_memory(state);
}

// Of both threads, for a request of 20 ms.
constexpr int64_t kCostNs = 9'000'000;

uint64_t bars_of_all(const SpanLevels& levels, const SpanSource& source, SpanWindow window,
                     uint32_t& fold_most) {
  std::vector<size_t> parts(levels.part_count());
  std::iota(parts.begin(), parts.end(), size_t{0});
  window.fold = fold_within(levels, parts, window, kCostNs);
  fold_most = std::max(fold_most, window.fold);
  std::atomic<size_t> next{0};
  std::atomic<uint64_t> bars{0};
  const auto work = [&] {
    for (size_t part = next++; part < levels.part_count(); part = next++) {
      bars += span_bars(levels, source, part, window).size();
    }
  };
  const std::jthread other(work);
  work();
  return bars;
}

// Windows of so many buckets at random places; each zoom as often as any other.
void draw_windows(benchmark::State& state) {
  const Loaded* const of = loaded(span_count(), static_cast<uint32_t>(state.range(0)));
  if (of == nullptr) return state.SkipWithError("no recording");
  const Spans& spans = of->profile.instrumentation().spans;
  const SpanLevels levels = SpanLevels::of(PackedSpanSource(spans, 0), 2);
  const PackedSpanSource source(spans);
  std::mt19937_64 random(1);
  const auto buckets = static_cast<uint32_t>(state.range(1));
  const int64_t length = raw(of->last) - kStart;
  unsigned top = 0;
  while ((int64_t{buckets} << top) < length) ++top;
  std::vector<double> each(1, 0), cpu;
  uint32_t fold_most = 1;
  uint64_t bars_most = 0;
  unsigned worst_step = 0;
  for (auto _ : state) {
    SpanWindow window{.step = static_cast<unsigned>(random() % (top + 1)), .buckets = buckets};
    window.begin = TimeNs{kStart + static_cast<int64_t>(random() % static_cast<uint64_t>(length))};
    if (window.step == top) window.begin = TimeNs{kStart};
    const auto before = std::chrono::steady_clock::now();
    const double cpu_before = cpu_ms();
    const uint64_t bars = bars_of_all(levels, source, window, fold_most);
    cpu.push_back(cpu_ms() - cpu_before);
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - before;
    bars_most = std::max(bars_most, bars);
    if (took.count() > *std::max_element(each.begin(), each.end())) worst_step = top - window.step;
    each.push_back(took.count());
  }
  std::sort(each.begin(), each.end());
  state.counters["p50_ms"] = each[each.size() / 2];
  state.counters["p99_ms"] = each[each.size() * 99 / 100];
  state.counters["worst_ms"] = each.back();
  state.counters["worst_zoom"] = worst_step;
  // Of both threads: what holds on a machine that others use too.
  state.counters["worst_cpu_ms"] = *std::max_element(cpu.begin(), cpu.end());
  state.counters["fold_most"] = fold_most;
  state.counters["bars_most"] = static_cast<double>(bars_most);
  add_memory(state);
}

BENCHMARK(make_levels)->Arg(8)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(draw_windows)
    ->ArgsProduct({{8}, {1024, 2048, 8192}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(make_levels)->Arg(200)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(draw_windows)
    ->ArgsProduct({{200}, {1024, 2048}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace hone::profile
