#include "analysis/counters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "analysis/findings.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::profile_of_text;

Counters counters(std::string_view text, const Selection& selection = {}) {
  return summarise_counters(profile_of_text(text), selection);
}

// Of a made-up run of ten seconds.
Finding find(const std::string& text, std::string_view id) {
  const auto p =
      profile_of_text(text + "\n@meta run.wall_ns 10000000000\n@meta host.cpu_count 4\n");
  for (const Finding& f : findings(p, {})) {
    if (f.id == id) return f;
  }
  return {};
}

TEST(Counters, OfARecordingWithoutAny) {
  const Counters c = counters("main 1");
  EXPECT_TRUE(c.empty());
  EXPECT_LT(c.facts.peak_memory_bytes, 0);
}

TEST(Counters, RatesOfWhatGrows) {
  // Ten a second, nothing for a second, then a hundred a second.
  const Counters c = counters(
      "@track switches kind=2 values=0:5,1000000000:15,2000000000:15,3000000000:115\nmain 1");
  ASSERT_EQ(c.tracks.size(), 1u);
  const TrackSummary& t = c.tracks[0];
  EXPECT_DOUBLE_EQ(t.total, 110);
  EXPECT_NEAR(t.mean, 110.0 / 3, 1e-6);
  EXPECT_NEAR(t.least, 0, 1e-9);
  EXPECT_NEAR(t.most, 100, 1e-6);
  EXPECT_EQ(c.step_ns, 100'000'000);
  ASSERT_EQ(t.points.size(), 30u);
  EXPECT_NEAR(t.points[0], 10, 1e-6);
  EXPECT_NEAR(t.points[15], 0, 1e-6);
  EXPECT_NEAR(t.points[29], 100, 1e-6);
}

TEST(Counters, AGaugeHoldsUntilItsNextReading) {
  const Counters c =
      counters("@track load.1m divisor=100 values=0:100,3000000000:300,4000000000:300\nmain 1");
  const TrackSummary& t = c.tracks.at(0);
  EXPECT_DOUBLE_EQ(t.mean, (3 * 1.0 + 1 * 3.0) / 4);
  EXPECT_DOUBLE_EQ(t.least, 1);
  EXPECT_DOUBLE_EQ(t.most, 3);
  EXPECT_DOUBLE_EQ(t.last, 3);
  EXPECT_DOUBLE_EQ(t.points.front(), 1);
  EXPECT_DOUBLE_EQ(t.points.back(), 3);
}

TEST(Counters, AShortRunHasItsTotals) {
  const Counters c = counters(
      "@track faults.minor scope=3 kind=2 values=1000:0,2000000:77\n"
      "@track once values=5:1\nmain 1");
  ASSERT_EQ(c.tracks.size(), 2u);
  EXPECT_EQ(c.steps, 1u);
  EXPECT_DOUBLE_EQ(c.facts.minor_faults, 77);
  EXPECT_GT(c.tracks[0].most, 0);
  EXPECT_DOUBLE_EQ(c.tracks[1].mean, 1);
}

