// Switches, told one by one, and the rows that come of them: on and off add up.
#include "capture/waits.h"

#include <gtest/gtest.h>

#include "capture/switch_events.h"
#include "capture/test_support.h"

namespace hone::capture {
namespace {

using recording::WaitRow;

constexpr int64_t kMs = 1'000'000;

class Waits : public testing::Test {
 protected:
  Waits() : ledger_(recording_.builder(), DurationNs{50 * kMs}) {}
  void begin(ThreadBegin how, int64_t time = kMs) {
    ledger_.begin(thread_, ThreadId{1}, TimeNs{time}, how);
  }
  void out(int64_t time, bool preempted = false) {
    ledger_.stopped(thread_, TimeNs{time}, preempted);
  }
  void in(int64_t time) { ledger_.runs(thread_, TimeNs{time}); }
  std::vector<WaitRow> rows(int64_t end) {
    ledger_.end(thread_, TimeNs{end});
    return recording_.rows<WaitRow>();
  }

  TestRecording recording_;
  WaitLedger ledger_;
  ThreadWaits thread_;
};

TEST_F(Waits, AThreadRunsWhenNoRowSaysOtherwise) {
  begin(ThreadBegin::kRunning);
  out(3 * kMs);
  in(5 * kMs);
  out(6 * kMs, true);
  in(9 * kMs);
  const auto all = rows(10 * kMs);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(raw(all[0].duration), 2 * kMs);
  EXPECT_EQ(raw(all[0].runnable), -1);
  EXPECT_EQ(all[0].flags, 0);
  EXPECT_EQ(raw(all[1].duration), 3 * kMs);
  EXPECT_EQ(raw(all[1].runnable), 3 * kMs);
  EXPECT_EQ(all[1].flags, recording::kWaitRunnable);
}

TEST_F(Waits, AForkedThreadWaitsForItsFirstTurn) {
  begin(ThreadBegin::kForked, 2 * kMs);
  in(5 * kMs);
  const auto all = rows(6 * kMs);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].flags, recording::kWaitRunnable);
  EXPECT_EQ(raw(all[0].duration), 3 * kMs);
}

TEST_F(Waits, WhatBeganBeforeAndDidNotEndIsSaid) {
  begin(ThreadBegin::kNotKnown);
  in(4 * kMs);
  out(8 * kMs);
  const auto all = rows(9 * kMs);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].flags, recording::kWaitBeganBefore);
  EXPECT_EQ(raw(all[0].duration), 3 * kMs);
  EXPECT_EQ(all[1].flags, recording::kWaitNotEnded);
  EXPECT_EQ(raw(all[1].duration), kMs);
}

TEST_F(Waits, OneThatNothingIsToldOfWaitsUnlessASampleMetIt) {
  begin(ThreadBegin::kNotKnown);
  EXPECT_EQ(rows(9 * kMs).size(), 1u);
}

TEST_F(Waits, OneThatASampleMetRan) {
  begin(ThreadBegin::kNotKnown);
  ledger_.sampled(thread_);
  EXPECT_EQ(rows(9 * kMs).size(), 0u);
}

TEST_F(Waits, LostRecordsLeaveTimeThatIsNotKnown) {
  begin(ThreadBegin::kRunning);
  out(2 * kMs);
  out(5 * kMs);  // it ran in between, and nobody says when
  in(6 * kMs);
  const auto all = rows(7 * kMs);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].flags, recording::kWaitLost);
  EXPECT_EQ(raw(all[0].duration), 3 * kMs);
  EXPECT_EQ(ledger_.contradictions(), 1u);
}

TEST_F(Waits, AStackIsOfTheNextStopAlone) {
  begin(ThreadBegin::kRunning);
  ledger_.about_to_stop(thread_, StackId{7}, 4);
  out(2 * kMs);
  in(4 * kMs);
  out(5 * kMs);
  in(6 * kMs);
  const auto all = rows(7 * kMs);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].cause, recording::kCauseStack);
  EXPECT_EQ(all[0].stack, StackId{7});
  EXPECT_EQ(raw(all[0].stands_for), 6 * kMs);  // for three more like it
  EXPECT_EQ(all[1].cause, recording::kCauseUnknown);
}

TEST_F(Waits, PreemptionHasNoCauseOfItsOwn) {
  begin(ThreadBegin::kRunning);
  ledger_.about_to_stop(thread_, StackId{7}, 1);
  out(2 * kMs, true);
  in(4 * kMs);
  const auto all = rows(5 * kMs);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].stack, StackId::kNone);
}

TEST_F(Waits, AWakerSplitsAWait) {
  begin(ThreadBegin::kRunning);
  out(2 * kMs);
  ledger_.woken(thread_, ThreadId{3}, TimeNs{5 * kMs});
  ledger_.woken(thread_, ThreadId{4}, TimeNs{6 * kMs});  // it was on its way already
  in(7 * kMs);
  const auto all = rows(8 * kMs);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(raw(all[0].duration), 5 * kMs);
  EXPECT_EQ(raw(all[0].runnable), 2 * kMs);
  EXPECT_EQ(all[0].waker, ThreadId{3});
}

