#include "drain/span_cost.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/host/clock.h"
#include "drain/tick_clock.h"
#include "hone/layout.h"

namespace hone::drain {
namespace {

// The quickest of many short batches: what a machine costs that does nothing else meanwhile.
constexpr int kBatches = 60, kBatchesOfSlowClock = 6;
constexpr int kSpansOfBatch = 1000;
constexpr size_t kSlots = 4096;  // of a ring that is in the cache, as a thread's is

// The memory of a thread, as far as a span touches it.
struct Memory {
  std::array<hone_slot, kSlots> slots{};
  std::array<hone_open_span, 4> open{};
  uint64_t head = 0, last = 0;
  uint32_t depth = 0;
  uint32_t state = HONE_ON, word = 2;
  int32_t left = INT32_MAX;
};

uint64_t system_clock_ns() {
  timespec now{};
  // As the runtime reads it, which has no vDSO.
  ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

template <bool kCounter>
uint64_t read_clock() {
  return kCounter ? counter_now() : system_clock_ns();
}

void put(Memory& memory, uint64_t first, uint64_t second) {
  uint64_t index = 1;
#if defined(__x86_64__)
  __asm__ volatile("xaddq %0, %1" : "+r"(index), "+m"(memory.head) : : "cc");
#else
  index = __atomic_fetch_add(&memory.head, 1, __ATOMIC_RELAXED);
#endif
  hone_slot& slot = memory.slots[index & (kSlots - 1)];
  __atomic_store_n(&slot.first, first, __ATOMIC_RELAXED);
  __atomic_store_n(&slot.second, second | (index / kSlots & 3), __ATOMIC_RELEASE);
}

// As hone_begin() and hone_end() go; its duration.
template <bool kCounter, bool kChained>
__attribute__((always_inline)) inline uint64_t span(Memory& memory) {
  const uint64_t start = kChained ? memory.last : read_clock<kCounter>();
  const uint32_t depth = memory.depth;
  memory.depth = depth + 1;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  hone_open_span& open = memory.open[depth & 3];
  open.start = start;
  open.word = depth << 4;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  const uint64_t end = read_clock<kCounter>();
  const uint64_t duration = end - start;
  put(memory, end, open.word | duration << 32);
  memory.last = end;
  __atomic_signal_fence(__ATOMIC_RELEASE);
  memory.depth = depth;
  return duration;
}

// Ticks of the program's clock.
struct Ticks {
  double span = 0, inside = 0, mark = 0, lock = 0, counted = 0;
};

// As hone_begin() goes for a span of a hot place that is not timed.
__attribute__((always_inline)) inline bool count(Memory& memory) {
  const uint32_t state = __atomic_load_n(&memory.state, __ATOMIC_RELAXED);
  const uint32_t word = __atomic_load_n(&memory.word, __ATOMIC_RELAXED);
  if (state != HONE_ON || word - 2 >= HONE_HOT_MAX) return false;
  const int32_t left = __atomic_load_n(&memory.left, __ATOMIC_RELAXED) - 1;
  __atomic_store_n(&memory.left, left, __ATOMIC_RELAXED);
  return left > 0;
}

template <bool kCounter, bool kChained>
Ticks measure() {
  Memory memory;
  const double most = std::numeric_limits<double>::max();
  Ticks best{.span = most, .mark = most, .lock = most, .counted = most};
  for (int batch = 0; batch < (kCounter ? kBatches : kBatchesOfSlowClock); ++batch) {
    uint64_t inside = 0;
    memory.last = read_clock<kCounter>();
    const uint64_t from = memory.last;
    for (int i = 0; i < kSpansOfBatch; ++i) inside += span<kCounter, kChained>(memory);
    const uint64_t middle = read_clock<kCounter>();
    for (int i = 0; i < kSpansOfBatch; ++i) {
      const uint64_t ticks = read_clock<kCounter>();
      put(memory, 0, HONE_TYPE_REST);
      put(memory, ticks, HONE_TYPE_MARK);
    }
    const uint64_t between = read_clock<kCounter>();
    for (int i = 0; i < kSpansOfBatch; ++i) {
      const uint64_t obtained = read_clock<kCounter>();
      const uint64_t end = read_clock<kCounter>();
      put(memory, end - obtained, HONE_TYPE_REST);
      put(memory, 0, HONE_TYPE_REST);
      put(memory, end, HONE_TYPE_MARK);
    }
    const uint64_t until = read_clock<kCounter>();
    for (int i = 0; i < kSpansOfBatch; ++i) {
      if (!count(memory)) memory.left = INT32_MAX;
    }
    const uint64_t counted = read_clock<kCounter>();
    const double whole = static_cast<double>(middle - from) / kSpansOfBatch;
    if (whole < best.span) {
      best.span = whole;
      best.inside = std::min(whole, static_cast<double>(inside) / kSpansOfBatch);
    }
    best.mark = std::min(best.mark, static_cast<double>(between - middle) / kSpansOfBatch);
    best.lock = std::min(best.lock, static_cast<double>(until - between) / kSpansOfBatch);
    best.counted = std::min(best.counted, static_cast<double>(counted - until) / kSpansOfBatch);
  }
  return best;
}

SpanCosts measure_costs(bool counter, bool chained) {
  const ClockPair before = read_clock_pair();
  const Ticks ticks = counter   ? chained ? measure<true, true>() : measure<true, false>()
                        : chained ? measure<false, true>()
                                : measure<false, false>();
  const ClockPair after = read_clock_pair();
  double ns_per_tick = 1;
  if (counter) {
    if (after.ticks <= before.ticks) return {};
    ns_per_tick = static_cast<double>(raw(after.time - before.time)) /
                  static_cast<double>(after.ticks - before.ticks);
  }
  return {.span_ns = ticks.span * ns_per_tick,
          .in_parent_ns = (ticks.span - ticks.inside) * ns_per_tick,
          .mark_ns = ticks.mark * ns_per_tick,
          .lock_ns = ticks.lock * ns_per_tick,
          .counted_ns = ticks.counted * ns_per_tick};
}

template <bool kCounter, bool kChained>
const SpanCosts& costs_once() {
  static const SpanCosts kCosts = measure_costs(kCounter, kChained);
  return kCosts;
}

}  // namespace

SpanCosts span_costs(uint32_t clock) {
  const bool chained = (clock & HONE_CLOCK_CHAINED) != 0;
  if ((clock & HONE_CLOCK_COUNTER) != 0) {
    return chained ? costs_once<true, true>() : costs_once<true, false>();
  }
  return chained ? costs_once<false, true>() : costs_once<false, false>();
}

std::string clock_name(uint32_t clock) {
  std::string out = "CLOCK_MONOTONIC";
#if defined(__x86_64__)
  if ((clock & HONE_CLOCK_COUNTER) != 0) out = "tsc";
#elif defined(__aarch64__)
  if ((clock & HONE_CLOCK_COUNTER) != 0) out = "cntvct";
#endif
  return out + ((clock & HONE_CLOCK_CHAINED) != 0 ? ", chained" : "");
}

std::vector<std::pair<std::string, std::string>> span_cost_facts(uint32_t clock) {
  if (clock == 0) return {};  // no program was recorded
  const SpanCosts costs = span_costs(clock);
  if (!(costs.span_ns > 0)) return {};
  return {{"cost.span_ns", fmt::format("{:.1f}", costs.span_ns)},
          {"cost.span_in_parent_ns", fmt::format("{:.1f}", costs.in_parent_ns)},
          {"cost.mark_ns", fmt::format("{:.1f}", costs.mark_ns)},
          {"cost.lock_ns", fmt::format("{:.1f}", costs.lock_ns)},
          {"cost.counted_ns", fmt::format("{:.1f}", costs.counted_ns)}};
}

}  // namespace hone::drain
