// What others take to walk the same kind of stack as unwind_bench's: 22 frames or so of differing
// sizes, without frame pointers, warm. libunwind (its cached backtrace, and step by step), libgcc's
// unwinder, and libdw on a copy of the stack, as a profiler would use it from outside.
#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <cstring>
#include <vector>

#if HONE_HAVE_LIBUNWIND
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#endif

namespace {

constexpr int kDepth = 20;
constexpr int kFramesMax = 64;

void set_counters(benchmark::State& state, int frames) {
  state.counters["frames"] = frames;
  state.counters["frame_time"] =
      benchmark::Counter(static_cast<double>(frames) * double(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

using Leaf = int (*)(benchmark::State&);

template <int kLeft>
[[gnu::noinline]] int nested(Leaf leaf, benchmark::State& state) {
  volatile char room[16 * (kLeft % 7) + 8];
  room[0] = static_cast<char>(kLeft);
  int result;
  if constexpr (kLeft == 0)
    result = leaf(state);
  else
    result = nested<kLeft - 1>(leaf, state);
  return result + room[0];
}

#if HONE_HAVE_LIBUNWIND
int libunwind_backtrace_leaf(benchmark::State& state) {
  void* frames[kFramesMax];
  int count = 0;
  for (auto _ : state) benchmark::DoNotOptimize(count = unw_backtrace(frames, kFramesMax));
  set_counters(state, count);
  return 0;
}

int libunwind_step_leaf(benchmark::State& state) {
  int count = 0;
  for (auto _ : state) {
    unw_context_t context;
    unw_cursor_t cursor;
    unw_getcontext(&context);
    unw_init_local(&cursor, &context);
    count = 1;
    while (unw_step(&cursor) > 0) ++count;
  }
  set_counters(state, count);
  return 0;
}

void libunwind_backtrace(benchmark::State& state) {
  benchmark::DoNotOptimize(nested<kDepth>(&libunwind_backtrace_leaf, state));
}
BENCHMARK(libunwind_backtrace);

void libunwind_step(benchmark::State& state) {
  benchmark::DoNotOptimize(nested<kDepth>(&libunwind_step_leaf, state));
}
BENCHMARK(libunwind_step);
#endif

_Unwind_Reason_Code count_frame(_Unwind_Context*, void* count) {
  ++*static_cast<int*>(count);
  return _URC_NO_REASON;
}

int libgcc_leaf(benchmark::State& state) {
  // By name from the library itself: libunwind has a function of the same name.
  void* library = dlopen("libgcc_s.so.1", RTLD_NOW);
  const auto walk =
      library == nullptr
          ? nullptr
          : reinterpret_cast<decltype(&_Unwind_Backtrace)>(dlsym(library, "_Unwind_Backtrace"));
  if (walk == nullptr) {
    state.SkipWithError("no libgcc_s.so.1");
    return 0;
  }
  int count = 0;
  for (auto _ : state) {
    count = 0;
    walk(&count_frame, &count);
  }
  set_counters(state, count);
  return 0;
}

void libgcc_backtrace(benchmark::State& state) {
  benchmark::DoNotOptimize(nested<kDepth>(&libgcc_leaf, state));
}
BENCHMARK(libgcc_backtrace);

#if defined(__x86_64__)
// A sample as a profiler has it: the registers and a copy of the stack above them.
struct Sample {
  Dwarf_Word registers[17];  // in DWARF's order; [16] is the pc
  std::vector<char> stack;
};

pid_t next_thread(Dwfl*, void* sample, void** thread) {
  if (*thread != nullptr) return 0;
  *thread = sample;
  return getpid();
}

bool read_memory(Dwfl*, Dwarf_Addr address, Dwarf_Word* result, void* argument) {
  const auto& sample = *static_cast<Sample*>(argument);
  const Dwarf_Addr base = sample.registers[7];
  if (address < base || address - base + sizeof *result > sample.stack.size()) return false;
  std::memcpy(result, sample.stack.data() + (address - base), sizeof *result);
  return true;
}

bool set_registers(Dwfl_Thread* thread, void* argument) {
  const auto& sample = *static_cast<Sample*>(argument);
  return dwfl_thread_state_registers(thread, 0, 17, sample.registers);
}

int count_dwfl_frame(Dwfl_Frame* frame, void* count) {
  Dwarf_Addr pc = 0;
  if (!dwfl_frame_pc(frame, &pc, nullptr)) return DWARF_CB_ABORT;
  return ++*static_cast<int*>(count) < kFramesMax ? DWARF_CB_OK : DWARF_CB_ABORT;
}

Sample sample_here() {
  Sample sample{};
  ucontext_t here;
  getcontext(&here);
  const auto& r = here.uc_mcontext.gregs;
  const greg_t order[] = {r[REG_RAX], r[REG_RDX], r[REG_RCX], r[REG_RBX], r[REG_RSI], r[REG_RDI],
                          r[REG_RBP], r[REG_RSP], r[REG_R8],  r[REG_R9],  r[REG_R10], r[REG_R11],
                          r[REG_R12], r[REG_R13], r[REG_R14], r[REG_R15], r[REG_RIP]};
  for (size_t i = 0; i < 17; ++i) sample.registers[i] = static_cast<Dwarf_Word>(order[i]);
  constexpr size_t kStackBytes = 8192;  // enough for this stack, far below what lies above it
  sample.stack.resize(kStackBytes);
  std::memcpy(sample.stack.data(), reinterpret_cast<void*>(r[REG_RSP]), kStackBytes);
  return sample;
}

int libdw_leaf(benchmark::State& state) {
  Sample sample = sample_here();
  static const Dwfl_Callbacks kFinders = {dwfl_linux_proc_find_elf, dwfl_standard_find_debuginfo,
                                          dwfl_offline_section_address, nullptr};
  static const Dwfl_Thread_Callbacks kThread = {next_thread,   nullptr, read_memory,
                                                set_registers, nullptr, nullptr};
  Dwfl* dwfl = dwfl_begin(&kFinders);
  int count = 0;
  if (dwfl_linux_proc_report(dwfl, getpid()) == 0 && dwfl_report_end(dwfl, nullptr, nullptr) == 0 &&
      dwfl_attach_state(dwfl, nullptr, getpid(), &kThread, &sample)) {
    dwfl_getthread_frames(dwfl, getpid(), count_dwfl_frame, &count);  // reads the CFI
    for (auto _ : state) {
      count = 0;
      dwfl_getthread_frames(dwfl, getpid(), count_dwfl_frame, &count);
    }
    set_counters(state, count);
  } else {
    state.SkipWithError("libdw cannot attach");
  }
  dwfl_end(dwfl);
  return 0;
}

void libdw_from_outside(benchmark::State& state) {
  benchmark::DoNotOptimize(nested<kDepth>(&libdw_leaf, state));
}
BENCHMARK(libdw_from_outside);
#endif

}  // namespace