// Looks are told ahead of the switches around them.
class Looks : public Waits {
 protected:
  void look(int64_t from, int64_t until, int64_t rest_until) {
    ledger_.seen(thread_, {.from = TimeNs{from},
                           .until = TimeNs{until},
                           .place_until = TimeNs{rest_until},
                           .stack_until = TimeNs{rest_until},
                           .stack = StackId{9},
                           .place = StringId{1},
                           .system_call = 203});
  }
};

TEST_F(Looks, CountsForTheWaitThatHoldsIt) {
  begin(ThreadBegin::kRunning);
  look(12 * kMs, 13 * kMs, 14 * kMs);
  out(2 * kMs);
  in(4 * kMs);
  out(10 * kMs);
  in(20 * kMs);
  const auto all = rows(21 * kMs);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].cause, recording::kCauseUnknown);
  EXPECT_EQ(all[1].cause, recording::kCauseLook);
  EXPECT_EQ(all[1].system_call, 203u);
  EXPECT_EQ(all[1].stack, StackId{9});
  EXPECT_EQ(raw(all[1].stands_for), 40 * kMs);
}

TEST_F(Looks, ThatIsHalfOutsideCountsForNone) {
  begin(ThreadBegin::kRunning);
  look(12 * kMs, 14 * kMs, 15 * kMs);
  out(10 * kMs);
  in(13 * kMs);
  out(13 * kMs + 1);
  in(20 * kMs);
  for (const WaitRow& row : rows(21 * kMs)) EXPECT_EQ(row.cause, recording::kCauseUnknown);
}

TEST_F(Looks, OfAShortWaitTellsWhatWasReadInTime) {
  begin(ThreadBegin::kRunning);
  look(11 * kMs, 12 * kMs, 14 * kMs);
  out(10 * kMs);
  in(13 * kMs);
  const auto all = rows(21 * kMs);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].system_call, 203u);
  EXPECT_EQ(all[0].place, StringId::kNone);
  EXPECT_EQ(all[0].stack, StackId::kNone);
}

TEST_F(Waits, ShortOnesBeyondSomeAreSummedAndNoNanosecondIsLost) {
  begin(ThreadBegin::kRunning, 1000);
  constexpr int kWaits = 100'000;
  int64_t time = 1000, waited = 0;
  for (int i = 0; i < kWaits; ++i) {
    if (i % 3 == 0) ledger_.about_to_stop(thread_, StackId{1u + i % 2}, 3);
    out(time += 11'000);
    waited += 7'000 + i % 10;
    in(time += 7'000 + i % 10);
    ledger_.flush_until(TimeNs{time});
  }
  const auto all = rows(time + 500);
  int64_t sum = 0;
  uint64_t count = 0;
  for (const WaitRow& row : all) {
    sum += raw(row.duration);
    count += row.count;
    EXPECT_LE(raw(row.duration), raw(row.until) - raw(row.time));
  }
  EXPECT_EQ(sum, waited);
  EXPECT_EQ(count, uint64_t{kWaits});
  EXPECT_LT(all.size(), 100u);  // of two seconds
}

TEST_F(Waits, TheKernelsAccountBeyondTheRowsIsOfWakeUps) {
  begin(ThreadBegin::kForked, 1 * kMs);
  in(2 * kMs);  // 1 ms
  out(3 * kMs);
  in(5 * kMs);
  ledger_.run_delay(thread_, 1'400'000, TimeNs{6 * kMs});
  const auto all = rows(6 * kMs);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[2].flags, recording::kWaitAccount);
  EXPECT_EQ(raw(all[2].runnable), 400'000);
  EXPECT_EQ(all[2].count, 0u);
}

TEST_F(Waits, WhatAThreadHadBeforeIsNotCounted) {
  begin(ThreadBegin::kNotKnown);
  ledger_.run_delay(thread_, 900 * kMs, TimeNs{kMs});
  in(2 * kMs);
  out(3 * kMs);
  in(5 * kMs);
  ledger_.run_delay(thread_, 901 * kMs, TimeNs{6 * kMs});
  const auto all = rows(6 * kMs);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(raw(all[2].runnable), kMs);
}

TEST(SwitchPace, TakesAllWhenFewAndAboutTheBudgetWhenMany) {
  SwitchPace pace;
  EXPECT_EQ(pace.next(50, 50 * kMs), 1u);
  double taken = 0;
  for (int i = 0; i < 200; ++i) {
    const uint64_t period = pace.next(2000, 50 * kMs);  // 40,000 a second
    EXPECT_GE(period, 15u);
    EXPECT_LE(period, 40u);
    taken += 2000.0 / static_cast<double>(period);
  }
  EXPECT_NEAR(taken / 200 / 0.05, SwitchPace::kStacksPerSecond, 0.2 * SwitchPace::kStacksPerSecond);
  EXPECT_EQ(pace.next(10, 50 * kMs), 1u);
}

TEST(SwitchEvents, FindTheWokenThreadInATracepointsFormat) {
  EXPECT_EQ(pid_offset_of("name: sched_waking\nID: 315\nformat:\n"
                          "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\n"
                          "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
                          "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
                          "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
                          "\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;\n"),
            24);
  EXPECT_EQ(pid_offset_of(""), -1);
  EXPECT_EQ(pid_offset_of("\tfield:pid_t pid;\toffset:24;\tsize:8;"), -1);
  EXPECT_EQ(pid_offset_of("\tfield:pid_t pid;\toffset:99999999999;\tsize:4;"), -1);
}

}  // namespace
}  // namespace hone::capture
