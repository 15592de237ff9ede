#include "drain/tick_clock.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/host/clock.h"

namespace hone::drain {
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
  EXPECT_GE(clock.ticks_per_step(), 1);
}

// A counter of 100 MHz that is shown as one of 2,596 MHz, and one that shows each tick.
TEST(TickClock, StepsAreFound) {
  std::vector<uint64_t> scaled, fine, even;
  uint64_t last = 0, chaos = 1;
  for (uint64_t i = 1; i <= 2000; ++i) {
    chaos = chaos * 6364136223846793005u + 1442695040888963407u;
    const uint64_t ticks = 25 * i + (chaos >> 60) * i % 97;
    fine.push_back(20 + (chaos >> 59));
    even.push_back(20 + (chaos >> 59) * 2);
    const auto shown =
        static_cast<uint64_t>(std::floor(std::floor(static_cast<double>(ticks) / 25.96) * 25.96));
    if (shown > last) scaled.push_back(shown - last);
    last = std::max(last, shown);
  }
  EXPECT_NEAR(step_of_counter(scaled), 25.96, 0.05);
  EXPECT_EQ(step_of_counter(fine), 1);
  EXPECT_EQ(step_of_counter(even), 2);
  EXPECT_EQ(step_of_counter({}), 1);
  EXPECT_EQ(step_of_counter(std::vector<uint64_t>(1000, 0)), 1);
}

TEST(TickClock, NonsenseIsNoTime) {
  const TickClock clock;
  EXPECT_GE(raw(clock.time_of(0)), 0);
  EXPECT_GE(raw(clock.time_of(UINT64_MAX)), 0);
  EXPECT_GE(raw(clock.time_of(UINT64_MAX / 2)), 0);
  EXPECT_GE(raw(clock.duration_of(UINT64_MAX)), 0);
}

}  // namespace
}  // namespace hone::drain
