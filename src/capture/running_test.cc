#include "capture/running.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "capture/attached.h"

namespace hone::capture {
namespace {

// A process that waits until it is ended.
class Waiting {
 public:
  Waiting() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
  }
  ~Waiting() { end(); }
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

int some_code() {
  return 7;
}

TEST(Running, ThisProcessAndItsThreads) {
  std::atomic<pid_t> tid = 0;
  std::atomic<bool> done = false;
  std::thread other([&] {
    ::prctl(PR_SET_NAME, "other) thread");
    tid = static_cast<pid_t>(::syscall(SYS_gettid));
    while (!done) std::this_thread::yield();
  });
  while (tid == 0) std::this_thread::yield();
  const auto self = running_process(::getpid());
  done = true;
  other.join();
  ASSERT_TRUE(self);
  EXPECT_EQ(self->pid, ::getpid());
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_NE(self->command.find("_test"), std::string::npos) << self->command;
  EXPECT_FALSE(self->kernel);
  const auto found = std::find_if(self->threads.begin(), self->threads.end(),
                                  [&](const RunningThread& thread) { return thread.tid == tid; });
  ASSERT_NE(found, self->threads.end());
  EXPECT_EQ(found->name, "other) thread");
}

TEST(Running, MappingsHoldTheCodeThatRuns) {
  const auto address = reinterpret_cast<uint64_t>(&some_code);
  size_t count = 0, hits = 0;
  for_each_code_mapping(::getpid(), TimeNs{5}, [&](const MapEvent& event) {
    ++count;
    EXPECT_EQ(event.pid, ::getpid());
    EXPECT_EQ(event.time, TimeNs{5});
    if (address < event.begin || address >= event.begin + event.bytes) return;
    ++hits;
    EXPECT_TRUE(event.path.ends_with("hone_capture_test")) << event.path;
    EXPECT_NE(event.identity.inode, 0u);
  });
  EXPECT_EQ(hits, 1u);
  EXPECT_GT(count, 3u);  // the program, the C library, the linker, the vDSO
}

TEST(Running, DescendantsComeAfterTheirParents) {
  const Waiting child;
  const pid_t root = ::getpid();
  const std::vector<pid_t> all = with_descendants({&root, 1});
  ASSERT_GE(all.size(), 2u);
  EXPECT_EQ(all.front(), root);
  EXPECT_EQ(std::count(all.begin(), all.end(), child.pid()), 1);
}

TEST(Running, WhatDoesNotRun) {
  Waiting child;
  const pid_t pid = child.pid();
  EXPECT_GE(process_cpu_ns(pid), 0);
  child.end();
  EXPECT_FALSE(running_process(pid));
  EXPECT_LT(process_cpu_ns(pid), 0);
  EXPECT_TRUE(threads_of(pid).empty());
  for_each_code_mapping(pid, TimeNs{}, [](const MapEvent&) { ADD_FAILURE(); });
  EXPECT_EQ(cgroup_folder("no/such/group").error().number, "E034");
  EXPECT_EQ(Attached::find({pid}).error().number, "E032");
}

TEST(Attached, EndsWhenAllOfItHas) {
  Waiting one, other;
  const auto attached = Attached::find({one.pid(), other.pid()});
  ASSERT_TRUE(attached);
  EXPECT_FALSE(attached->empty());
  EXPECT_EQ(attached->description(), "2 processes");
  EXPECT_FALSE(attached->all_ended());
  one.end();
  EXPECT_FALSE(attached->all_ended());
  other.end();
  EXPECT_TRUE(attached->all_ended());
  EXPECT_TRUE(Attached().empty());
  EXPECT_FALSE(Attached::everyone().all_ended());
}

}  // namespace
}  // namespace hone::capture
