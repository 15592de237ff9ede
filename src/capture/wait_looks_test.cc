#include "capture/wait_looks.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace hone::capture {
namespace {

TEST(WaitLooks, ReadSystemCalls) {
  SystemCall call;
  ASSERT_TRUE(parse_system_call(
      "230 0x0 0x0 0x7fff3b224510 0x7fff3b224550 0x0 0x0 0x7fff3b2244f8 0x7f052b311503\n", call));
  EXPECT_EQ(call.number, 230);
  EXPECT_EQ(call.sp, 0x7fff3b2244f8u);
  EXPECT_EQ(call.pc, 0x7f052b311503u);
  EXPECT_FALSE(call.running);
  ASSERT_TRUE(parse_system_call("running\n", call));
  EXPECT_TRUE(call.running);
  ASSERT_TRUE(parse_system_call("-1 0x10 0x20\n", call));
  EXPECT_EQ(call.number, -1);
  EXPECT_EQ(call.sp, 0x10u);
  for (const char* odd : {"", "-2 0x1 0x2", "12", "12 0x0 0x0 0x0 0x0 0x0 0x0 0x1", "x 0x1 0x2",
                          "99999999999999999999 0x1 0x2", "-1 10 20", "-1 0x1 0xzz"}) {
    EXPECT_FALSE(parse_system_call(odd, call)) << odd;
  }
}

TEST(WaitLooks, ReadAccountsAndPlaces) {
  EXPECT_EQ(parse_run_delay("1 2204230 3\n"), 2204230);
  EXPECT_EQ(parse_run_delay(""), -1);
  EXPECT_EQ(parse_run_delay("1 -5 3"), -1);
  EXPECT_EQ(parse_run_delay("1 99999999999999999999 3"), -1);
  EXPECT_EQ(parse_wait_place("futex_do_wait"), "futex_do_wait");
  EXPECT_EQ(parse_wait_place("0"), "");
  EXPECT_EQ(parse_wait_place("a\x1b[1m"), "");
}

TEST(WaitLooks, SeeAThreadThatWaits) {
  std::atomic<pid_t> tid{0};
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::thread waiting([&] {
    tid = static_cast<pid_t>(::syscall(SYS_gettid));
    char byte;
    (void)!::read(ends[0], &byte, 1);
  });
  ProcLook look;
  bool seen = false;
  for (int i = 0; i < 2000 && !seen; ++i) {
    ::usleep(1000);
    seen = tid != 0 && look_at(::getpid(), tid, look) == LookEnd::kSeen &&
           look.call.number == SYS_read;
  }
  ::close(ends[1]);
  waiting.join();
  ::close(ends[0]);
  if (!seen) GTEST_SKIP() << "/proc/PID/task/TID/syscall does not tell here";
  EXPECT_LE(look.from, look.until);
  EXPECT_LE(look.until, look.place_until);
  EXPECT_GT(look.stack.size(), 64u);
}

}  // namespace
}  // namespace hone::capture
