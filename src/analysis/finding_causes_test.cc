#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "analysis/findings.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

using profile::Profile;
using profile::Tables;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kStart = 1'000'000'000;

Finding find_in(const Tables& tables, std::string_view id) {
  const auto loaded = profile::Loader::build(tables, nullptr);
  EXPECT_TRUE(loaded);
  for (const Finding& f : findings(*loaded, {})) {
    if (f.id == id) return f;
  }
  return {};
}
Finding find_in(std::string_view text, std::string_view id) {
  return find_in(profile::tables_of_text(text), id);
}
std::string evidence(const Finding& f, std::string_view name) {
  for (const auto& [key, value] : f.evidence) {
    if (key == name) return value;
  }
  return "(none)";
}

TEST(ShortSystemCalls, TheirWayIsMostOfThem) {
  const Finding f = find_in(R"(
    main;count_lines;libc.so.6!read;[kernel]entry_SYSCALL_64_after_hwframe 200
    main;count_lines;libc.so.6!read;[kernel]entry_SYSCALL_64_after_hwframe;[kernel]do_syscall_64 100
    main;count_lines;libc.so.6!read;[kernel]do_syscall_64;[kernel]vfs_read 200
    main;compute 500
  )",
                            "short-system-calls");
  EXPECT_EQ(f.severity, 3);
  EXPECT_EQ(evidence(f, "function"), "count_lines");
  EXPECT_EQ(evidence(f, "through"), "read");
  EXPECT_EQ(evidence(f, "way_share"), "0.6000");
  EXPECT_EQ(f.next_step.substr(f.next_step.size() - 13), "'count_lines'");
}

TEST(ShortSystemCalls, NearMisses) {
  // The kernel works for them.
  EXPECT_EQ(find_in(R"(
    main;load;libc.so.6!read;[kernel]entry_SYSCALL_64_after_hwframe;[kernel]do_syscall_64 20
    main;load;libc.so.6!read;[kernel]entry_SYSCALL_64_after_hwframe;[kernel]copy_to_user 480
    main;compute 500
  )",
                    "short-system-calls")
                .id,
            "");
  // Little in all.
  EXPECT_EQ(find_in(R"(
    main;load;libc.so.6!read;[kernel]entry_SYSCALL_64_after_hwframe 90
    main;compute 910
  )",
                    "short-system-calls")
                .id,
            "");
  // A page fault is no call.
  EXPECT_EQ(find_in(R"(
    main;touch;[kernel]asm_exc_page_fault 500
    main;compute 500
  )",
                    "short-system-calls")
                .id,
            "");
}

// Two phases of 2 s each: one computes, one fills memory. An event that is counted every 100 ms.
Tables phases(int64_t with_per_step, int64_t without_per_step) {
  std::string text =
      "@meta run.wall_ns 4000000000\n@thread main process=app tid=1 "
      "start_ns=1000000000 end_ns=5000000000\n";
  for (int i = 0; i < 400; ++i) {
    text += std::string(i / 100 % 2 == 0 ? "main;fill" : "main;other") +
            std::to_string(i / 100 % 2 == 0 ? 0 : i % 7) +
            " 1 time=" + std::to_string(kStart + i * 10 * kMs) + "\n";
  }
  Tables tables = profile::tables_of_text(text);
  const auto name = StringId{tables.append(recording::StringRow{.text = "cache-misses"})};
  const auto track = TrackId{tables.append(recording::TrackRow{
      .name = name, .unit = 1, .kind = 2, .scope = 3, .cpu = 65535, .divisor = 1})};
  int64_t value = 0;
  for (int step = 0; step <= 40; ++step) {
    tables.append(recording::CounterRow{
        .track = track, .time = TimeNs{kStart + step * 100 * kMs}, .value = value});
    value += step / 10 % 2 == 0 ? with_per_step : without_per_step;
  }
  return tables;
}

TEST(ExplainingEvent, ComesWithTheHottestFunction) {
  const Finding f = find_in(phases(100'000, 5'000), "explaining-event");
  EXPECT_EQ(f.severity, 2);
  EXPECT_EQ(evidence(f, "event"), "cache-misses");
  EXPECT_EQ(evidence(f, "function"), "fill0");
  EXPECT_GT(std::stod(evidence(f, "correlation")), 0.9);
}

TEST(ExplainingEvent, NearMisses) {
  // As many everywhere, more elsewhere, and so few that they cost nothing.
  EXPECT_EQ(find_in(phases(50'000, 50'000), "explaining-event").id, "");
  EXPECT_EQ(find_in(phases(5'000, 100'000), "explaining-event").id, "");
  EXPECT_EQ(find_in(phases(5, 0), "explaining-event").id, "");
}

// A thread that ran 30% of 4 s, in `wakes` pieces a second, and was sampled for `sampled_ms`.
Tables periodic(int wakes, int sampled_ms) {
  const std::string text =
      "@meta run.wall_ns 4000000000\n@meta sampler.frequency_hz 997\n@meta waits.tier stacks at "
      "the switch\n@meta waits.wakers yes\n@thread main process=app tid=1 start_ns=1000000000 "
      "end_ns=5000000000\nmain;tick " +
      std::to_string(sampled_ms) + " time=1000000001\n";
  Tables tables = profile::tables_of_text(text);
  const int64_t period = 1'000'000'000 / wakes;
  for (int second = 0; second < 4; ++second) {
    tables.append(recording::WaitRow{.time = TimeNs{kStart + second * 1000 * kMs},
                                     .until = TimeNs{kStart + (second + 1) * 1000 * kMs - 1},
                                     .thread = ThreadId{1},
                                     .duration = DurationNs{period * 7 / 10 * wakes},
                                     .count = static_cast<uint32_t>(wakes),
                                     .runnable = DurationNs{-1}});
  }
  return tables;
}

TEST(Lockstep, SamplesSeeItAlwaysOrNever) {
  const Finding f = find_in(periodic(997, 0 + 10), "lockstep");
  EXPECT_EQ(f.severity, 2);
  EXPECT_EQ(evidence(f, "thread"), "main");
  EXPECT_NE(f.next_step.find("-F 1410"), std::string::npos) << f.next_step;
  EXPECT_EQ(find_in(periodic(997, 3000), "lockstep").id, "lockstep");
  EXPECT_EQ(find_in(periodic(499, 10), "lockstep").id, "lockstep");
}

TEST(Lockstep, NearMisses) {
  // Seen as long as it ran; as often as it pleases; at another rate.
  EXPECT_EQ(find_in(periodic(997, 1190), "lockstep").id, "");
  EXPECT_EQ(find_in(periodic(997, 1000), "lockstep").id, "");
  EXPECT_EQ(find_in(periodic(700, 10), "lockstep").id, "");
}

}  // namespace
}  // namespace hone::analysis
