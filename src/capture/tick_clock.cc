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
  if (ticks > 0 && ns > 0) ns_per_tick_ = ns / ticks;
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
  const auto away = static_cast<double>(static_cast<int64_t>(ticks - latest_.ticks));
  const double ns = away * ns_per_tick_;
  // Further away than a century: nonsense.
  if (!(std::abs(ns) < 3e18)) return TimeNs{0};
  return TimeNs{std::max<int64_t>(0, raw(latest_.time) + std::llround(ns))};
}

DurationNs TickClock::duration_of(uint64_t ticks) const {
  const double ns = static_cast<double>(ticks) * ns_per_tick_;
  return DurationNs{ns < 3e18 ? std::llround(ns) : 0};
}

uint64_t TickClock::ticks_at(TimeNs time) const {
  const double away = static_cast<double>(raw(time - latest_.time)) / ns_per_tick_;
  return latest_.ticks + static_cast<uint64_t>(static_cast<int64_t>(away));
}

}  // namespace hone::capture
