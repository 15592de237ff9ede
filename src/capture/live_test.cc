#include "capture/live.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace hone::capture {
namespace {

// A process that computes until it is ended.
class Busy {
 public:
  Busy() : pid_(::fork()) {
    if (pid_ != 0) return;
    ::alarm(60);
    for (;;) asm volatile("");
  }
  ~Busy() { end(); }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

// Waits until something of the process was sampled, however busy the machine is.
LiveSlice some_slice(Live& live) {
  LiveSlice slice;
  for (int i = 0; i < 200 && slice.samples == 0; ++i) {
    live.wait({}, 50);
    slice = live.take_slice();
  }
  return slice;
}

bool is_named(const Live& live, const LiveSlice& slice, std::string_view part) {
  return std::any_of(slice.frames.begin(), slice.frames.end(), [&](FrameId frame) {
    const auto functions = live.names().functions_of(frame);
    return std::any_of(functions.begin(), functions.end(), [&](uint32_t function) {
      return live.names().function(function).name.find(part) != std::string::npos;
    });
  });
}

#ifdef __has_feature
#define HONE_TEST_THREADS (__has_feature(thread_sanitizer) ? 2u : 1u)
#else
#define HONE_TEST_THREADS 1u
#endif

TEST(Live, SamplesOfAProcessAndItsEnd) {
  Busy busy;
  auto live = Live::open({.pids = {busy.pid()}});
  if (!live) GTEST_SKIP() << live.error().message;
  const LiveSlice slice = some_slice(**live);
  ASSERT_GT(slice.samples, 0u);
  // The thread sanitizer gives every process a thread of its own, which works now and then.
  ASSERT_LE(slice.threads.size(), HONE_TEST_THREADS);
  ASSERT_GE(slice.threads.size(), 1u);
  for (const LiveThread& thread : slice.threads) EXPECT_EQ(thread.pid, busy.pid());
  uint64_t samples = 0;
  for (const LiveStack& stack : slice.stacks) samples += stack.samples;
  EXPECT_EQ(samples, slice.samples);
  (*live)->settle_names(DurationNs{30'000'000'000});
  EXPECT_TRUE(is_named(**live, slice, "Busy")) << "the function that computes has no name";
  EXPECT_FALSE((*live)->ended());
  EXPECT_FALSE((*live)->thread_times(slice).empty());
  busy.end();
  for (int i = 0; i < 100 && !(*live)->ended(); ++i) (*live)->wait({}, 50);
  EXPECT_TRUE((*live)->ended());
}

TEST(Live, WhatIsLearnedIsBegunAnewAndSamplesGoOn) {
  Busy busy;
  auto live = Live::open({.pids = {busy.pid()}, .frames_max = 1});
  if (!live) GTEST_SKIP() << live.error().message;
  uint32_t generation = 0;
  for (int round = 0; round < 5; ++round) {
    const LiveSlice slice = some_slice(**live);
    ASSERT_GT(slice.samples, 0u) << round;
    EXPECT_TRUE(round == 0 || slice.generation > generation);
    generation = slice.generation;
    for (const FrameId frame : slice.frames) {
      ASSERT_FALSE((*live)->names().functions_of(frame).empty());
    }
    (*live)->settle_names(DurationNs{30'000'000'000});
    EXPECT_TRUE(is_named(**live, slice, "Busy")) << round;
  }
}

TEST(Live, AProgramIsStartedAndEnded) {
  auto live = Live::open({.command = {"/bin/sh", "-c", "while :; do :; done"}});
  if (!live) GTEST_SKIP() << live.error().message;
  EXPECT_GT(some_slice(**live).samples, 0u);
  const pid_t program = (*live)->program_pid();
  EXPECT_GT(program, 0);
  EXPECT_TRUE((*live)->end_program(DurationNs{20'000'000'000}));
  EXPECT_EQ((*live)->program_pid(), 0);
  EXPECT_EQ((*live)->exit_status(), 128 + SIGTERM);
}

}  // namespace
}  // namespace hone::capture
