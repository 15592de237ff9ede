#include "capture/tick_clock.h"

#include <time.h>

#include <algorithm>
#include <cmath>

#include "base/host/clock.h"

namespace hone::capture {
namespace {

constexpr int64_t kFirstBaselineNs = 2'000'000;
// Long enough for the error of a pair to vanish, short enough to follow a clock that is being
// slewed.
constexpr int64_t kBaselineNs = 1'000'000'000;
constexpr int kTries = 5;

}  // namespace

uint64_t counter_now() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks = 0;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return 0;
#endif
}

ClockPair read_clock_pair() {
  ClockPair best;
  int64_t least = INT64_MAX;
  for (int i = 0; i < kTries; ++i) {
    const TimeNs before = base::monotonic_now();
    const uint64_t ticks = counter_now();
    const TimeNs after = base::monotonic_now();
    const int64_t took = raw(after - before);
    if (took >= least) continue;
    least = took;
    best = {ticks, TimeNs{raw(before) + took / 2}};
  }
  return best;
}

TickClock::TickClock() : base_(read_clock_pair()) {
  timespec nap{0, kFirstBaselineNs};
  ::nanosleep(&nap, nullptr);
  latest_ = read_clock_pair();
  set_rate();
  uint64_t step = UINT64_MAX, last = counter_now();
  for (int i = 0; i < 1000; ++i) {
    const uint64_t now = counter_now();
    if (now > last) step = std::min(step, now - last);
    last = now;
  }
  // Steps of one tick in between are the counter's rounding, not its granule.
  if (step != UINT64_MAX)
    granule_ns_ = std::max<int64_t>(1, std::llround(ns_per_tick_ * static_cast<double>(step)));
}

void TickClock::set_rate() {
  const auto ticks = static_cast<double>(latest_.ticks - base_.ticks);
  const auto ns = static_cast<double>(raw(latest_.time - base_.time));
  if (!(ticks > 0 && ns > 0)) return;
  ns_per_tick_ = ns / ticks;
  // A counter faster than 4 GHz or slower than 1 Hz is none.
  ns_per_tick_32_ = static_cast<uint64_t>(std::clamp(ns_per_tick_ * 0x1p32, 1.0, 0x1p62));
}

void TickClock::update() {
  const ClockPair now = read_clock_pair();
  if (now.ticks <= latest_.ticks || raw(now.time - latest_.time) <= 0) return;
  // The base follows in steps, so that the line stays one through pairs that were read.
  if (raw(now.time - base_.time) > 2 * kBaselineNs) base_ = latest_;
  latest_ = now;
  if (raw(latest_.time - base_.time) >= kFirstBaselineNs) set_rate();
}

TimeNs TickClock::time_of(uint64_t ticks) const {
  const auto away = static_cast<int64_t>(ticks - latest_.ticks);
  const auto ns = static_cast<__int128>(away) * static_cast<int64_t>(ns_per_tick_32_) >> 32;
  // Further away than a century: nonsense.
  constexpr __int128 kFar = 3'000'000'000'000'000'000;
  if (ns > kFar || ns < -kFar) return TimeNs{0};
  return TimeNs{std::max<int64_t>(0, raw(latest_.time) + static_cast<int64_t>(ns))};
}

DurationNs TickClock::duration_of(uint64_t ticks) const {
  const auto ns = static_cast<unsigned __int128>(ticks) * ns_per_tick_32_ >> 32;
  return DurationNs{ns < INT64_MAX / 2 ? static_cast<int64_t>(ns) : 0};
}

uint64_t TickClock::ticks_at(TimeNs time) const {
  const double away = static_cast<double>(raw(time - latest_.time)) / ns_per_tick_;
  return latest_.ticks + static_cast<uint64_t>(static_cast<int64_t>(away));
}

}  // namespace hone::capture
