#include "capture/probes/call_stacks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace hone::capture {
namespace {

using What = CallEvent::What;
using ::testing::ElementsAre;

constexpr uint64_t kStack = 0x7fff'0000;

class Written : public CallSink {
 public:
  void on_call(const ProbedCall& call) override {
    calls.push_back(std::to_string(call.function) + ": " + std::to_string(raw(call.start)) + "-" +
                    std::to_string(raw(call.end)) + " depth " + std::to_string(call.depth) +
                    (call.is_open ? " open" : ""));
    total[call.function] += call.stands_for;
    ++timed[call.function];
  }
  void on_counted(pid_t, pid_t, uint32_t function, uint64_t count, TimeNs) override {
    counted[function] += count;
    total[function] += count;
  }
  std::vector<std::string> calls;
  std::map<uint32_t, uint64_t> counted, total, timed;
};

class Calls : public ::testing::Test {
 protected:
  // `down`: how far below the top of the stack.
  void tell(int64_t time, uint32_t function, What what, uint64_t down, pid_t tid = 1) {
    stacks.on_event({.time = TimeNs{time},
                     .pid = tid,
                     .tid = tid,
                     .function = function,
                     .what = what,
                     .sp = kStack - down});
  }
  Written written;
  CallStacks stacks{{.rate_max = 1000, .counted_only = {}}, written};
};

TEST_F(Calls, AreNestedByTheirStack) {
  tell(10, 1, What::kEntry, 0);
  tell(20, 2, What::kEntry, 64);
  tell(30, 2, What::kReturn, 64);
  tell(35, 3, What::kEntry, 0, 2);  // another thread, on another stack
  tell(40, 1, What::kReturn, 0);
  tell(50, 3, What::kReturn, 0, 2);
  EXPECT_THAT(written.calls,
              ElementsAre("2: 20-30 depth 1", "1: 10-40 depth 0", "3: 35-50 depth 0"));
}

TEST_F(Calls, OfOneFunctionInItselfAreToldApart) {
  tell(10, 1, What::kEntry, 0);
  tell(20, 1, What::kEntry, 64);
  tell(30, 1, What::kReturn, 64);
  tell(40, 1, What::kReturn, 0);
  EXPECT_THAT(written.calls, ElementsAre("1: 20-30 depth 1", "1: 10-40 depth 0"));
}

TEST_F(Calls, ThatNeverReturnAreCountedNotTimed) {
  tell(10, 1, What::kEntry, 0);
  tell(20, 2, What::kEntry, 64);  // longjmp goes past these two
  tell(30, 3, What::kEntry, 128);
  tell(40, 2, What::kEntry, 64);  // the place is used again
  tell(50, 2, What::kReturn, 64);
  tell(60, 1, What::kReturn, 0);
  stacks.finish(TimeNs{100});
  EXPECT_THAT(written.calls, ElementsAre("2: 40-50 depth 1", "1: 10-60 depth 0"));
  EXPECT_EQ(stacks.counts().left, 2u);
  EXPECT_EQ(written.total[2], 2u);
  EXPECT_EQ(written.counted[3], 1u);
}

TEST_F(Calls, AnOuterReturnEndsWhatIsInside) {
  tell(10, 1, What::kEntry, 0);
  tell(20, 2, What::kEntry, 64);  // an exception goes past it
  tell(60, 1, What::kReturn, 0);
  EXPECT_THAT(written.calls, ElementsAre("1: 10-60 depth 0"));
  EXPECT_EQ(stacks.counts().left, 1u);
}

TEST_F(Calls, AJumpThatMayBeACaseOfASwitchEndsACallOnlyWhenItDid) {
  tell(10, 1, What::kEntry, 0);
  tell(20, 1, What::kPerhaps, 32);  // with its frame still there: a switch
  tell(30, 1, What::kReturn, 0);
  tell(40, 1, What::kEntry, 0);
  tell(50, 1, What::kPerhaps, 0);  // a switch of a function without a frame
  tell(60, 1, What::kReturn, 0);
  tell(70, 1, What::kEntry, 0);
  tell(80, 1, What::kPerhaps, 0);  // into another function
  tell(90, 2, What::kEntry, 0);
  tell(95, 2, What::kReturn, 0);
  EXPECT_THAT(written.calls, ElementsAre("1: 10-30 depth 0", "1: 40-60 depth 0", "1: 70-80 depth 0",
                                         "2: 90-95 depth 0"));
  EXPECT_EQ(stacks.counts().left, 0u);
}

TEST_F(Calls, ThatMayBeOverWhenADeeperOneBeginsAreCountedNotTimed) {
  // A case of a switch in a function that has no frame until it calls another...
  tell(10, 1, What::kEntry, 0);
  tell(20, 1, What::kPerhaps, 0);
  tell(30, 2, What::kEntry, 16);
  tell(40, 2, What::kReturn, 16);
  tell(50, 1, What::kReturn, 0);
  // ... or one that was jumped to, and calls the other.
  tell(60, 1, What::kEntry, 0);
  tell(70, 1, What::kPerhaps, 0);
  tell(80, 2, What::kEntry, 16);
  tell(90, 2, What::kReturn, 16);
  tell(95, 3, What::kEntry, 0);
  tell(98, 3, What::kReturn, 0);
  stacks.finish(TimeNs{100});
  EXPECT_THAT(written.calls,
              ElementsAre("2: 30-40 depth 0", "2: 80-90 depth 0", "3: 95-98 depth 0"));
  EXPECT_EQ(written.counted[1], 2u);
  EXPECT_EQ(stacks.counts().unclear, 2u);
  EXPECT_EQ(stacks.counts().left, 0u);
  EXPECT_EQ(stacks.counts().returns_unknown, 0u);
}

TEST_F(Calls, ThatJumpThroughATableAndCallThemselvesAreToldApart) {
  tell(10, 1, What::kEntry, 0);
  tell(20, 1, What::kPerhaps, 0);
  tell(30, 1, What::kEntry, 16);
  tell(40, 1, What::kPerhaps, 16);
  tell(50, 1, What::kReturn, 16);
  tell(60, 1, What::kReturn, 0);
  stacks.finish(TimeNs{70});
  EXPECT_THAT(written.calls, ElementsAre("1: 30-50 depth 0"));
  EXPECT_EQ(written.counted[1], 1u);
  EXPECT_EQ(stacks.counts().unclear, 1u);
}

TEST_F(Calls, AJumpThroughATableEndsOneThatACallInsideItWasLeftIn) {
  tell(10, 1, What::kEntry, 0);
  tell(20, 2, What::kEntry, 64);  // an exception goes past it, into the first
  tell(30, 1, What::kPerhaps, 0);
  tell(40, 3, What::kEntry, 0);
  tell(50, 3, What::kReturn, 0);
  stacks.finish(TimeNs{60});
  EXPECT_THAT(written.calls, ElementsAre("1: 10-30 depth 0", "3: 40-50 depth 0"));
  EXPECT_EQ(stacks.counts().left, 1u);
}

TEST_F(Calls, ThatMayBeOverAtTheEndAreCountedNotTimed) {
  tell(10, 1, What::kEntry, 0);
  tell(20, 2, What::kEntry, 64);
  tell(30, 2, What::kPerhaps, 64);
  stacks.finish(TimeNs{40});
  EXPECT_THAT(written.calls, ElementsAre("1: 10-40 depth 0 open"));
  EXPECT_EQ(written.counted[2], 1u);
}

TEST_F(Calls, ThatJumpIntoOneAnotherFollowOneAnother) {
  // 1 ends in 2, which ends in 1, all in the place of the first; and one in itself.
  for (int i = 0; i < 3; ++i) {
    tell(10 + 40 * i, 1, What::kEntry, 0);
    tell(20 + 40 * i, 1, What::kReturn, 0);
    tell(30 + 40 * i, 2, What::kEntry, 0);
    tell(40 + 40 * i, 2, What::kReturn, 0);
  }
  for (int i = 0; i < 2; ++i) {
    tell(200 + 20 * i, 3, What::kEntry, 0);
    tell(210 + 20 * i, 3, What::kReturn, 0);
  }
  EXPECT_THAT(written.calls,
              ElementsAre("1: 10-20 depth 0", "2: 30-40 depth 0", "1: 50-60 depth 0",
                          "2: 70-80 depth 0", "1: 90-100 depth 0", "2: 110-120 depth 0",
                          "3: 200-210 depth 0", "3: 220-230 depth 0"));
  EXPECT_EQ(stacks.counts().left, 0u);
}

TEST_F(Calls, AreNotEndedByAJumpOutOfTheMiddleOfThem) {
  // Into a part of it that no symbol tells of, with its frame still there.
  tell(10, 1, What::kEntry, 0);
  tell(20, 1, What::kReturn, 32);
  tell(30, 2, What::kEntry, 64);
  tell(40, 2, What::kReturn, 64);
  tell(50, 1, What::kReturn, 0);
  EXPECT_THAT(written.calls, ElementsAre("2: 30-40 depth 1", "1: 10-50 depth 0"));
  EXPECT_EQ(stacks.counts().returns_unknown, 1u);
}

TEST_F(Calls, ReturnsOfWhatWasNotSeenAreCounted) {
  tell(10, 1, What::kReturn, 0);
  EXPECT_EQ(stacks.counts().returns_unknown, 1u);
  EXPECT_TRUE(written.calls.empty());
}

TEST_F(Calls, OnAnotherStackLeaveTheFirstOnesOpen) {
  tell(10, 1, What::kEntry, 0);
  tell(20, 2, What::kEntry, uint64_t{0} - (uint64_t{1} << 32));  // a coroutine's, far above
  tell(30, 2, What::kReturn, uint64_t{0} - (uint64_t{1} << 32));
  tell(40, 1, What::kReturn, 0);
  EXPECT_THAT(written.calls, ElementsAre("2: 20-30 depth 1", "1: 10-40 depth 0"));
}

TEST_F(Calls, AChildsReturnsAreNotItsCalls) {
  tell(10, 1, What::kEntry, 0);
  stacks.on_fork(2, 2, 1, 1);
  tell(20, 1, What::kReturn, 0, 2);
  tell(30, 1, What::kReturn, 0, 1);
  EXPECT_THAT(written.calls, ElementsAre("1: 10-30 depth 0"));
  EXPECT_EQ(stacks.counts().returns_unknown, 0u);
  EXPECT_EQ(stacks.counts().calls, 1u);
}

TEST_F(Calls, EndWithTheirThreadOrProgram) {
  tell(10, 1, What::kEntry, 0);
  stacks.on_thread_end(1, TimeNs{20});
  tell(30, 1, What::kEntry, 0);
  stacks.on_exec(1, 1, TimeNs{40});
  tell(50, 1, What::kEntry, 0);
  stacks.finish(TimeNs{60});
  EXPECT_THAT(written.calls, ElementsAre("1: 50-60 depth 0 open"));
  EXPECT_EQ(written.total[1], 3u);
  EXPECT_EQ(stacks.counts().left, 2u);
}

TEST_F(Calls, OverAPauseAreCountedNotTimed) {
  tell(10, 1, What::kEntry, 0);
  stacks.interrupt(TimeNs{20});
  tell(30, 1, What::kReturn, 0);
  stacks.finish(TimeNs{40});
  EXPECT_TRUE(written.calls.empty());
  EXPECT_EQ(written.total[1], 1u);
}

TEST_F(Calls, ThatAreTooManyAreCountedEach) {
  constexpr int kCalls = 200'000;
  for (int i = 0; i < kCalls; ++i) {  // 100,000 a second, where 1,000 are to be timed
    tell(10'000LL * i + 1, 1, What::kEntry, 0);
    tell(10'000LL * i + 5, 1, What::kReturn, 0);
  }
  stacks.finish(TimeNs{10'000LL * kCalls});
  EXPECT_EQ(written.total[1], uint64_t{kCalls});
  EXPECT_GT(written.timed[1], 1000u);
  EXPECT_LT(written.timed[1], 6000u);
  EXPECT_EQ(stacks.counts().calls, uint64_t{kCalls});
}

TEST_F(Calls, DeeperThanIsKeptAreCountedEach) {
  constexpr size_t kDeep = CallStacks::kDepthMax + 100;
  for (size_t i = 0; i < kDeep; ++i) {
    tell(static_cast<int64_t>(10 + i), 1, What::kEntry, 64 * i);
  }
  for (size_t i = kDeep; i-- > 0;) {
    tell(static_cast<int64_t>(10 + 2 * kDeep - i), 1, What::kReturn, 64 * i);
  }
  stacks.finish(TimeNs{1'000'000});
  EXPECT_EQ(stacks.counts().too_deep, 100u);
  EXPECT_EQ(written.total[1], kDeep);
  EXPECT_EQ(stacks.counts().returns_unknown, 0u);
}

TEST(CallsCountedOnly, AreNeverTimed) {
  Written written;
  CallStacks stacks({.counted_only = {false, true}}, written);
  for (int i = 0; i < 5; ++i) {
    stacks.on_event({.time = TimeNs{10 + i}, .pid = 1, .tid = 1, .function = 1, .sp = kStack});
  }
  stacks.finish(TimeNs{100});
  EXPECT_TRUE(written.calls.empty());
  EXPECT_EQ(written.counted[1], 5u);
  EXPECT_EQ(stacks.counts().left, 0u);
}

}  // namespace
}  // namespace hone::capture
