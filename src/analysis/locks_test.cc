#include "analysis/locks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "analysis/findings.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using recording::LockRow;

constexpr int64_t kStart = 1'000'000'000;
constexpr int64_t kMs = 1'000'000;

class LocksTest : public testing::Test {
 protected:
  static constexpr std::string_view kSamples = R"(
    @meta run.wall_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=2 start_ns=1000000000 end_ns=2000000000
    @thread third process=app tid=3 start_ns=1000000000 end_ns=2000000000
    main;step 3 time=1005000000
    work 7 thread=worker time=1005000000
    more 1 thread=third time=1005000000
  )";
  LocksTest() : tables_(profile::tables_of_text(kSamples)) {}

  SiteId site(std::string_view name) {
    const auto text = StringId{tables_.append(recording::StringRow{.text = name})};
    return SiteId{tables_.append(recording::SiteRow{.name = text, .kind = 6, .level = 4})};
  }
  // Asked for at `at` ms.
  void use(SiteId site, uint32_t thread, int64_t at, int64_t wait, int64_t hold,
           uint64_t lock = 0x10, uint8_t flags = 0, uint32_t owner = 0) {
    tables_.append(LockRow{.thread = ThreadId{thread},
                           .end = TimeNs{kStart + (at + wait + hold) * kMs},
                           .wait = DurationNs{wait * kMs},
                           .hold = DurationNs{hold * kMs},
                           .site = site,
                           .lock = lock,
                           .owner = ThreadId{owner},
                           .flags = flags});
  }
  const Profile& load() {
    auto loaded = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(loaded);
    profile_.emplace(std::move(*loaded));
    return *profile_;
  }
  LockReport report(const Selection& selection = {}) { return lock_report(load(), selection); }
  static const LockPair* pair(const LockStats& lock, uint32_t waiter, uint32_t owner) {
    for (const LockPair& each : lock.pairs) {
      if (each.waiter == ThreadId{waiter} && each.owner == ThreadId{owner}) return &each;
    }
    return nullptr;
  }

  profile::Tables tables_;
  std::optional<Profile> profile_;
};

TEST_F(LocksTest, WaitsHoldsAndHowOftenOneHadToWait) {
  const SiteId queue = site("queue");
  for (int i = 0; i < 9; ++i) use(queue, 1, 10 * i, 0, 2);
  use(queue, 2, 80, 1, 4);
  const LockReport got = report();
  ASSERT_EQ(got.locks.size(), 1u);
  const LockStats& lock = got.locks[0];
  EXPECT_EQ(lock.name, "queue");
  EXPECT_EQ(lock.process, "app");
  EXPECT_EQ(lock.acquisitions, 10u);
  EXPECT_EQ(lock.contended, 1u);
  EXPECT_EQ(lock.objects, 1u);
  EXPECT_EQ(lock.threads, 2u);
  EXPECT_EQ(lock.wait.count, 1u);
  EXPECT_EQ(lock.wait.total_ns, 1 * kMs);
  EXPECT_EQ(lock.hold.total_ns, 22 * kMs);
  EXPECT_EQ(lock.hold.most_ns, 4 * kMs);
  ASSERT_EQ(got.threads.size(), 1u);
  EXPECT_EQ(got.threads[0].tid, 2u);
}

TEST_F(LocksTest, EveryMomentOfAWaitIsForWhoHeldTheLockThen) {
  const SiteId queue = site("queue");
  use(queue, 1, 0, 0, 30);    // main holds from 0 to 30
  use(queue, 3, 20, 11, 20);  // third from 31 to 51
  use(queue, 2, 10, 45, 5);   // worker waits from 10 to 55
  // Another lock of that name, held all the while by another thread.
  use(queue, 3, 0, 0, 100, 0x20);
  const LockReport got = report();
  const LockStats& lock = got.locks[0];
  ASSERT_TRUE(pair(lock, 2, 1));
  EXPECT_EQ(pair(lock, 2, 1)->ns, 20 * kMs);
  ASSERT_TRUE(pair(lock, 2, 3));
  EXPECT_EQ(pair(lock, 2, 3)->ns, 20 * kMs);
  // Handed over, twice.
  ASSERT_TRUE(pair(lock, 2, 0));
  EXPECT_EQ(pair(lock, 2, 0)->ns, 5 * kMs);
  EXPECT_EQ(pair(lock, 3, 1)->ns, 10 * kMs);
  EXPECT_EQ(lock.objects, 2u);
  EXPECT_EQ(lock.worst_lock, 0x10u);
  EXPECT_EQ(lock.worst_wait_ns, 56 * kMs);
  int64_t sum = 0;
  for (const LockPair& each : lock.pairs) sum += each.ns;
  EXPECT_EQ(sum, lock.wait.total_ns);
}

TEST_F(LocksTest, WhatTheWaitingThreadSawStandsInForHoldsThatAreNotRecorded) {
  const SiteId queue = site("queue");
  use(queue, 2, 10, 45, 5, 0x10, 0, 1);
  const LockReport got = report();
  ASSERT_TRUE(pair(got.locks[0], 2, 1));
  EXPECT_EQ(pair(got.locks[0], 2, 1)->ns, 45 * kMs);
}

TEST_F(LocksTest, ManyMayHoldOneShared) {
  const SiteId table = site("table");
  use(table, 1, 0, 0, 40, 0x10, recording::kLockShared);
  use(table, 3, 10, 0, 20, 0x10, recording::kLockShared);
  use(table, 2, 5, 36, 1);
  const LockReport got = report();
  EXPECT_EQ(got.locks[0].shared, 2u);
  // For the last to let go.
  EXPECT_EQ(pair(got.locks[0], 2, 1)->ns, 35 * kMs);
  EXPECT_EQ(pair(got.locks[0], 2, 3), nullptr);
  EXPECT_EQ(pair(got.locks[0], 2, 0)->ns, 1 * kMs);
}

