#include "drain/tick_clock.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/host/clock.h"

namespace hone::drain {
namespace {

constexpr int64_t kFirstBaselineNs = 2'000'000;
// Long enough for the error of a pair to vanish, short enough to follow a clock that is being
// slewed.
constexpr int64_t kBaselineNs = 1'000'000'000;
constexpr int kTries = 5;

constexpr size_t kReadings = 2000;
// A step of fewer ticks is not worth looking for: it costs a bit or two.
constexpr uint64_t kStepMin = 8;

// Some dozen ns apart, by amounts that vary by less than a ns.
std::vector<uint64_t> read_differences() {
  std::vector<uint64_t> out;
  out.reserve(kReadings);
  uint64_t last = counter_now(), work = last;
  for (size_t i = 0; i < kReadings; ++i) {
    for (size_t k = 0; k < i % 61; ++k) {
      work = (work >> 1) ^ (work + k);
      __asm__ volatile("" : "+r"(work));
    }
    const uint64_t now = counter_now();
    out.push_back(now - last);
    last = now;
  }
  return out;
}

}  // namespace

double step_of_counter(std::span<const uint64_t> differences) {
  uint64_t divisor = 0, least = UINT64_MAX;
  for (const uint64_t each : differences) {
    divisor = std::gcd(divisor, each);
    if (each >= kStepMin) least = std::min(least, each);
  }
  if (differences.size() < 100 || least == UINT64_MAX) return 1;
  if (divisor > 1) return static_cast<double>(divisor);
  // Closer and closer: a step that is known to one part in n tells how many there are in n.
  auto step = static_cast<double>(least);
  for (const double reach : {1.5, 4.5, 16.5, 64.5}) {
    double ticks = 0, steps = 0;
    for (const uint64_t each : differences) {
      const auto difference = static_cast<double>(each);
      if (each < kStepMin || difference > reach * step) continue;
      ticks += difference;
      steps += std::round(difference / step);
    }
    if (steps > 0) step = ticks / steps;
  }
  size_t fits = 0, small = 0;
  for (const uint64_t each : differences) {
    const auto difference = static_cast<double>(each);
    if (difference > 64 * step) {
      ++fits;  // an interruption: its remainder says nothing
      continue;
    }
    const double away = std::abs(difference - std::round(difference / step) * step);
    fits += away <= 1.5;
    small += difference < 4 * step;
  }
  const size_t most = differences.size() - differences.size() / 100;
  return step >= kStepMin && fits >= most && small > differences.size() / 10 ? step : 1;
}

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
  static const double ticks_per_step = step_of_counter(read_differences());
  ticks_per_step_ = ticks_per_step;
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

uint64_t TickClock::ticks_of(DurationNs duration) const {
  return static_cast<uint64_t>(std::max(0.0, static_cast<double>(raw(duration)) / ns_per_tick_));
}

uint64_t TickClock::ticks_at(TimeNs time) const {
  const double away = static_cast<double>(raw(time - latest_.time)) / ns_per_tick_;
  return latest_.ticks + static_cast<uint64_t>(static_cast<int64_t>(away));
}

}  // namespace hone::drain
