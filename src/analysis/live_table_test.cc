#include "analysis/live_table.h"

#include <gtest/gtest.h>

#include <map>

namespace hone::analysis {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// Frames are functions of the same number; frame 4 holds two: 6 inlined into 4. Functions 1 to 3
// are of app, the others of lib.
class Names {
 public:
  Names() {
    for (uint32_t f = 0; f < 8; ++f) {
      functions_.push_back({.name = "f" + std::to_string(f),
                            .module = f < 4 ? "app" : "lib",
                            .module_index = f < 4 ? 1u : 2u});
      of_frame_.push_back({f});
    }
    of_frame_[4] = {6, 4};
  }
  LiveView view(const LiveTable& table, const LiveQuery& query) const {
    return table.view({[&](FrameId f) { return std::span<const uint32_t>(of_frame_[raw(f)]); },
                       [&](uint32_t f) { return &functions_[f]; }, 0},
                      query);
  }

 private:
  std::vector<capture::LiveFunction> functions_;
  std::vector<std::vector<uint32_t>> of_frame_;
};

struct Sampled {
  std::vector<uint32_t> frames;  // innermost first
  int64_t ns;
  pid_t tid = 7;
};

capture::LiveSlice slice(int64_t begin_s, int64_t end_s, const std::vector<Sampled>& stacks) {
  capture::LiveSlice out{.begin = TimeNs{begin_s * kSecond}, .end = TimeNs{end_s * kSecond}};
  std::map<pid_t, uint32_t> threads;
  for (const Sampled& sampled : stacks) {
    const auto [found, added] =
        threads.try_emplace(sampled.tid, static_cast<uint32_t>(out.threads.size()));
    if (added) {
      out.threads.push_back({.pid = 7,
                             .tid = sampled.tid,
                             .name = "t" + std::to_string(sampled.tid),
                             .process = "app"});
    }
    out.stacks.push_back({.thread = found->second,
                          .frames_begin = static_cast<uint32_t>(out.frames.size()),
                          .frame_count = static_cast<uint32_t>(sampled.frames.size()),
                          .samples = 1,
                          .ns = sampled.ns});
    for (const uint32_t frame : sampled.frames) out.frames.push_back(FrameId{frame});
    ++out.samples;
  }
  return out;
}

std::string text(const LiveView& view) {
  std::string out;
  for (const LiveRow& row : view.rows) {
    out += row.name + " " + row.module + " " + std::to_string(row.self_ns) + "/" +
           std::to_string(row.total_ns) + "\n";
  }
  return out;
}

TEST(LiveTable, SelfAndTotalByFunctionAndRecursionCountsOnce) {
  LiveTable table(DurationNs{10 * kSecond});
  table.add(slice(0, 1, {{{2, 1}, 30}, {{3, 1}, 50}, {{2, 1, 2, 1}, 20}}));
  EXPECT_EQ(text(Names().view(table, {})),
            "f2 app 50/50\n"
            "f3 app 50/50\n"
            "f1 app 0/100\n");
  EXPECT_EQ(text(Names().view(table, {.by_total = true})),
            "f1 app 0/100\n"
            "f2 app 50/50\n"
            "f3 app 50/50\n");
  EXPECT_EQ(Names().view(table, {}).cpu_ns, 100);
}

TEST(LiveTable, InlinedCallsAreFunctionsOfTheirOwn) {
  LiveTable table(DurationNs{10 * kSecond});
  table.add(slice(0, 1, {{{4, 1}, 10}}));
  EXPECT_EQ(text(Names().view(table, {})),
            "f6 lib 10/10\n"
            "f1 app 0/10\n"
            "f4 lib 0/10\n");
}

TEST(LiveTable, ModulesAndThreads) {
  LiveTable table(DurationNs{10 * kSecond});
  table.add(slice(0, 1, {{{5, 1}, 10, 8}, {{2, 1}, 30, 9}}));
  EXPECT_EQ(text(Names().view(table, {.by = LiveBy::kModule})),
            "app  30/40\n"
            "lib  10/10\n");
  EXPECT_EQ(text(Names().view(table, {.by = LiveBy::kThread})),
            "t9 (9) app 30/30\n"
            "t8 (8) app 10/10\n");
}

TEST(LiveTable, WhatIsOlderThanTheWindowGoes) {
  LiveTable table(DurationNs{2 * kSecond});
  constexpr uint32_t kFrames[] = {1, 2, 3, 5, 7};
  for (int64_t s = 0; s < 5; ++s) table.add(slice(s, s + 1, {{{kFrames[s]}, 10}}));
  const LiveView view = Names().view(table, {});
  EXPECT_EQ(view.rows.size(), 2u) << text(view);
  EXPECT_EQ(view.window_ns, 2 * kSecond);
  EXPECT_EQ(view.samples, 2u);
  // One slice longer than the window is still shown, and says how long it is.
  table.add(slice(5, 15, {{{1}, 10}}));
  EXPECT_EQ(Names().view(table, {}).window_ns, 10 * kSecond);
}

TEST(LiveTable, FilterLeavesSharesAsTheyAre) {
  LiveTable table(DurationNs{10 * kSecond});
  table.add(slice(0, 1, {{{2, 1}, 75}, {{5, 1}, 25}}));
  const LiveView view = Names().view(table, {.filter = "LIB"});
  ASSERT_EQ(view.rows.size(), 1u);
  EXPECT_EQ(view.share(view.rows[0].self_ns), 0.25);
  EXPECT_EQ(Names().view(table, {.rows_max = 1}).rows_hidden, 2u);
}

TEST(LiveTable, FramesOfAnotherGenerationAreDropped) {
  LiveTable table(DurationNs{10 * kSecond});
  table.add(slice(0, 1, {{{2}, 75}}));
  auto fresh = slice(1, 2, {{{3}, 5}});
  fresh.generation = 1;
  table.add(std::move(fresh));
  EXPECT_EQ(text(Names().view(table, {})), "f3 app 5/5\n");
}

TEST(LiveTable, ThreadsTimesAreThoseOfTheWindow) {
  LiveTable table(DurationNs{2 * kSecond});
  const auto account = [](int64_t running_ns, int64_t queued_ns) {
    return capture::ThreadTimes{.pid = 7,
                                .tid = 9,
                                .name = "t9",
                                .process = "app",
                                .running_ns = running_ns,
                                .queued_ns = queued_ns,
                                .waits_in = "do_poll"};
  };
  table.add_times(TimeNs{0}, {account(5, 0)});
  // One alone says nothing of how time was spent: samples are shown.
  EXPECT_FALSE(Names().view(table, {.by = LiveBy::kThread}).has_times);
  table.add(slice(0, 4, {{{2}, 75, 9}}));
  for (int64_t s = 1; s <= 4; ++s) {
    table.add_times(TimeNs{s * kSecond}, {account(5 + s * 100, s * 10),
                                          {.pid = 7, .tid = 11, .name = "new", .process = "app"}});
  }
  const LiveView view = Names().view(table, {.by = LiveBy::kThread});
  ASSERT_TRUE(view.has_times);
  ASSERT_EQ(view.rows.size(), 2u);
  EXPECT_EQ(view.rows[0].name, "t9 (9)");
  EXPECT_EQ(view.rows[0].running_ns, 200);
  EXPECT_EQ(view.rows[0].queued_ns, 20);
  EXPECT_EQ(view.rows[0].blocked_ns, 2 * kSecond - 220);
  EXPECT_EQ(view.rows[0].waits_in, "do_poll");
  EXPECT_EQ(view.rows[0].self_samples, 1u);
  EXPECT_EQ(view.rows[1].running_ns, 0);
  // Waiting first.
  EXPECT_EQ(Names().view(table, {.by = LiveBy::kThread, .by_total = true}).rows[0].name,
            "new (11)");
  // An id that is another thread's now: its account begins again.
  table.add_times(TimeNs{5 * kSecond}, {account(1, 0)});
  EXPECT_TRUE(Names().view(table, {.by = LiveBy::kThread}).rows.empty());
}

TEST(LiveTable, NothingSampledIsNothing) {
  LiveTable table(DurationNs{kSecond});
  EXPECT_TRUE(Names().view(table, {}).rows.empty());
  table.add(slice(0, 1, {{{}, 10}}));
  EXPECT_TRUE(Names().view(table, {}).rows.empty());
  EXPECT_EQ(Names().view(table, {}).share(0), 0);
}

}  // namespace
}  // namespace hone::analysis
