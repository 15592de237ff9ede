#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "exchange/costs_test_support.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class Word>
std::string cpu_words(std::initializer_list<uint64_t> words) {
  std::string out;
  for (const uint64_t each : words) {
    const Word word = static_cast<Word>(each);
    out.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return out;
}

constexpr std::string_view kMaps =
    "55550000-55560000 r--p 00000000 08:01 7 /nowhere/app\n"
    "55560000-55570000 r-xp 00010000 08:01 7 /nowhere/app\n"
    "7ffff000-80000000 r-xp 00000000 00:00 0 [vdso]\n"
    "90000000-90001000 rwxp 00000000 00:00 0 \n";

template <class Word>
std::string cpu_profile_of_words() {
  // The innermost is a place and stands twice; the others return there.
  return cpu_words<Word>({0,          3,          0,          2000, 0, 5,          3,
                          0x55560100, 0x55560100, 0x55560201, 2,    2, 0x55560100, 0x90000011,
                          1,          1,          0x12345,    0,    1, 0}) +
         std::string(kMaps);
}

TEST(ImportGperftools, CpuProfiles) {
  for (const std::string& bytes :
       {cpu_profile_of_words<uint64_t>(), cpu_profile_of_words<uint32_t>()}) {
    const Imported got = imported(bytes);
    ASSERT_TRUE(got.profile) << got.error.message;
    EXPECT_THAT(costs(got), ElementsAre("cpu: [anonymous]![[anonymous]];app!app+0x10100 4000000/2",
                                        "cpu: [unknown] 0x12345 2000000/1",
                                        "cpu: app!app+0x10200;app!app+0x10100 10000000/5",
                                        "samples: [anonymous]![[anonymous]];app!app+0x10100 2/2",
                                        "samples: [unknown] 0x12345 1/1",
                                        "samples: app!app+0x10200;app!app+0x10100 5/5"));
    EXPECT_EQ(got.left.at("import.no_map"), 1u);
    EXPECT_EQ(got.left.at("import.no_file"), 1u);
    EXPECT_EQ(got.left.at("import.no_build_id"), 2u);
    EXPECT_EQ(got.left.size(), 3u);
  }
}

TEST(ImportGperftools, CpuProfilesThatAreCutOrLie) {
  const std::string whole = cpu_profile_of_words<uint64_t>();
  const Imported cut = imported(whole.substr(0, 8 * 9));
  ASSERT_TRUE(cut.profile) << cut.error.message;
  EXPECT_EQ(cut.left.at("import.cut_short"), 1u);
  const Imported lies =
      imported(cpu_words<uint64_t>({0, 3, 0, 2000, 0, 5, uint64_t{1} << 60, 1, 2}));
  ASSERT_FALSE(lies.profile);
  EXPECT_EQ(lies.error.code, Code::Corrupt);
  EXPECT_EQ(lies.error.offset, 40u);
  const Imported many = imported(cpu_words<uint64_t>({0, 3, 0, 2000, 0, UINT64_MAX, 1, 9}));
  ASSERT_TRUE(many.profile) << many.error.message;
  EXPECT_EQ(many.left.at("import.cost_out_of_range"), 1u);
}

TEST(ImportGperftools, HeapProfiles) {
  const Imported got = imported(
      "heap profile:   3:  1008 [  2011:  6016376] @ heapprofile\n"
      "     2:     1000 [  10:  1000000] @ 0x55560101 0x55560201\n"
      "     1:        8 [2001:  5016376] @ 0x55560111\n"
      "\nMAPPED_LIBRARIES:\n" +
      std::string(kMaps));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("alloc-bytes: app!app+0x10110 5016376/2001",
                                      "alloc-bytes: app!app+0x10200;app!app+0x10100 1000000/10",
                                      "alloc-count: app!app+0x10110 2001/2001",
                                      "alloc-count: app!app+0x10200;app!app+0x10100 10/10",
                                      "inuse_objects: app!app+0x10110 1/1",
                                      "inuse_objects: app!app+0x10200;app!app+0x10100 2/2",
                                      "live-bytes: app!app+0x10110 8/1",
                                      "live-bytes: app!app+0x10200;app!app+0x10100 1000/2"));
}

TEST(ImportGperftools, SampledHeapProfilesAreScaled) {
  const auto scaled = [](double value, double mean, double period) {
    return std::to_string(std::llround(value / (1 - std::exp(-mean / period))));
  };
  const std::string records = "  4: 4096 [ 4: 4096] @ 0x55560101\n";
  const Imported v2 = imported("heap profile: 4: 4096 [ 4: 4096] @ heap_v2/65536\n" + records);
  ASSERT_TRUE(v2.profile) << v2.error.message;
  EXPECT_THAT(costs(v2),
              ElementsAre("inuse_objects: [unknown] 0x55560100 " + scaled(4, 1024, 65536) + "/4",
                          "live-bytes: [unknown] 0x55560100 " + scaled(4096, 1024, 65536) + "/4"));
  EXPECT_EQ(v2.left.at("gperftools.unsampled"), 1u);
  // The first version says twice the rate.
  const Imported v1 = imported("heap profile: 4: 4096 [ 4: 4096] @ heap/131072\n" + records);
  ASSERT_TRUE(v1.profile) << v1.error.message;
  EXPECT_EQ(costs(v1), costs(v2));
  const Imported jemalloc = imported(
      "heap_v2/65536\n  t*: 4: 4096 [0: 0]\n  t0: 4: 4096 [0: 0]\n"
      "@ 0x55560101\n  t*: 4: 4096 [0: 0]\n  t0: 4: 4096 [0: 0]\n");
  ASSERT_TRUE(jemalloc.profile) << jemalloc.error.message;
  EXPECT_EQ(costs(jemalloc), costs(v2));
}

