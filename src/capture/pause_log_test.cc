#include "capture/pause_log.h"

#include <gtest/gtest.h>

namespace hone::capture {
namespace {

TEST(PauseLog, CoversWhatLiesWithin) {
  PauseLog log;
  EXPECT_FALSE(log.covers(TimeNs{5}));
  EXPECT_TRUE(log.begin(TimeNs{10}, PauseCause::kSignal));
  EXPECT_TRUE(log.open());
  EXPECT_FALSE(log.covers(TimeNs{9}));
  EXPECT_TRUE(log.covers(TimeNs{10}));
  EXPECT_TRUE(log.covers(TimeNs{1'000'000}));
  EXPECT_TRUE(log.end(TimeNs{20}));
  EXPECT_TRUE(log.covers(TimeNs{19}));
  EXPECT_FALSE(log.covers(TimeNs{20}));
  EXPECT_TRUE(log.begin(TimeNs{30}, PauseCause::kControl));
  EXPECT_TRUE(log.covers(TimeNs{15}));
  EXPECT_FALSE(log.covers(TimeNs{25}));
  EXPECT_TRUE(log.covers(TimeNs{35}));
}

TEST(PauseLog, IsBegunAndEndedOnce) {
  PauseLog log;
  EXPECT_FALSE(log.end(TimeNs{1}));
  EXPECT_TRUE(log.begin(TimeNs{10}, PauseCause::kDelay));
  EXPECT_FALSE(log.begin(TimeNs{11}, PauseCause::kSignal));
  EXPECT_TRUE(log.end(TimeNs{12}));
  EXPECT_FALSE(log.end(TimeNs{13}));
  ASSERT_EQ(log.all().size(), 1u);
  EXPECT_EQ(log.all()[0].cause, PauseCause::kDelay);
}

TEST(PauseLog, SumsWhatIsWithin) {
  PauseLog log;
  log.begin(TimeNs{10}, PauseCause::kSignal);
  log.end(TimeNs{20});
  log.begin(TimeNs{30}, PauseCause::kSignal);
  EXPECT_EQ(raw(log.within(TimeNs{0}, TimeNs{100})), 80);
  EXPECT_EQ(raw(log.within(TimeNs{15}, TimeNs{35})), 10);
  EXPECT_EQ(raw(log.within(TimeNs{20}, TimeNs{30})), 0);
}

TEST(PauseLog, HasALimit) {
  PauseLog log;
  size_t begun = 0;
  for (int64_t i = 0; i < 100'000; ++i) {
    begun += log.begin(TimeNs{10 * i + 1}, PauseCause::kProgram);
    log.end(TimeNs{10 * i + 5});
  }
  EXPECT_EQ(begun, PauseLog::kPausesMax);
  EXPECT_FALSE(log.open());
}

// A clock that stands still makes pauses of no length: they are none.
TEST(PauseLog, NoLengthIsNoPause) {
  PauseLog log;
  log.begin(TimeNs{10}, PauseCause::kProgram);
  log.end(TimeNs{10});
  EXPECT_TRUE(log.all().empty());
  log.begin(TimeNs{10}, PauseCause::kProgram);
  log.end(TimeNs{20});
  log.begin(TimeNs{15}, PauseCause::kProgram);  // not before the one before it ended
  EXPECT_EQ(raw(log.all().back().start), 20);
}

}  // namespace
}  // namespace hone::capture
