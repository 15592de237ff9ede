// Walking stacks as a recorder does: from a copy of registers and stack bytes, by the tables of the
// files that are mapped. The stack is one of this program, 20 calls deep below the benchmark's own.
//
//   walk_outside_warm   the same copy again and again
//   walk_outside_cold   copies enough that none is in a cache when its turn comes
#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sys/stat.h>
#include <ucontext.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <vector>

#include "stacks/unwinder.h"

#if defined(__x86_64__)
namespace {

using namespace hone;

constexpr int kDepth = 20;
constexpr size_t kStackBytesMax = 32768;

template <int kLeft>
[[gnu::noinline]] void nested(void (*leaf)(benchmark::State&), benchmark::State& state) {
  volatile char room[16 * (kLeft % 7) + 8];
  room[0] = static_cast<char>(kLeft);
  if constexpr (kLeft == 0)
    leaf(state);
  else
    nested<kLeft - 1>(leaf, state);
  benchmark::DoNotOptimize(room[0]);
}

// The executable mappings of this process.
stacks::AddressSpace own_space(stacks::ModuleStore& store) {
  stacks::AddressSpace space;
  std::FILE* maps = std::fopen("/proc/self/maps", "r");
  if (maps == nullptr) return space;
  char line[4096], path[4096], flags[8];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    uint64_t begin = 0, end = 0, offset = 0;
    path[0] = '\0';
    if (std::sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %4095s", &begin, &end,
                    flags, &offset, path) < 4) {
      continue;
    }
    struct stat file {};
    if (flags[2] != 'x' || path[0] != '/' || ::stat(path, &file) != 0) continue;
    const std::vector<std::string> candidates{path};
    space.map(begin, end - begin, FileOffset{offset},
              store.of_file({.device = file.st_dev, .inode = file.st_ino}, path, candidates));
  }
  std::fclose(maps);
  return space;
}

unwind::Registers registers_of(const ucontext_t& here) {
  // In DWARF's order, the pc last.
  constexpr int kOrder[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                            REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                            REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
  unwind::Registers out;
  for (size_t i = 0; i < std::size(kOrder); ++i)
    out.set(static_cast<uint32_t>(i), static_cast<uint64_t>(here.uc_mcontext.gregs[kOrder[i]]));
  return out;
}

// Bytes from the stack pointer to the end of this thread's stack, or the most that is copied.
size_t stack_bytes(uintptr_t top) {
  pthread_attr_t attr;
  void* start = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return 0;
  pthread_attr_getstack(&attr, &start, &size);
  pthread_attr_destroy(&attr);
  return std::min(kStackBytesMax, reinterpret_cast<uintptr_t>(start) + size - top);
}

// Walks `copies` copies of the stack, in an order that no prefetcher knows.
void walk_copies(benchmark::State& state, size_t copies) {
  stacks::ModuleStore store({});
  const stacks::AddressSpace space = own_space(store);
  ucontext_t here;
  getcontext(&here);
  const unwind::Registers registers = registers_of(here);
  const auto top = static_cast<uintptr_t>(here.uc_mcontext.gregs[REG_RSP]);
  const size_t size = stack_bytes(top);
  std::vector<uint8_t> bytes(copies * size);
  for (size_t i = 0; i < copies; ++i)
    std::memcpy(bytes.data() + i * size, reinterpret_cast<const void*>(top), size);

  stacks::Unwinder unwinder(store);
  size_t frames = 0, walks = 0, at = 0;
  unwind::WalkEnd end{};
  for (auto _ : state) {
    at = (at + 7919) % copies;
    const auto stack =
        unwinder.unwind(space, {.registers = registers, .stack = {bytes.data() + at * size, size}},
                        stacks::Method::kDwarf);
    frames = stack.frames.size();
    end = stack.end;
    ++walks;
  }
  if (end != unwind::WalkEnd::kComplete) state.SkipWithError(unwind::text(end));
  state.counters["frames"] = static_cast<double>(frames);
  state.counters["frame_time"] =
      benchmark::Counter(static_cast<double>(frames) * static_cast<double>(walks),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void walk_outside_warm(benchmark::State& state) {
  nested<kDepth>([](benchmark::State& s) { walk_copies(s, 1); }, state);
}
BENCHMARK(walk_outside_warm);

void walk_outside_cold(benchmark::State& state) {
  constexpr size_t kCopies = 8192;  // some 100 MB
  nested<kDepth>([](benchmark::State& s) { walk_copies(s, kCopies); }, state);
}
BENCHMARK(walk_outside_cold);

}  // namespace
#endif
