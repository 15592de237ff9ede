#include "serve/cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace hone::serve {
namespace {

size_t ten(const int&) {
  return 10;
}

TEST(Cache, MakesOnceForAllWhoAskAtOnce) {
  Cache cache;
  std::atomic<int> made = 0, right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto got = cache.kept<int>(
            "x",
            [&]() -> Result<int> {
              std::this_thread::sleep_for(std::chrono::milliseconds(20));
              return ++made;
            },
            ten);
        if (got && **got == 1) ++right;
      });
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(right, 8);
}

TEST(Cache, AfterAnErrorTheNextOneTries) {
  Cache cache;
  int tries = 0;
  const auto make = [&]() -> Result<int> {
    if (++tries == 1) return fail(Code::InvalidArgument, "no");
    return 7;
  };
  EXPECT_FALSE(cache.kept<int>("x", make, ten));
  const auto got = cache.kept<int>("x", make, ten);
  ASSERT_TRUE(got);
  EXPECT_EQ(**got, 7);
  EXPECT_EQ(tries, 2);
}

TEST(Cache, WhatIsTooLargeIsMadeForEach) {
  Cache cache(15);
  int made = 0;
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(cache.kept<int>(
        "x", [&]() -> Result<int> { return ++made; }, ten));
  EXPECT_EQ(made, 3);
}

TEST(Cache, TheLeastRecentlyUsedGoesFirst) {
  Cache cache(25);
  int made = 0;
  const auto ask = [&](const char* key) {
    EXPECT_TRUE(cache.kept<int>(
        key, [&]() -> Result<int> { return ++made; }, ten));
  };
  ask("a");
  ask("b");
  ask("a");
  ask("c");  // b goes
  EXPECT_EQ(made, 3);
  ask("a");
  EXPECT_EQ(made, 3);
  ask("b");
  EXPECT_EQ(made, 4);
}

}  // namespace
}  // namespace hone::serve