TEST(ImportGperftools, GrowthAndContention) {
  const Imported growth = imported(
      "heap profile: 1: 1048576 [ 1: 1048576] @ growth\n 1: 1048576 [ 1: 1048576] @ 0x11\n");
  ASSERT_TRUE(growth.profile) << growth.error.message;
  EXPECT_THAT(costs(growth), ElementsAre("growth_objects: [unknown] 0x10 1/1",
                                         "growth_space: [unknown] 0x10 1048576/1"));
  const Imported contention = imported(
      "--- contention:\ncycles/second = 2000000000\nsampling period = 10\nms since reset = 5\n"
      "  4000 3 @ 0x11\n");
  ASSERT_TRUE(contention.profile) << contention.error.message;
  EXPECT_THAT(costs(contention),
              ElementsAre("contentions: [unknown] 0x10 30/3", "delay: [unknown] 0x10 20000/3"));
  const Imported no_clock = imported("--- mutex:\n4000 3 @ 0x11\n");
  ASSERT_TRUE(no_clock.profile) << no_clock.error.message;
  EXPECT_THAT(costs(no_clock), ElementsAre("contentions: [unknown] 0x10 3/3",
                                           "delay_cycles: [unknown] 0x10 4000/3"));
}

TEST(ImportGperftools, ContentionOfGoIsNamedAndScaledAlready) {
  const Imported got = imported(
      "--- mutex:\ncycles/second=1000000000\nsampling period=5\ndiscarded samples = 7\n"
      "4000 3 @ 0x4011 0x4021 0x4031\n"
      "#\t0x4010\tsync.(*Mutex).Unlock+0x50\t\t/usr/go/mutex.go:212\n"
      "#\t0x4020\tmain.work+0x10\t\t\t/src/my app/main.go:12\n#\t0x4030\n\n"
      "# Alloc = 12\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  const std::string stack =
      "[unknown] 0x4030;main.work (/src/my app/main.go:12);"
      "sync.(*Mutex).Unlock (/usr/go/mutex.go:212) ";
  EXPECT_THAT(costs(got),
              ElementsAre("contentions: " + stack + "3/3", "delay: " + stack + "4000/3"));
  EXPECT_EQ(got.left.at("gperftools.discarded"), 7u);
  EXPECT_EQ(got.left.at("gperftools.scaled_by_go"), 1u);
  EXPECT_EQ(got.left.at("import.no_map"), 1u);
}

// Blocking profiles of Go, of any version: cycles of a clock that the file names, and no period.
TEST(ImportGperftools, BlockingOfGo) {
  const Imported got = imported(
      "--- contention:\ncycles/second=2000000000\n4000 3 @ 0x4011\n"
      "#\t0x4010\tmain.work+0x10\t/src/main.go:12\n\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs(got), ElementsAre("contentions: main.work (/src/main.go:12) 3/3",
                                      "delay: main.work (/src/main.go:12) 2000/3"));
  EXPECT_EQ(got.left.count("gperftools.scaled_by_go"), 0u);
}

TEST(ImportGperftools, ContentionInOtherUnitsIsRefused) {
  for (const std::string_view line : {"format = java", "resolution = microseconds"}) {
    const Imported got =
        imported("--- contentionz 1 ---\n" + std::string(line) + "\n 4000 3 @ 0x11\n");
    ASSERT_FALSE(got.profile) << line;
    EXPECT_EQ(got.error.code, Code::Unsupported);
    EXPECT_THAT(got.error.message, HasSubstr("line 2"));
  }
}

TEST(ImportGperftools, KindsOfHeapProfilesAreKnownOrRefused) {
  for (const std::string_view kind : {"heap_v3/1024", "fragmentation", "growths", "xheap"}) {
    const Imported got =
        imported("heap profile: 1: 2 [ 1: 2] @ " + std::string(kind) + "\n1: 2 [ 1: 2] @ 0x1\n");
    ASSERT_FALSE(got.profile) << kind;
    EXPECT_THAT(got.error.message, HasSubstr("line 1"));
  }
}

TEST(ImportGperftools, MapsMayNameTheirFolderOnce) {
  const Imported got = imported(
      "heap profile: 1: 2 [ 1: 2] @ heapprofile\n1: 2 [ 1: 2] @ 0x1011\nMAPPED_LIBRARIES:\n"
      "build=/nowhere/here\n1000-2000 r-xp 00000000 08:01 7 $build/app\n");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.profile->string(got.profile->modules()[1].path), "/nowhere/here/app");
}

TEST(ImportGperftools, NonsenseIsRefusedWithItsLine) {
  const Imported got =
      imported("heap profile: 1: 2 [ 3: 4] @ heapprofile\n1: 2 [ 3: 4] @ 0x1\n1: 2 @ 0x1\n");
  ASSERT_FALSE(got.profile);
  EXPECT_EQ(got.error.code, Code::Corrupt);
  EXPECT_THAT(got.error.message, HasSubstr("line 3"));
  EXPECT_EQ(imported("heap profile: nonsense\n").error.code, Code::Corrupt);
}

}  // namespace
}  // namespace hone::exchange
