#include "analysis/pools.h"

#include <gtest/gtest.h>

#include <optional>

#include "analysis/findings.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using recording::AllocationRow;

constexpr int64_t kStart = 1'000'000'000;
constexpr int64_t kMs = 1'000'000;

class PoolsTest : public testing::Test {
 protected:
  static constexpr std::string_view kSamples = R"(
    @meta run.wall_ns 1000000000
    @meta run.start_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=2 start_ns=1000000000 end_ns=2000000000
    main;step 3 time=1005000000
    work 7 thread=worker time=1005000000
  )";
  PoolsTest() : tables_(profile::tables_of_text(kSamples)), pool_(site("nodes", 5)) {}

  SiteId site(std::string_view name, uint8_t kind) {
    const auto text = StringId{tables_.append(recording::StringRow{.text = name})};
    return SiteId{tables_.append(recording::SiteRow{.name = text, .kind = kind, .level = 4})};
  }
  void put(int64_t ms, uint8_t kind, uint64_t address, uint64_t bytes, uint32_t thread = 1,
           SiteId span = SiteId::kNone) {
    tables_.append(AllocationRow{.thread = ThreadId{thread},
                                 .time = TimeNs{kStart + ms * kMs},
                                 .site = pool_,
                                 .kind = kind,
                                 .address = address,
                                 .bytes = bytes,
                                 .span = span});
  }
  void allocate(int64_t ms, uint64_t address, uint64_t bytes, uint32_t thread = 1,
                SiteId span = SiteId::kNone) {
    put(ms, recording::kAllocated, address, bytes, thread, span);
  }
  void free(int64_t ms, uint64_t address, uint32_t thread = 1) {
    put(ms, recording::kFreed, address, 0, thread);
  }
  PoolReport report(const Selection& selection = {}) {
    auto loaded = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(loaded);
    profile_.emplace(std::move(*loaded));
    return pool_report(*profile_, selection);
  }

  profile::Tables tables_;
  SiteId pool_;
  std::optional<Profile> profile_;
};

TEST_F(PoolsTest, LiveAndPeakWithItsTime) {
  allocate(10, 1, 100);
  allocate(20, 2, 50);
  free(30, 1);
  allocate(40, 3, 20);
  const PoolReport got = report();
  ASSERT_EQ(got.pools.size(), 1u);
  const PoolStats& pool = got.pools[0];
  EXPECT_EQ(pool.name, "nodes");
  EXPECT_EQ(pool.allocations, 3u);
  EXPECT_EQ(pool.allocated_bytes, 170u);
  EXPECT_EQ(pool.frees, 1u);
  EXPECT_EQ(pool.live_bytes, 70u);
  EXPECT_EQ(pool.live_count, 2u);
  EXPECT_EQ(pool.peak_bytes, 150u);
  EXPECT_EQ(pool.peak_count, 2u);
  EXPECT_EQ(pool.peak_time, TimeNs{kStart + 20 * kMs});
  EXPECT_EQ(pool.lifetime.p50_ns, 20 * kMs);
  EXPECT_EQ(pool.live_over_time.back(), 70u);
  ASSERT_EQ(pool.left.size(), 2u);
  EXPECT_EQ(pool.left[0].size, 50u);
}

TEST_F(PoolsTest, ThreadsAreFollowedInTheOrderOfTheirTimes) {
  // As a recorder reads them: all of one thread, then all of another.
  for (int i = 0; i < 100; ++i) allocate(2 * i, 7, 10, 1);
  for (int i = 0; i < 100; ++i) free(2 * i + 1, 7, 2);
  const PoolStats pool = report().pools[0];
  EXPECT_EQ(pool.frees, 100u);
  EXPECT_EQ(pool.freed_twice + pool.freed_unknown + pool.taken_twice, 0u);
  EXPECT_EQ(pool.peak_bytes, 10u);
  EXPECT_EQ(pool.live_count, 0u);
}

TEST_F(PoolsTest, WhatIsWrongIsCountedByItsKind) {
  allocate(1, 1, 10);
  free(2, 1);
  free(3, 1);
  free(4, 99);
  allocate(5, 2, 10);
  allocate(6, 2, 30);
  const PoolReport got = report();
  const PoolStats& pool = got.pools[0];
  EXPECT_EQ(pool.freed_twice, 1u);
  EXPECT_EQ(pool.freed_unknown, 1u);
  EXPECT_EQ(pool.taken_twice, 1u);
  EXPECT_EQ(pool.live_bytes, 30u);
  const std::vector<Finding> found = findings(*profile_, {});
  EXPECT_EQ(found[0].id, "freed-twice");
}

