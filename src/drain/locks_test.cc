// hone/lock.h around real locks: they work as without it, and say what was done with them.
#define HONE_ENABLE
#include "hone/lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "drain/spans.h"
#include "guest/runtime/runtime.h"

namespace hone::drain {
namespace {

using std::chrono::milliseconds;

// One HONE_MARK_LOCK_HELD.
struct Held {
  std::string name;
  uint64_t lock = 0, hold = 0, wait = 0, end = 0;
  uint32_t tid = 0, owner = 0, flags = 0;
};

class Locks : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = SpanRings::open(base::UniqueFd{::dup(runtime::memory.descriptor)});
    ASSERT_TRUE(opened) << opened.error().message;
    rings_.emplace(std::move(*opened));
    ASSERT_TRUE(rings_->own(::getpid()));
    hone_own_page.when_full = HONE_DROP_NEWEST;
    rings_->ask(UINT64_MAX, "", "");
    { HONE_SPAN("the first looks at what is asked"); }
    read();
  }
  void TearDown() override { rings_->stop(); }

  std::vector<Held> read() {
    std::vector<Held> out;
    rings_->read([&](SpanBatch& batch) {
      for (const SpanMark& mark : batch.marks) {
        if (mark.kind != HONE_MARK_LOCK_HELD) continue;
        const hone_slot* rest = batch.rest.data() + mark.rest;
        Held held{.name = rings_->site(mark.site).value_or(SpanSite{}).name,
                  .lock = rest[0].first,
                  .hold = rest[0].second >> 32,
                  .end = mark.ticks,
                  .tid = batch.thread.tid,
                  .flags = mark.detail};
        EXPECT_TRUE(mark.rest_count == 1 || mark.rest_count == 3) << mark.rest_count;
        if (mark.rest_count == 3) {
          held.hold = rest[1].first;
          held.wait = rest[2].first;
          held.owner = static_cast<uint32_t>(rest[2].second >> 32);
        }
        out.push_back(held);
      }
      return true;
    });
    return out;
  }
  static uint32_t tid() { return static_cast<uint32_t>(::gettid()); }

  std::optional<SpanRings> rings_;
};

TEST_F(Locks, OneThatNobodyElseWantsIsHeldAndNotWaitedFor) {
  HONE_LOCKABLE(std::mutex, mutex);
  const uint64_t before = hone_ticks();
  for (int i = 0; i < 3; ++i) std::lock_guard<Lock<std::mutex>> guard(mutex);
  const uint64_t after = hone_ticks();
  const auto got = read();
  ASSERT_EQ(got.size(), 3u);
  for (const Held& held : got) {
    EXPECT_EQ(held.name, "mutex");
    EXPECT_EQ(held.lock, reinterpret_cast<uintptr_t>(&mutex));
    EXPECT_EQ(held.wait, 0u);
    EXPECT_EQ(held.flags, 0u);
    EXPECT_EQ(held.tid, tid());
    EXPECT_GE(held.end - held.hold, before);
    EXPECT_LE(held.end, after);
  }
}

TEST_F(Locks, WhoWaitsSaysForWhom) {
  HONE_LOCKABLE(std::mutex, mutex);
  uint32_t waiter = 0;
  std::unique_lock<Lock<std::mutex>> guard(mutex);
  std::atomic<bool> begun{false};
  std::thread other([&] {
    waiter = tid();
    begun = true;
    std::lock_guard<Lock<std::mutex>> inner(mutex);
  });
  while (!begun) std::this_thread::yield();
  // Seen from outside while it waits.
  std::vector<LockWait> now;
  while (now.empty()) now = rings_->lock_waits();
  EXPECT_EQ(now[0].owner, tid());
  EXPECT_EQ(now[0].lock, reinterpret_cast<uintptr_t>(&mutex));
  EXPECT_EQ(rings_->site(now[0].site)->name, "mutex");
  std::this_thread::sleep_for(milliseconds(20));
  guard.unlock();
  other.join();
  EXPECT_TRUE(rings_->lock_waits().empty());
  const auto got = read();
  ASSERT_EQ(got.size(), 2u);
  const Held& mine = got[0].tid == tid() ? got[0] : got[1];
  const Held& its = got[0].tid == tid() ? got[1] : got[0];
  EXPECT_EQ(its.tid, waiter);
  EXPECT_EQ(its.owner, tid());
  EXPECT_EQ(now[0].thread.tid, waiter);
  EXPECT_EQ(mine.wait, 0u);
  // It waited for a part of the time that the other held it, and got it after that.
  EXPECT_GT(its.wait, 0u);
  EXPECT_GE(its.end - its.hold, mine.end);
  EXPECT_GE(its.end - its.hold - its.wait, mine.end - mine.hold);
}

TEST_F(Locks, RecursiveOnesAreHeldOnce) {
  HONE_LOCKABLE_NAMED(std::recursive_mutex, mutex, "again");
  mutex.lock();
  mutex.lock();
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
  mutex.unlock();
  EXPECT_TRUE(read().empty());
  mutex.unlock();
  const auto got = read();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].name, "again");
}

TEST_F(Locks, TimedOnesMayBeGivenUp) {
  HONE_LOCKABLE(std::timed_mutex, mutex);
  std::unique_lock<Lock<std::timed_mutex>> guard(mutex);
  std::thread([&] {
    EXPECT_FALSE(mutex.try_lock());
    EXPECT_FALSE(mutex.try_lock_for(milliseconds(5)));
    EXPECT_FALSE(mutex.try_lock_until(std::chrono::steady_clock::now() + milliseconds(1)));
  }).join();
  guard.unlock();
  EXPECT_TRUE(mutex.try_lock_for(milliseconds(5)));
  mutex.unlock();
  const auto got = read();
  ASSERT_EQ(got.size(), 4u);
  int given_up = 0;
  for (const Held& held : got) {
    if (held.flags != HONE_LOCK_GAVE_UP) continue;
    ++given_up;
    EXPECT_GT(held.wait, 0u);
    EXPECT_EQ(held.hold, 0u);
    EXPECT_EQ(held.owner, tid());
  }
  EXPECT_EQ(given_up, 2);
}

