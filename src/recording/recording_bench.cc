// What recording and reading cost: a stack interned, a second flushed, a million samples read.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "recording/reader.h"
#include "recording/synthetic.h"

namespace hone::recording {
namespace {

class BenchFile {
 public:
  BenchFile() {
    const char* folder = std::getenv("TMPDIR");
    path_ = std::string(folder ? folder : "/tmp") + "/hone-bench-" + std::to_string(::getpid());
  }
  ~BenchFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Stacks of 40 frames, of which the outer 30 are those of the stack before. Hot: all are known.
void intern_stack(benchmark::State& state) {
  const BenchFile file;
  Builder builder(std::move(*Writer::create(file.path(), {})));
  constexpr size_t kStacks = 1000;
  std::vector<std::vector<FrameId>> stacks(kStacks, std::vector<FrameId>(40));
  for (size_t i = 0; i < kStacks; ++i) {
    for (size_t d = 0; d < 40; ++d) {
      const uint64_t key = d < 10 ? SyntheticRun::hash(i * 40 + d) % 5000 : 5000 + d;
      stacks[i][d] = builder.frame(ModuleId{1}, key);
    }
  }
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(builder.stack(stacks[i++ % kStacks]));
}
BENCHMARK(intern_stack);

void intern_frame(benchmark::State& state) {
  const BenchFile file;
  Builder builder(std::move(*Writer::create(file.path(), {})));
  uint64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(builder.frame(ModuleId{1}, SyntheticRun::hash(i++ % 20'000)));
  }
}
BENCHMARK(intern_frame);

void intern_string(benchmark::State& state) {
  const BenchFile file;
  Builder builder(std::move(*Writer::create(file.path(), {})));
  std::vector<std::string> names;
  for (uint64_t i = 0; i < 5000; ++i) names.push_back(synthetic_name(i));
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(builder.string(names[i++ % names.size()]));
}
BENCHMARK(intern_string);

// A compiler's run of five seconds, from interning to the end mark; the argument is zstd's level.
void record_compiler(benchmark::State& state) {
  const BenchFile file;
  SyntheticFacts facts;
  for (auto _ : state) {
    facts =
        write_synthetic(file.path(), {}, {.compression_level = static_cast<int>(state.range(0))});
  }
  state.counters["file_bytes"] = static_cast<double>(facts.bytes);
  state.counters["stacks"] = static_cast<double>(facts.stacks);
}
BENCHMARK(record_compiler)->Arg(1)->Arg(3)->Arg(9)->Arg(19)->Unit(benchmark::kMillisecond);

void read_million(benchmark::State& state) {
  const BenchFile file;
  {
    Builder out(std::move(*Writer::create(file.path(), {})));
    int64_t time = 0;
    for (uint32_t i = 0; i < 1'000'000; ++i) {
      time += 1'003'009 + static_cast<int64_t>(SyntheticRun::hash(i) % 20'000);
      out.append(SampleRow{
          .time = TimeNs{time},
          .thread = ThreadId{1 + i % 8},
          .stack = StackId{1 + static_cast<uint32_t>(SyntheticRun::hash(i / 3) % 500'000)},
          .weight = DurationNs{1'003'009},
          .cpu = static_cast<uint16_t>(i % 16)});
    }
    for (uint32_t i = 0; i < 500'000; ++i) {
      out.append(
          StackRow{.parent = StackId{i - static_cast<uint32_t>(
                                             SyntheticRun::hash(i) % 4 ? 0 : i % 1000 % (i + 1))},
                   .frame = FrameId{static_cast<uint32_t>(SyntheticRun::hash(i) % 60'000)}});
    }
    if (!out.writer().finish()) return state.SkipWithError("cannot write");
  }
  for (auto _ : state) {
    const auto reader = Reader::open(file.path());
    const auto samples = reader->columns(Table::kSamples);
    const auto stacks = reader->columns(Table::kStacks);
    if (!samples || !stacks || samples->row_count != 1'000'000) {
      return state.SkipWithError("cannot read");
    }
  }
}
BENCHMARK(read_million)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace hone::recording