TEST_F(PoolsTest, NothingIsCalledWrongWhereMarksAreMissing) {
  tables_.append(recording::MetaRow{.key = "spans.marks_lost", .value = "12"});
  allocate(1, 1, 10);
  free(2, 1);
  free(3, 1);
  const PoolReport got = report();
  EXPECT_EQ(got.lost, 12u);
  for (const Finding& each : findings(*profile_, {})) EXPECT_NE(each.id, "freed-twice");
}

TEST_F(PoolsTest, AResetFreesAll) {
  for (uint64_t i = 1; i <= 10; ++i) allocate(static_cast<int64_t>(i), i, 8);
  put(50, recording::kPoolReset, 0, 0);
  allocate(60, 3, 5);
  const PoolStats pool = report().pools[0];
  EXPECT_EQ(pool.resets, 1u);
  EXPECT_EQ(pool.frees, 10u);
  EXPECT_EQ(pool.live_bytes, 5u);
  EXPECT_EQ(pool.taken_twice, 0u);
}

TEST_F(PoolsTest, SpansHaveWhatWasAllocatedInThem) {
  const SiteId frame = site("frame", 1), load = site("load", 1);
  allocate(5, 1, 1, 1, frame);
  allocate(15, 2, 10, 1, load);
  allocate(35, 3, 10, 2, load);
  allocate(45, 4, 1, 1, frame);
  allocate(55, 5, 100);
  allocate(65, 6, 1, 1, frame);
  allocate(66, 7, 50, 1, SiteId{4000});  // one that is none
  free(66, 2);
  const PoolStats pool = report().pools[0];
  ASSERT_EQ(pool.spans.size(), 3u);
  EXPECT_EQ(pool.spans[0].span, "");
  EXPECT_EQ(pool.spans[0].bytes, 150u);
  EXPECT_EQ(pool.spans[1].span, "load");
  EXPECT_EQ(pool.spans[1].bytes, 20u);
  EXPECT_EQ(pool.spans[1].live_bytes, 10u);
  EXPECT_EQ(pool.spans[2].span, "frame");
  EXPECT_EQ(pool.spans[2].count, 3u);
}

TEST_F(PoolsTest, SizesStandInTheirClasses) {
  allocate(1, 1, 0);
  allocate(2, 2, 1);
  allocate(3, 3, 2);
  allocate(4, 4, 64);
  allocate(5, 5, 65);
  allocate(6, 6, UINT64_MAX);
  const PoolStats pool = report().pools[0];
  EXPECT_EQ(pool.sizes[0].count, 2u);
  EXPECT_EQ(pool.sizes[1].count, 1u);
  EXPECT_EQ(pool.sizes[6].count, 1u);
  EXPECT_EQ(pool.sizes[7].count, 1u);
  EXPECT_EQ(pool.sizes[kSizeClasses - 1].count, 1u);
}

TEST_F(PoolsTest, GrowthSaysWhen) {
  for (int i = 0; i < 40; ++i) allocate(10 * i, static_cast<uint64_t>(i) + 1, 1);
  allocate(205, 1000, 500);
  const PoolStats pool = report().pools[0];
  EXPECT_GE(pool.growth_bytes, 500);
  EXPECT_LE(pool.growth_from, TimeNs{kStart + 205 * kMs});
  EXPECT_GE(pool.growth_until, TimeNs{kStart + 205 * kMs});
  EXPECT_EQ(pool.live_over_time.size(), 40u);
}

TEST_F(PoolsTest, ASelectionTakesWhatItsThreadsAllocated) {
  allocate(1, 1, 10, 1);
  allocate(2, 2, 20, 2);
  free(3, 1, 2);
  free(4, 2, 1);
  const PoolStats pool = report({.thread = "worker"}).pools[0];
  EXPECT_EQ(pool.allocations, 1u);
  EXPECT_EQ(pool.allocated_bytes, 20u);
  EXPECT_EQ(pool.frees, 1u);
}

}  // namespace
}  // namespace hone::analysis
