#include "recording/cut.h"

#include <gtest/gtest.h>

namespace hone::recording {
namespace {

WaitRow wait(int64_t time, int64_t until, uint32_t count = 1) {
  return {.time = TimeNs{time},
          .until = TimeNs{until},
          .duration = DurationNs{time < until ? until - time : 0},
          .count = count,
          .runnable = DurationNs{-1}};
}

TEST(CutRow, WaitWithinStaysAsItIs) {
  WaitRow row = wait(20, 30);
  EXPECT_TRUE(cut_to(row, TimeNs{20}, TimeNs{30}));
  EXPECT_EQ(raw(row.duration), 10);
  EXPECT_EQ(row.flags, 0);
}

TEST(CutRow, WaitOverBothEndsIsTheRange) {
  WaitRow row = wait(0, 1000);
  row.runnable = DurationNs{100};
  EXPECT_TRUE(cut_to(row, TimeNs{200}, TimeNs{700}));
  EXPECT_EQ(raw(row.time), 200);
  EXPECT_EQ(raw(row.until), 700);
  EXPECT_EQ(raw(row.duration), 500);
  EXPECT_EQ(raw(row.runnable), 50);
  EXPECT_EQ(row.flags, kWaitBeganBefore | kWaitNotEnded);
}

TEST(CutRow, SumIsCutByItsShareAndWhatIsNotKnownStaysSo) {
  WaitRow row = wait(0, 1000, 40);
  row.duration = DurationNs{80};
  EXPECT_TRUE(cut_to(row, TimeNs{500}, TimeNs{2000}));
  EXPECT_EQ(raw(row.duration), 40);
  EXPECT_EQ(raw(row.runnable), -1);
  EXPECT_EQ(row.flags, kWaitBeganBefore);
}

TEST(CutRow, WaitOutsideIsNone) {
  WaitRow before = wait(0, 10), after = wait(50, 60);
  EXPECT_FALSE(cut_to(before, TimeNs{20}, TimeNs{40}));
  EXPECT_FALSE(cut_to(after, TimeNs{20}, TimeNs{40}));
  EXPECT_EQ(raw(after.duration), 10);
}

// Of a damaged file.
TEST(CutRow, TimesThatRunBackwardsDoNoHarm) {
  WaitRow row = wait(INT64_MAX, INT64_MIN + 1);
  row.duration = DurationNs{5};
  cut_to(row, TimeNs{INT64_MIN}, TimeNs{INT64_MAX});
  EXPECT_LE(raw(row.duration), 5);
  WaitRow longest = wait(0, INT64_MAX);
  EXPECT_TRUE(cut_to(longest, TimeNs{1}, TimeNs{INT64_MAX}));
  EXPECT_EQ(raw(longest.duration), INT64_MAX);
}

}  // namespace
}  // namespace hone::recording