TEST_F(Locks, ManyHoldOneShared) {
  HONE_LOCKABLE(std::shared_mutex, table);
  std::atomic<int> inside{0};
  const auto reader = [&] {
    std::shared_lock<Lock<std::shared_mutex>> guard(table);
    ++inside;
    while (inside < 2) std::this_thread::yield();
  };
  std::thread one(reader), two(reader);
  one.join();
  two.join();
  { std::lock_guard<Lock<std::shared_mutex>> guard(table); }
  const auto got = read();
  ASSERT_EQ(got.size(), 3u);
  std::vector<Held> shared;
  for (const Held& held : got) {
    if (held.flags == HONE_LOCK_SHARED) shared.push_back(held);
  }
  ASSERT_EQ(shared.size(), 2u);
  // At once.
  EXPECT_LT(shared[0].end - shared[0].hold, shared[1].end);
  EXPECT_LT(shared[1].end - shared[1].hold, shared[0].end);
}

TEST_F(Locks, MoreSharedAtOnceThanAThreadRemembers) {
  std::vector<std::unique_ptr<Lock<std::shared_mutex>>> locks;
  for (int i = 0; i < HONE_SHARED_HOLDS + 2; ++i) {
    locks.push_back(std::make_unique<Lock<std::shared_mutex>>());
    locks.back()->lock_shared();
  }
  for (auto& lock : locks) lock->unlock_shared();
  size_t unknown = 0;
  const auto got = read();
  EXPECT_EQ(got.size(), locks.size());
  for (const Held& held : got) unknown += (held.flags & HONE_LOCK_HOLD_UNKNOWN) != 0;
  EXPECT_EQ(unknown, 2u);
}

TEST_F(Locks, WorksWithWhatTheLibraryHas) {
  HONE_LOCKABLE(std::mutex, a);
  HONE_LOCKABLE(std::mutex, b);
  { const std::scoped_lock both(a, b); }
  std::condition_variable_any changed;
  bool set = false;
  std::thread setter([&] {
    {
      std::lock_guard<Lock<std::mutex>> guard(a);
      set = true;
    }
    changed.notify_all();
  });
  {
    std::unique_lock<Lock<std::mutex>> guard(a);
    changed.wait(guard, [&] { return set; });
  }
  setter.join();
  EXPECT_NE(a.native_handle(), b.native_handle());
  EXPECT_GE(read().size(), 4u);
}

// A lock that throws leaves nothing behind.
struct Throwing {
  bool try_lock() { return false; }
  void lock() { throw 1; }
  void unlock() {}
};

TEST_F(Locks, OneThatThrowsIsWaitedForNoMore) {
  Lock<Throwing> lock;
  EXPECT_THROW(lock.lock(), int);
  EXPECT_TRUE(rings_->lock_waits().empty());
  EXPECT_TRUE(read().empty());
}

TEST_F(Locks, EveryUseCountsWithManyThreads) {
  HONE_LOCKABLE(std::mutex, mutex);
  HONE_LOCKABLE(std::shared_mutex, table);
  constexpr int kThreads = 4, kTimes = 2000;
  int sum = 0, seen = 0;
  std::atomic<int> read_sum{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kTimes; ++i) {
        {
          std::lock_guard<Lock<std::mutex>> guard(mutex);
          ++sum;
        }
        if (i % 4 == 0) {
          std::lock_guard<Lock<std::shared_mutex>> guard(table);
          ++seen;
        } else {
          std::shared_lock<Lock<std::shared_mutex>> guard(table);
          read_sum += seen >= 0;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, kThreads * kTimes);
  EXPECT_EQ(seen, kThreads * kTimes / 4);
  const auto got = read();
  ASSERT_EQ(got.size(), size_t{2} * kThreads * kTimes);
  // Nobody held the mutex while another did. A processor may read its counter some instructions
  // before those that stand in front of it (Intel SDM 2B, RDTSC), and each has its own.
  constexpr uint64_t kReadEarly = 1000;
  std::vector<std::pair<uint64_t, uint64_t>> holds;
  for (const Held& held : got) {
    if (held.name == "mutex") holds.emplace_back(held.end - held.hold, held.end);
  }
  std::sort(holds.begin(), holds.end());
  for (size_t i = 1; i < holds.size(); ++i) {
    EXPECT_LE(holds[i - 1].second, holds[i].first + kReadEarly);
  }
}

TEST_F(Locks, NothingIsSaidWhileNobodyRecords) {
  HONE_LOCKABLE(std::recursive_mutex, mutex);
  rings_->pause();
  mutex.lock();
  rings_->permit(UINT64_MAX);
  { HONE_SPAN("the first looks at what is asked"); }
  // Taken before the recording began: its beginning is not known.
  mutex.unlock();
  EXPECT_TRUE(read().empty());
  mutex.lock();
  rings_->pause();
  mutex.lock();
  mutex.unlock();
  mutex.unlock();
  EXPECT_TRUE(read().empty());
  rings_->permit(UINT64_MAX);
  { HONE_SPAN("the first looks at what is asked"); }
  mutex.lock();
  mutex.unlock();
  EXPECT_EQ(read().size(), 1u);
}

}  // namespace
}  // namespace hone::drain
