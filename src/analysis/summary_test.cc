#include "analysis/summary.h"

#include <gtest/gtest.h>

#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::profile_of_text;

constexpr std::string_view kRun = R"(
  @meta git.commit abc
  @meta host.cpu_count 8
  @meta host.name box
  @meta run.command ./app --fast
  @meta run.wall_ns 20000000
  @meta sampler.name perf
  @meta sampler.event cpu-clock
  @meta sampler.frequency_hz 997
  @meta sampler.scope cpu-wide, filtered
  @meta sampler.kernel yes
  @meta cost.recorder_cpu_ns 300000
  @meta cost.interrupt_ns_per_sample 13500
  @meta cost.samples_taken 40
  @meta samples.lost 2
  @diagnostic samples_lost count=3 severity=3
  @diagnostic cache_cold count=1 severity=1
  @process app pid=7 cpu_ns=8000000 unsampled_ns=1000000 command=./app --fast
  @process child pid=8 cpu_ns=3000000 status=256
  main;work 5
  main;work 2 end=5
  main;work 1 end=2 flags=2
  kernel_side 1 end=8 flags=4
  main 3 process=child thread=c
)";

TEST(Summary, OfLostSamplesThoseOfOtherProgramsAreNone) {
  // 1 ms of CPU time is missing: at 997 Hz that is one sample at most.
  const auto p = profile_of_text(std::string(kRun) + "@meta cpu.total_ns 11000000\n");
  const Summary s = summarise(p, {});
  EXPECT_EQ(s.lost_samples, 1u);
  EXPECT_EQ(s.lost_of_others, 2u);
  ASSERT_EQ(s.losses.size(), 1u);
  EXPECT_EQ(s.losses[0].count, 1u);
  const auto whole = profile_of_text(R"(
    @meta sampler.scope cpu-wide, filtered
    @meta sampler.frequency_hz 997
    @meta cpu.total_ns 1000000
    @diagnostic samples_lost count=9000 severity=3
    @process app pid=7 cpu_ns=1000000 unsampled_ns=-400
    main 1
  )");
  EXPECT_EQ(summarise(whole, {}).lost_samples, 0u);
  const auto two = profile_of_text(R"(
    @meta sampler.scope cpu-wide, filtered
    @meta sampler.frequency_hz 1000
    @meta cpu.total_ns 9000000
    @diagnostic samples_lost count=9000 severity=3
    @process app pid=7 cpu_ns=4000000 unsampled_ns=3000000
    @process child pid=8 cpu_ns=5000000 unsampled_ns=-3000000
    main 1
  )");
  EXPECT_EQ(summarise(two, {}).lost_samples, 3u);
  EXPECT_EQ(summarise(whole, {}).lost_of_others, 9000u);
  EXPECT_TRUE(summarise(whole, {}).losses.empty());
}

TEST(Summary, StatesTheRun) {
  const auto p = profile_of_text(kRun);
  const Summary s = summarise(p, {});
  EXPECT_EQ(s.command, "./app --fast");
  EXPECT_EQ(s.host, "box");
  EXPECT_EQ(s.cpu_count, 8u);
  EXPECT_EQ(s.cpu_ns, 12'000'000);
  EXPECT_EQ(s.unsampled_ns, 1'000'000);
  EXPECT_EQ(s.wall_ns, 20'000'000);
  EXPECT_DOUBLE_EQ(s.busy_cpus, 0.65);
  EXPECT_EQ(s.sample_count, 12u);
  EXPECT_EQ(s.lost_samples, 3u);
  EXPECT_EQ(s.sampler, "perf (cpu-clock, 997 Hz, cpu-wide, filtered)");
  EXPECT_DOUBLE_EQ(s.frequency_hz, 997);
  EXPECT_TRUE(s.kernel_side);
  // The interrupts of the program's own 12 samples: the other 28 were others' time.
  EXPECT_NEAR(s.overhead_share, (300000 + 13500 * 12) / 13e6, 1e-9);
  ASSERT_EQ(s.losses.size(), 1u);
  EXPECT_EQ(s.losses[0].name, "samples_lost");
  EXPECT_EQ(s.facts.front().first, "run.command");
  EXPECT_EQ(s.facts.back().first, "git.commit");
  EXPECT_EQ(s.facts.size(), 14u);
}

TEST(Summary, StatesTheQualityOfStacks) {
  const auto p = profile_of_text(kRun);
  const StackQuality q = summarise(p, {}).stacks;
  EXPECT_EQ(q.complete, 8u);
  EXPECT_EQ(q.broken, 3u);
  EXPECT_EQ(q.spliced, 1u);
  EXPECT_EQ(q.no_user_registers, 1u);
  ASSERT_EQ(q.broken_by_reason.size(), 2u);
  EXPECT_EQ(q.broken_by_reason[0].second, 2u);
  EXPECT_DOUBLE_EQ(q.complete_share(), 8.0 / 11);
  EXPECT_DOUBLE_EQ(StackQuality{}.complete_share(), 1);
}

TEST(Summary, ListsProcessesByCpu) {
  const auto p = profile_of_text(kRun);
  const Summary s = summarise(p, {});
  ASSERT_EQ(s.processes.size(), 2u);
  EXPECT_EQ(s.processes[0].name, "app");
  EXPECT_EQ(s.processes[0].command, "./app --fast");
  EXPECT_EQ(s.processes[0].sampled_ns, 9'000'000);
  EXPECT_EQ(s.processes[0].cpu_ns, 8'000'000);
  EXPECT_EQ(s.processes[1].pid, 8u);
  EXPECT_EQ(s.processes[1].status, 256);
  EXPECT_EQ(s.processes[1].thread_count, 1u);

  const Summary child = summarise(p, {.process = "child"});
  ASSERT_EQ(child.processes.size(), 1u);
  EXPECT_EQ(child.cpu_ns, 3'000'000);
  EXPECT_EQ(child.unsampled_ns, 0);
}

TEST(Summary, OfNothingIsZero) {
  const Summary s = summarise(profile_of_text(""), {});
  EXPECT_EQ(s.cpu_ns, 0);
  EXPECT_EQ(s.busy_cpus, 0);
  EXPECT_EQ(s.overhead_share, 0);
  EXPECT_EQ(s.sampler, "");
}

}  // namespace
}  // namespace hone::analysis