TEST(Counters, PartOfTheTimeAndPartOfTheProcesses) {
  const std::string text =
      "@track io.read scope=4 kind=2 unit=2 process=one values=0:0,4000000000:400\n"
      "@track io.read scope=4 kind=2 unit=2 process=two values=0:0,4000000000:4000\n"
      "@track switches kind=2 values=0:0,4000000000:40\n"
      "main 1 process=one thread=a\nmain 1 process=two thread=b\n";
  Selection selection;
  selection.time_first = TimeNs{1'000'000'000};
  selection.time_last = TimeNs{2'000'000'000};
  selection.process = "one";
  const Counters c = counters(text, selection);
  ASSERT_EQ(c.tracks.size(), 2u);
  EXPECT_EQ(c.tracks[0].owner, "one (pid 100)");
  EXPECT_NEAR(c.tracks[0].total, 100, 1e-6);
  EXPECT_NEAR(c.tracks[1].total, 10, 1e-6);
  EXPECT_NEAR(c.facts.read_bytes, 100, 1e-6);
}

TEST(Counters, EventsThatTookTurnsAreMarked) {
  const Counters c = counters(
      "@track cache-misses scope=3 kind=2 values=0:0,1000000000:500\n"
      "@track cache-misses.counted scope=3 unit=6 divisor=1000000 of=1 "
      "values=0:1000000,1000000000:250000\nmain 1");
  ASSERT_EQ(c.tracks.size(), 1u);
  EXPECT_DOUBLE_EQ(c.tracks[0].counted_share, 0.25);
}

// A pause from the first to the third second: read at its edges, ten of all before and behind it.
TEST(Counters, WhatHappenedInAPauseIsLeftOut) {
  profile::Tables tables = profile::tables_of_text(
      "@track switches kind=2 values=0:0,1000000000:10,3000000000:90,4000000000:100\n"
      "@track memory.used values=0:5,1000000000:5,3000000000:50,4000000000:50\n"
      "@track odd kind=2 values=1500000000:0,2500000000:7\nmain 1");
  tables.append(recording::PauseRow{.start = TimeNs{1'000'000'000}, .end = TimeNs{3'000'000'000}});
  auto profile = profile::Loader::build(std::move(tables), nullptr);
  ASSERT_TRUE(profile);
  const Counters c = summarise_counters(*profile, {});
  ASSERT_EQ(c.tracks.size(), 3u);
  EXPECT_DOUBLE_EQ(c.tracks[0].total, 20);
  EXPECT_DOUBLE_EQ(c.tracks[0].mean, 10);
  EXPECT_NEAR(c.tracks[0].most, 10, 1e-6);
  EXPECT_EQ(c.tracks[0].span_ns, 2'000'000'000);
  EXPECT_TRUE(std::isnan(c.tracks[0].points[20]));
  EXPECT_TRUE(std::isnan(c.tracks[1].points[20]));
  EXPECT_DOUBLE_EQ(c.tracks[1].mean, (5 + 50) / 2.0);
  // All of it lies in the pause.
  EXPECT_DOUBLE_EQ(c.tracks[2].total, 0);
}

TEST(Counters, MorePausesThanAreLookedAt) {
  profile::Tables tables =
      profile::tables_of_text("@track a kind=2 values=0:0,9000000:9000000\nm 1");
  constexpr int64_t kShort = 100;
  for (int64_t at = 0; at < 5000; ++at) {
    tables.append(
        recording::PauseRow{.start = TimeNs{at * 1000}, .end = TimeNs{at * 1000 + kShort}});
  }
  tables.append(recording::PauseRow{.start = TimeNs{6'000'000}, .end = TimeNs{8'000'000}});
  auto profile = profile::Loader::build(std::move(tables), nullptr);
  ASSERT_TRUE(profile);
  EXPECT_NEAR(summarise_counters(*profile, {}).tracks.at(0).total, 7e6 - 999 * kShort, 1);
}

TEST(Counters, TimesAndValuesOfAHostileFile) {
  const Counters c = counters(
      "@track a kind=2 values=-9223372036854775807:0,9223372036854775807:9223372036854775807\n"
      "@track b values=-9223372036854775807:5,0:9223372036854775807\n"
      "@track c kind=2 values=7:1,7:1,7:9\nmain 1");
  for (const TrackSummary& t : c.tracks) {
    EXPECT_TRUE(std::isfinite(t.mean)) << t.name;
    EXPECT_TRUE(std::isfinite(t.most)) << t.name;
    EXPECT_LE(t.points.size(), 700u);
  }
}

TEST(SystemFindings, Throttled) {
  const auto run = [](int throttled) {
    return "@track cpu.periods scope=6 kind=2 what=/x values=0:0,10000000000:100\n"
           "@track cpu.periods_throttled scope=6 kind=2 what=/x values=0:0,10000000000:" +
           std::to_string(throttled) + "\n@meta cgroup.cpu_limit 0.5\nmain 100";
  };
  EXPECT_EQ(find(run(0), "throttled").id, "");
  EXPECT_EQ(find(run(4), "throttled").id, "");
  EXPECT_EQ(find(run(10), "throttled").severity, 2);
  const Finding f = find(run(60), "throttled");
  EXPECT_EQ(f.severity, 3);
  EXPECT_NE(f.sentence.find("60.0%"), std::string::npos) << f.sentence;
  EXPECT_NE(f.sentence.find("0.5 CPUs"), std::string::npos) << f.sentence;
}

TEST(SystemFindings, MemoryOfTheGroup) {
  const auto run = [](int used, int killed) {
    return "@track memory.used scope=6 unit=2 what=/x values=0:100,10000000000:" +
           std::to_string(used) +
           "\n@track memory.killed scope=6 kind=2 what=/x values=0:0,10000000000:" +
           std::to_string(killed) + "\n@meta cgroup.memory_limit_bytes 1000\nmain 100";
  };
  EXPECT_EQ(find(run(800, 0), "memory-limit").id, "");
  EXPECT_EQ(find(run(950, 0), "memory-limit").severity, 2);
  EXPECT_EQ(find(run(800, 1), "memory-limit").severity, 3);
}

TEST(SystemFindings, PageFaults) {
  const auto run = [](int64_t faults, int64_t system_ns) {
    return "@track faults.minor scope=3 kind=2 values=0:0,10000000000:" + std::to_string(faults) +
           "\n@track cpu.busy scope=4 kind=2 unit=3 process=app values=0:0,10000000000:1000000000"
           "\n@track cpu.system scope=4 kind=2 unit=3 process=app values=0:0,10000000000:" +
           std::to_string(system_ns) + "\nmain 100";
  };
  EXPECT_EQ(find(run(10'000, 500'000'000), "page-faults").id, "");
  EXPECT_EQ(find(run(200'000, 10'000'000), "page-faults").id, "") << "the kernel has no part in it";
  EXPECT_EQ(find(run(200'000, 400'000'000), "page-faults").severity, 2);
  const std::string major = "@track faults.major scope=3 kind=2 values=0:0,10000000000:";
  EXPECT_EQ(find(major + "90\nmain 100", "major-faults").id, "");
  EXPECT_EQ(find(major + "500\nmain 100", "major-faults").severity, 2);
}

TEST(SystemFindings, TheMachineIsBusyOrShared) {
  const std::string pressure = "@track pressure.cpu.some kind=2 unit=3 values=0:0,10000000000:";
  EXPECT_EQ(find(pressure + "1000000000\nmain 100", "cpu-pressure").id, "");
  EXPECT_EQ(find(pressure + "5000000000\nmain 100", "cpu-pressure").severity, 1);
  // Of the program's own threads more is known: it is said once.
  const std::string waits =
      pressure +
      "5000000000\n@meta facts.machine.cpus 4\n@thread main start_ns=0 end_ns=1000000000"
      " cpu_ns=500000000\n@wait a start=500000000 ns=400000000 runnable=400000000\n"
      "main 100";
  EXPECT_EQ(find(waits, "cpu-pressure").id, "");
  EXPECT_THAT(find(waits, "run-queue-wait").next_step,
              testing::HasSubstr("some task of the machine waited for a CPU in 50.0%"));
  // One CPU of four for half of the time.
  const std::string stolen = "@track cpu.stolen kind=2 unit=3 values=0:0,10000000000:";
  EXPECT_EQ(find(stolen + "1000000000\nmain 100", "stolen-cpu").id, "");
  EXPECT_EQ(find(stolen + "5000000000\nmain 100", "stolen-cpu").severity, 1);
  const std::string swapped = "@track memory.swapped scope=4 unit=2 process=app values=0:0,9:";
  EXPECT_EQ(find(swapped + "1000000\nmain 100", "swapped").id, "");
  EXPECT_EQ(find(swapped + "50000000\nmain 100", "swapped").severity, 2);
}

}  // namespace
}  // namespace hone::analysis
