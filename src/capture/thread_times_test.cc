#include "capture/thread_times.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/host/clock.h"

namespace hone::capture {
namespace {

TEST(ThreadTimes, TextsAreTakenApart) {
  const auto times = parse_schedstat("490059208 622595686 132\n");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->running_ns, 490059208);
  EXPECT_EQ(times->queued_ns, 622595686);
  for (const char* wrong : {"", "12", "x 1 2", "-1 2 3", "99999999999999999999 1 2"}) {
    EXPECT_FALSE(parse_schedstat(wrong)) << wrong;
  }
  const auto stat = parse_thread_stat("7 (a) b (c) S 1 7 7 0");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "a) b (c");
  EXPECT_EQ(stat->state, 'S');
  for (const char* wrong : {"", "7 (a", "7 a) S", "7 )a( S", "7 (a)", "7 (a) "}) {
    EXPECT_FALSE(parse_thread_stat(wrong)) << wrong;
  }
  EXPECT_EQ(parse_wait_channel("futex_wait_queue.isra.0"), "futex_wait_queue");
  EXPECT_EQ(parse_wait_channel("0"), "");
}

TEST(ThreadTimes, AThreadThatRunsAndOneThatSleeps) {
  std::atomic<bool> done = false;
  std::atomic<pid_t> busy = 0, idle = 0;
  std::thread runs([&] {
    busy = ::gettid();
    while (!done) {
    }
  });
  std::thread sleeps([&] {
    idle = ::gettid();
    done.wait(false);
  });
  while (busy == 0 || idle == 0) std::this_thread::yield();
  const pid_t self[] = {::getpid()};
  const auto times_of = [&](pid_t tid) {
    for (const ThreadTimes& at : read_thread_times(self, 100)) {
      if (at.tid == tid) return at;
    }
    return ThreadTimes{};
  };
  const ThreadTimes before = times_of(busy), asleep = times_of(idle);
  if (before.tid == 0) GTEST_SKIP() << "this kernel keeps no account of threads' times";
  // Until it ran for a while, however busy the machine is.
  ThreadTimes after = before;
  for (int i = 0; i < 1000 && after.running_ns - before.running_ns < 20'000'000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    after = times_of(busy);
  }
  EXPECT_GE(after.running_ns - before.running_ns, 20'000'000);
  EXPECT_LT(times_of(idle).running_ns - asleep.running_ns, 20'000'000);
  EXPECT_EQ(read_thread_times(self, 1).size(), 1u);
  done = true;
  done.notify_all();
  runs.join();
  sleeps.join();
}

}  // namespace
}  // namespace hone::capture
