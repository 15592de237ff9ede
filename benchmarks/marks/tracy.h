// How spans.cc and span_tree.cc mark with Tracy, which another process reads over a socket.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <tracy/Tracy.hpp>

#define HONE_BENCH_SPAN(name) ZoneScopedN(name)
// It has no names for a span's values.
#define HONE_BENCH_SPAN_ARGUMENTS(name, count, kind) \
  ZoneScopedN(name);                                 \
  ZoneValue(static_cast<uint64_t>(count));           \
  ZoneValue(static_cast<uint64_t>(kind))
#define HONE_BENCH_PLOT(name, value) TracyPlot(name, static_cast<int64_t>(value))
#define HONE_BENCH_MESSAGE(text) TracyMessageL(text)
#define HONE_BENCH_ALLOCATE(pointer, bytes) TracyAllocN(pointer, bytes, "pool")
#define HONE_BENCH_FREE(pointer) TracyFreeN(pointer, "pool")
#define HONE_BENCH_LOCK(type, variable) TracyLockable(type, variable)
#define HONE_BENCH_LOCK_TYPE(type) LockableBase(type)

namespace hone_bench {

inline bool marks_are_on() {
  return TracyIsConnected;
}

inline void start_marks() {
  constexpr int kTriesMax = 10'000;
  if (getenv("HONE_BENCH_OFF")) return;
  for (int i = 0; i < kTriesMax && !marks_are_on(); ++i) usleep(1000);
}

// Its queue grows without end; nothing says how much is in it.
inline void settle_marks(bool is_sustained) {
  if (!is_sustained && marks_are_on()) usleep(10'000);
}
// With TRACY_NO_EXIT in the environment it waits at the end until all was read.
inline void stop_marks() {}
inline long marks_lost() {
  return -1;
}

}  // namespace hone_bench
