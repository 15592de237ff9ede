#include "capture/facts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "capture/calibrate.h"

namespace hone::capture {
namespace {

std::string value(const Facts& facts, const std::string& key) {
  for (const auto& [name, text] : facts) {
    if (name == key) return text;
  }
  return {};
}

TEST(Facts, OfTheHost) {
  const Facts facts = host_facts();
  EXPECT_GE(std::atoi(value(facts, "host.cpu_count").c_str()), 1);
  EXPECT_GT(std::atoll(value(facts, "host.memory_bytes").c_str()), 1 << 20);
  EXPECT_NE(value(facts, "host.kernel"), "");
  for (const auto& [key, text] : facts) {
    EXPECT_TRUE(key.starts_with("host.")) << key;
    EXPECT_NE(text, "") << key << ": what cannot be had is left out";
  }
}

TEST(Facts, OfAGitFolder) {
  char name[] = "/tmp/hone-facts-XXXXXX";
  const std::string folder = ::mkdtemp(name);
  EXPECT_TRUE(git_facts(folder + "/absent").empty());
  const std::string git = "git -C " + folder + " -c user.name=x -c user.email=x@x ";
  const bool made = std::system((git + "init -q 2>/dev/null && touch " + folder + "/a && " + git +
                                 "add a && " + git + "commit -qm a")
                                    .c_str()) == 0;
  if (made) {
    Facts facts = git_facts(folder);
    EXPECT_EQ(value(facts, "git.commit").size(), 40u);
    EXPECT_EQ(value(facts, "git.dirty"), "no");
    EXPECT_EQ(std::system(("echo changed > " + folder + "/a").c_str()), 0);
    EXPECT_EQ(value(git_facts(folder), "git.dirty"), "yes");
  }
  (void)!std::system(("rm -rf " + folder).c_str());
  if (!made) GTEST_SKIP() << "git is missing";
}

TEST(Facts, OfTheEnvironment) {
  ::setenv("HONE_TEST_FACT", "a=b", 1);
  const Facts facts = environment_facts();
  ::unsetenv("HONE_TEST_FACT");
  EXPECT_EQ(value(facts, "env.HONE_TEST_FACT"), "a=b");
  EXPECT_TRUE(std::is_sorted(facts.begin(), facts.end()));
}

TEST(Calibrate, IsMeasuredOnceABoot) {
  char name[] = "/tmp/hone-calibrate-XXXXXX";
  const std::string folder = ::mkdtemp(name);
  const char* before = std::getenv("XDG_CACHE_HOME");
  const std::string kept = before ? before : "";
  ::setenv("XDG_CACHE_HOME", folder.c_str(), 1);
  const int64_t first = interrupt_ns_per_sample(true);
  const int64_t second = interrupt_ns_per_sample(true);
  if (before) {
    ::setenv("XDG_CACHE_HOME", kept.c_str(), 1);
  } else {
    ::unsetenv("XDG_CACHE_HOME");
  }
  (void)!std::system(("rm -rf " + folder).c_str());
  // 0: it could not be measured here (no permission, or a machine that is too busy).
  EXPECT_GE(first, 0);
  EXPECT_LT(first, 1'000'000);
  if (first > 0) {
    EXPECT_EQ(first, second);
  }
}

}  // namespace
}  // namespace hone::capture
