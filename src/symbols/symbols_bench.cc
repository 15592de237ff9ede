// Resolving the addresses of a program with DWARF: this one, or the one $HONE_BENCH_BINARY names.
// 3,000 addresses spread over its code, as many as a recording of minutes has.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "symbols/kernel.h"
#include "symbols/module_file.h"
#include "symbols/resolve.h"

namespace hone::symbols {
namespace {

constexpr size_t kAddresses = 3000;

struct Subject {
  ModuleSource source;
  std::vector<uint8_t> build_id;
  std::vector<Svma> addresses;
};

const Subject& subject() {
  static const Subject made = [] {
    Subject out;
    const char* named = std::getenv("HONE_BENCH_BINARY");
    out.source.path = named ? named : std::filesystem::read_symlink("/proc/self/exe").string();
    const auto file = open_elf(out.source.path);
    if (!file) return out;
    const auto id = file->image.build_id();
    out.build_id.assign(id.begin(), id.end());
    // The linker of this build may write none; the cache needs one to go by.
    if (out.build_id.empty()) out.build_id.assign(20, 0x5a);
    for (const auto& section : file->image.sections()) {
      if (section.name != ".text") continue;
      const uint64_t step = std::max<uint64_t>(section.memory_bytes / kAddresses, 1);
      for (uint64_t at = 0; at < section.memory_bytes; at += step) {
        out.addresses.push_back(Svma{raw(section.svma) + at});
      }
    }
    return out;
  }();
  return made;
}

void resolve(benchmark::State& state, bool warm, unsigned threads) {
  std::string cache = (std::filesystem::temp_directory_path() / "hone-bench-XXXXXX").string();
  if (!::mkdtemp(cache.data())) return state.SkipWithError("no temporary folder");
  ::setenv("XDG_CACHE_HOME", cache.c_str(), 1);
  ModuleSource source = subject().source;
  const int fd = ::open(source.path.c_str(), O_RDONLY | O_CLOEXEC);
  source.fd = fd;
  source.build_id = subject().build_id;
  const Options options{.use_cache = warm, .threads = threads};
  if (warm) (void)resolve_module(source, subject().addresses, options);
  size_t frames = 0;
  for (auto _ : state) {
    const auto found = resolve_module(source, subject().addresses, options);
    frames = found->frames.size();
    if (found->from_cache != warm) state.SkipWithError("the cache did not do as expected");
  }
  ::close(fd);
  std::filesystem::remove_all(cache);
  state.counters["addresses"] = static_cast<double>(subject().addresses.size());
  state.counters["frames"] = static_cast<double>(frames);
}

void cold(benchmark::State& state) {
  resolve(state, false, 1);
}
void cold_two_threads(benchmark::State& state) {
  resolve(state, false, 2);
}
void warm(benchmark::State& state) {
  resolve(state, true, 1);
}
BENCHMARK(cold)->Unit(benchmark::kMillisecond);
BENCHMARK(cold_two_threads)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(warm)->Unit(benchmark::kMillisecond);

void kallsyms(benchmark::State& state) {
  std::string text;
  char line[64];
  for (uint64_t i = 0; i < 150'000; ++i) {
    std::snprintf(line, sizeof line, "%016lx t a_function_of_the_kernel_%lu\n",
                  0xffffffff81000000 + i * 64, i);
    text += line;
  }
  for (auto _ : state) {
    const auto symbols = KernelSymbols::parse(text);
    benchmark::DoNotOptimize(symbols->empty());
  }
}
BENCHMARK(kallsyms)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hone::symbols