TEST_F(LocksTest, GivenUpAndNotOver) {
  const SiteId queue = site("queue");
  use(queue, 1, 0, 3, 0, 0x10, recording::kLockGaveUp);
  use(queue, 2, 0, 9, 0, 0x10, recording::kLockStillWaiting);
  use(queue, 3, 0, 0, 10, 0x10, recording::kLockStillHeld);
  use(queue, 3, 20, 0, 0, 0x20, recording::kLockHoldUnknown | recording::kLockShared);
  const LockReport got = report();
  const LockStats& lock = got.locks[0];
  EXPECT_EQ(lock.acquisitions, 2u);
  EXPECT_EQ(lock.gave_up, 1u);
  EXPECT_EQ(lock.still_waiting, 1u);
  EXPECT_EQ(lock.still_held, 1u);
  EXPECT_EQ(lock.hold_unknown, 1u);
  EXPECT_EQ(lock.hold.count, 1u);
  EXPECT_EQ(lock.contended, 0u);
  EXPECT_EQ(lock.wait.count, 2u);
  EXPECT_EQ(pair(lock, 2, 3)->ns, 9 * kMs);
}

TEST_F(LocksTest, ASelectionTakesThreadsAndTimes) {
  const SiteId queue = site("queue");
  use(queue, 1, 0, 0, 5);
  use(queue, 2, 0, 0, 5);
  use(queue, 2, 500, 0, 5);
  EXPECT_EQ(report({.thread = "worker"}).locks[0].acquisitions, 2u);
  EXPECT_EQ(report({.time_first = TimeNs{kStart + 400 * kMs}}).locks[0].acquisitions, 1u);
  EXPECT_TRUE(report({.time_last = TimeNs{kStart}}).locks.empty());
}

TEST_F(LocksTest, ACircleOfWaitsIsADeadlock) {
  const SiteId left = site("left"), right = site("right");
  use(left, 1, 100, 800, 0, 0x10, recording::kLockStillWaiting, 2);
  use(right, 2, 150, 750, 0, 0x20, recording::kLockStillWaiting, 1);
  use(left, 3, 200, 700, 0, 0x10, recording::kLockStillWaiting, 2);  // waits, and is in no circle
  const LockReport got = report();
  ASSERT_EQ(got.standstill.size(), 2u);
  EXPECT_EQ(got.standstill[0].name, "main");
  EXPECT_EQ(got.standstill[0].lock, "left");
  EXPECT_EQ(got.standstill[1].name, "worker");
  const std::vector<Finding> found = findings(*profile_, {});
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].id, "deadlock");
  EXPECT_NE(found[0].sentence.find("'main' waits for 'left', which 'worker' holds"),
            std::string::npos)
      << found[0].sentence;
}

TEST_F(LocksTest, WhoLetGoSinceIsInNoDeadlock) {
  const SiteId left = site("left"), right = site("right");
  use(left, 1, 100, 800, 0, 0x10, recording::kLockStillWaiting, 2);
  use(left, 2, 50, 0, 70, 0x10);  // held from 50 to 120: another has it since
  use(right, 2, 150, 750, 0, 0x20, recording::kLockStillWaiting, 1);
  EXPECT_TRUE(report().standstill.empty());
}

TEST_F(LocksTest, FindingsNameTheThreadThatWaitsMost) {
  const SiteId queue = site("queue");
  use(queue, 1, 0, 0, 300);
  use(queue, 2, 100, 200, 10);
  std::vector<Finding> found = findings(load(), {});
  const auto at = std::find_if(found.begin(), found.end(),
                               [](const Finding& each) { return each.id == "lock-waits"; });
  ASSERT_NE(at, found.end());
  EXPECT_NE(at->sentence.find("'worker' waited 20.0% of its time"), std::string::npos)
      << at->sentence;
  EXPECT_NE(at->sentence.find("while 'main' held that"), std::string::npos) << at->sentence;
}

TEST_F(LocksTest, WaitsOfUnderAPercentAreNoFinding) {
  const SiteId queue = site("queue");
  use(queue, 1, 0, 0, 300);
  use(queue, 2, 290, 9, 10);
  for (const Finding& each : findings(load(), {})) EXPECT_NE(each.id, "lock-waits");
}

TEST_F(LocksTest, RowsThatCannotBeAreLeftOut) {
  const SiteId queue = site("queue");
  use(queue, 1, 0, 0, 5);
  use(queue, 99, 0, 0, 5);
  use(SiteId{77}, 1, 0, 0, 5);
  use(queue, 1, 0, -3, 5);
  use(queue, 1, 0, 0, 5, 0x10, 0, 4000);  // an owner that is none
  tables_.append(LockRow{.thread = ThreadId{1},
                         .end = TimeNs{INT64_MAX},
                         .wait = DurationNs{INT64_MAX},
                         .hold = DurationNs{INT64_MAX},
                         .site = queue});
  const LockReport got = report();
  EXPECT_EQ(got.locks[0].acquisitions, 2u);
  uint64_t counted = 0;
  for (const auto& each : profile_->diagnostics()) {
    if (each.name == "load.lock_out_of_range") counted = each.count;
  }
  EXPECT_EQ(counted, 4u);
}

}  // namespace
}  // namespace hone::analysis
