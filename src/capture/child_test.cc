#include "capture/child.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "base/host/file.h"

namespace hone::capture {
namespace {

// Waits for one process to end; -1 when nothing ended in ten seconds.
int status_of(pid_t pid, ProcessEnd* out = nullptr) {
  for (int tries = 0; tries < 10000; ++tries) {
    ProcessEnd end;
    if (poll_ended(&end) && end.pid == pid) {
      if (out) *out = end;
      return end.wait_status;
    }
    ::poll(nullptr, 0, 1);
  }
  return -1;
}

int run(const std::string& script) {
  auto child = Child::prepare({"/bin/sh", "-c", script});
  if (!child || !child->release()) return -1;
  return status_of(child->pid());
}

class ChildTest : public testing::Test {
 protected:
  ChildTest() {
    char name[] = "/tmp/hone-child-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~ChildTest() override { (void)!std::system(("rm -rf '" + folder_ + "'").c_str()); }
  std::string file(const std::string& name, const std::string& content, unsigned mode) {
    const std::string path = folder_ + "/" + name;
    EXPECT_TRUE(base::write_file_atomically(path, base::as_bytes(content)));
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  std::string folder_;
};

TEST_F(ChildTest, StatusAndSignal) {
  EXPECT_EQ(run("exit 0"), 0);
  EXPECT_EQ(WEXITSTATUS(run("exit 7")), 7);
  EXPECT_EQ(WTERMSIG(run("kill -9 $$")), SIGKILL);
  EXPECT_TRUE(no_children());
}

TEST_F(ChildTest, DoesNotRunBeforeItIsReleased) {
  const std::string mark = folder_ + "/mark";
  {
    auto child = Child::prepare({"/bin/sh", "-c", "touch " + mark});
    ASSERT_TRUE(child);
    EXPECT_EQ(::kill(child->pid(), 0), 0);
    EXPECT_NE(::access(mark.c_str(), F_OK), 0);
  }
  EXPECT_NE(::access(mark.c_str(), F_OK), 0) << "destroyed before, it never runs";
  EXPECT_TRUE(no_children());
}

TEST_F(ChildTest, WhatItUses) {
  auto child =
      Child::prepare({"/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"});
  ASSERT_TRUE(child && child->release());
  EXPECT_GE(child->cpu_before_ns(), 0);
  ProcessEnd end;
  ASSERT_EQ(status_of(child->pid(), &end), 0);
  EXPECT_GT(end.cpu_ns, child->cpu_before_ns());
  EXPECT_GT(end.peak_memory_bytes, 100'000u);
}

TEST_F(ChildTest, ProgramsThatAreNotThere) {
  for (const char* name : {"no-such-program", "./no-such-program", "/no/such/program", ""}) {
    auto child = Child::prepare({name});
    ASSERT_FALSE(child) << name;
    EXPECT_EQ(child.error().number, "E030") << name;
    EXPECT_FALSE(child.error().fixes.empty());
  }
  EXPECT_TRUE(no_children());
}

TEST_F(ChildTest, FilesThatAreNoPrograms) {
  for (const std::string& path : {file("plain", "text\n", 0644), folder_}) {
    auto child = Child::prepare({path});
    ASSERT_FALSE(child) << path;
    EXPECT_EQ(child.error().number, "E031") << path;
  }
}

// These are found out by exec alone.
TEST_F(ChildTest, ProgramsThatCannotRun) {
  std::string elf(64, '\0');
  elf.replace(0, 6, "\177ELF\2\1");  // of no machine; not run by the shell either
  for (const std::string& path :
       {file("lost", "#!/no/such/interpreter\n", 0755), file("elf", elf, 0755)}) {
    auto child = Child::prepare({path});
    ASSERT_TRUE(child) << path;
    const auto released = child->release();
    ASSERT_FALSE(released) << path;
    EXPECT_EQ(released.error().number, "E031") << path;
    EXPECT_FALSE(released.error().fixes.empty());
    EXPECT_TRUE(no_children()) << "what could not run is not left behind";
  }
}

TEST_F(ChildTest, ScriptWithoutAFirstLine) {
  auto child = Child::prepare({file("script", "exit $1\n", 0755), "5"});
  ASSERT_TRUE(child);
  ASSERT_TRUE(child->release());
  EXPECT_EQ(WEXITSTATUS(status_of(child->pid())), 5);
}

TEST_F(ChildTest, IsFoundAsAShellFindsIt) {
  file("tool", "#!/bin/sh\nexit 3\n", 0755);
  ::mkdir((folder_ + "/first").c_str(), 0755);
  file("first/tool", "not executable", 0644);
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (folder_ + "/first:" + folder_).c_str(), 1);
  const auto found = find_program("tool");
  ::setenv("PATH", (folder_ + "/first").c_str(), 1);
  const auto not_executable = find_program("tool");
  ::setenv("PATH", before.c_str(), 1);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, folder_ + "/tool");
  ASSERT_FALSE(not_executable);
  EXPECT_EQ(not_executable.error().number, "E031");
}

// The program has the signals and limits that we were started with, whatever we do with ours.
TEST_F(ChildTest, InheritsWhatWeWereStartedWith) {
  ::signal(SIGCHLD, SIG_IGN);
  auto child = Child::prepare({"cp", "/proc/self/status", "/proc/self/limits", folder_});
  ASSERT_TRUE(child);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  rlimit other = limit;
  other.rlim_cur = limit.rlim_cur / 2;
  ::setrlimit(RLIMIT_NOFILE, &other);
  sigset_t set, before;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigprocmask(SIG_BLOCK, &set, &before);
  ASSERT_TRUE(child->release());
  const int status = status_of(child->pid());
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(status, 0) << "its end is seen though ends were ignored";
  const auto text = base::read_file(folder_ + "/status");
  const auto limits = base::read_file(folder_ + "/limits");
  ASSERT_TRUE(text && limits);
  const auto mask = [&](const char* name) {
    const size_t at = text->find(name);
    return at == std::string::npos ? 0 : std::strtoull(text->c_str() + at + 7, nullptr, 16);
  };
  EXPECT_EQ(mask("SigBlk:") & (1u << (SIGINT - 1)), 0u);
  EXPECT_NE(mask("SigIgn:") & (1u << (SIGCHLD - 1)), 0u);
  const size_t files = limits->find("Max open files");
  ASSERT_NE(files, std::string::npos);
  EXPECT_EQ(std::strtoull(limits->c_str() + files + 14, nullptr, 10), limit.rlim_cur);
}

TEST_F(ChildTest, ChildrenOfOtherThreadsAreLeftToThem) {
  int status = -1;
  std::thread other([&] {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(4);
    ::poll(nullptr, 0, 50);
    ::waitpid(pid, &status, 0);
  });
  ProcessEnd end;
  bool stolen = false;
  for (int i = 0; i < 100; ++i) {
    stolen = stolen || poll_ended(&end);
    ::poll(nullptr, 0, 1);
  }
  other.join();
  EXPECT_FALSE(stolen);
  EXPECT_EQ(WEXITSTATUS(status), 4);
}

}  // namespace
}  // namespace hone::capture
