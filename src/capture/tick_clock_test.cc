#include "capture/tick_clock.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/host/clock.h"

namespace hone::capture {
namespace {

TEST(TickClock, AgreesWithTheClock) {
  if (counter_now() == counter_now()) GTEST_SKIP() << "no counter";
  TickClock clock;
  for (int round = 0; round < 20; ++round) {
    const TimeNs begin = base::monotonic_now();
    const uint64_t ticks = counter_now();
    const TimeNs end = base::monotonic_now();
    const int64_t time = raw(clock.time_of(ticks));
    // The first line is through pairs 2 ms apart, each known to some 50 ns; a machine that is not
    // left alone may be interrupted within one.
    EXPECT_GT(time, raw(begin) - 1'000'000);
    EXPECT_LT(time, raw(end) + 1'000'000);
    clock.update();
  }
}

TEST(TickClock, GoesToAndFro) {
  const TickClock clock;
  const TimeNs now = base::monotonic_now();
  for (const int64_t away : {int64_t{0}, int64_t{1'000'000}, int64_t{-5'000'000'000}}) {
    const TimeNs time = now + DurationNs{away};
    EXPECT_NEAR(static_cast<double>(raw(clock.time_of(clock.ticks_at(time)))),
                static_cast<double>(raw(time)), 10);
  }
  EXPECT_GE(clock.granule_ns(), 1);
}

TEST(TickClock, NonsenseIsNoTime) {
  const TickClock clock;
  EXPECT_GE(raw(clock.time_of(0)), 0);
  EXPECT_GE(raw(clock.time_of(UINT64_MAX)), 0);
  EXPECT_GE(raw(clock.time_of(UINT64_MAX / 2)), 0);
  EXPECT_GE(raw(clock.duration_of(UINT64_MAX)), 0);
}

}  // namespace
}  // namespace hone::capture
