#include "capture/probes/probe_definitions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/running.h"

namespace hone::capture {
namespace {

class LeftBehind : public ::testing::Test {
 protected:
  void SetUp() override {
    struct stat status = {};
    ASSERT_EQ(::stat("/proc/self/ns/pid", &status), 0);
    name_space_ = status.st_ino;
    ticks_ = process_start_ticks(::getpid());
    ASSERT_GT(ticks_, 0);
  }
  static std::string group(int64_t pid, int64_t start, uint64_t name_space) {
    return fmt::format("hone_{}_{}_{}", pid, start, name_space);
  }
  uint64_t name_space_ = 0;
  int64_t ticks_ = 0;
};

TEST_F(LeftBehind, IsNotWhatWeMake) {
  EXPECT_EQ(own_probe_group(), group(::getpid(), ticks_, name_space_));
  EXPECT_FALSE(is_left_behind(own_probe_group()));
}

TEST_F(LeftBehind, IsWhatAnEarlierProcessOfTheSameIdMade) {
  EXPECT_TRUE(is_left_behind(group(::getpid(), ticks_ - 1, name_space_)));
  EXPECT_TRUE(is_left_behind(group(::getppid(), 1, name_space_)));
}

TEST_F(LeftBehind, IsWhatAProcessMadeThatHasEnded) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_GT(child, 0);
  const int64_t began = process_start_ticks(child);
  // It has ended, and is told of until it is waited for.
  EXPECT_FALSE(is_left_behind(group(child, began, name_space_)));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(is_left_behind(group(child, began, name_space_)));
}

TEST_F(LeftBehind, IsNothingOfAnotherNamespace) {
  EXPECT_FALSE(is_left_behind(group(::getpid(), ticks_ - 1, name_space_ + 1)));
  EXPECT_FALSE(is_left_behind(group(::getpid(), ticks_ - 1, 0)));
}

TEST_F(LeftBehind, IsNothingThatIsNotCalledSo) {
  const std::string good = group(::getpid(), ticks_ - 1, name_space_);
  for (const std::string& bad :
       {std::string(), std::string("hone_"), std::string("hone_1"), std::string("hone_1_1"),
        "x" + good, good + "0x", good + "_1", group(-1, 1, name_space_), group(0, 1, name_space_),
        group(int64_t{1} << 40, 1, name_space_), group(::getpid(), 0, name_space_)}) {
    EXPECT_FALSE(is_left_behind(bad)) << bad;
  }
}

}  // namespace
}  // namespace hone::capture
