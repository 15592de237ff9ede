// What compiling .eh_frame and walking a stack cost. Goals: 500 ns a FDE, 5 ns a frame.
#include <benchmark/benchmark.h>
#include <ucontext.h>

#include <memory>

#include "unwind/test_support.h"

namespace hone::unwind {
namespace {

std::string large_binary() {
  for (const char* path : {"/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus",
                           "/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6"})
    if (ElfFile(path).ok()) return path;
  return "";
}

void compile_eh_frame(benchmark::State& state) {
  const ElfFile file(large_binary());
  const FrameSection section = file.ok() ? file.section(".eh_frame") : FrameSection{};
  if (!section.bytes) {
    state.SkipWithError("no binary to compile");
    return;
  }
  CompileResult result;
  uint32_t rows = 0, rules = 0;
  for (auto _ : state) {
    OwnedTable table = compile_owned(file.arch(), section);  // checks the table too
    result = table.result;
    rows = table.view.header->row_count;
    rules = table.view.header->rule_count;
    // Memory that was touched goes back outside of the timing, as a cache file's would.
    state.PauseTiming();
    table.memory.reset();
    state.ResumeTiming();
  }
  state.SetLabel(large_binary());
  state.counters["fdes"] = result.fde_count;
  state.counters["rows"] = rows;
  state.counters["rules"] = rules;
  state.counters["table_bytes"] = static_cast<double>(result.table_bytes);
  state.counters["fde_time"] =
      benchmark::Counter(static_cast<double>(result.fde_count) * double(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(compile_eh_frame)->Unit(benchmark::kMillisecond);

void check_table(benchmark::State& state) {
  const ElfFile file(large_binary());
  const OwnedTable table = compile_owned(file.arch(), file.section(".eh_frame"));
  for (auto _ : state) {
    TableView view;
    benchmark::DoNotOptimize(parse_table(table.memory.get(), table.result.table_bytes, &view));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * table.result.table_bytes));
}
BENCHMARK(check_table)->Unit(benchmark::kMillisecond);

#if defined(__x86_64__)
// Frames of differing sizes, without frame pointers: the stack of section 6 of many a profile.
template <int kDepth>
[[gnu::noinline]] int nested(int (*leaf)(void*), void* context) {
  volatile char room[16 * (kDepth % 7) + 8];
  room[0] = static_cast<char>(kDepth);
  int result;
  if constexpr (kDepth == 0)
    result = leaf(context);
  else
    result = nested<kDepth - 1>(leaf, context);
  return result + room[0];
}

int walk_here(void* context) {
  auto& state = *static_cast<benchmark::State*>(context);
  OwnModules own;
  const Modules modules = own.modules();
  auto walker = std::make_unique<Walker>(kNativeArch);
  WalkedFrame frames[256];
  ucontext_t here;
  getcontext(&here);
  const Registers registers = registers_from(here);
  const StackMemory stack = own_stack(registers.value[7]);
  WalkResult result;
  for (auto _ : state) {
    result = walker->walk(registers, stack, modules, frames, 256);
    benchmark::DoNotOptimize(frames);
  }
  if (result.end != WalkEnd::kComplete) state.SkipWithError(text(result.end));
  state.counters["frames"] = result.frame_count;
  state.counters["frame_time"] =
      benchmark::Counter(static_cast<double>(result.frame_count) * double(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  return 0;
}

void walk_warm(benchmark::State& state) {
  benchmark::DoNotOptimize(nested<20>(&walk_here, &state));
}
BENCHMARK(walk_warm);
#endif

}  // namespace
}  // namespace hone::unwind
