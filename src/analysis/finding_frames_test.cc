// Findings about frames, spans and plots, on recordings where the truth is known: found where it is
// so, and not found where it is not.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "analysis/findings.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

constexpr int64_t kStart = 1'000'000'000;
constexpr int64_t kUs = 1000, kMs = 1'000'000, kSecond = 1'000'000'000;

class FrameFindings : public testing::Test {
 protected:
  FrameFindings()
      : tables_(profile::tables_of_text(R"(
    @meta run.wall_ns 20000000000
    @meta run.start_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=21000000000
    main;a 1
  )")) {}

  StringId text(std::string_view words) {
    return StringId{tables_.append(recording::StringRow{.text = words})};
  }
  SiteId site(std::string_view name, uint8_t kind = 1, std::string_view unit = "") {
    return SiteId{tables_.append(
        recording::SiteRow{.name = text(name), .kind = kind, .level = 3, .unit = text(unit)})};
  }
  void span(SiteId site, int64_t from_ns, int64_t ns, uint8_t depth = 0) {
    tables_.append(recording::SpanRow{.thread = ThreadId{1},
                                      .end = TimeNs{kStart + from_ns + ns},
                                      .duration = DurationNs{ns},
                                      .site = site,
                                      .depth = depth});
  }
  void frame(SiteId site, int64_t at_ns) {
    tables_.append(recording::FrameMarkRow{
        .thread = ThreadId{1}, .time = TimeNs{kStart + at_ns}, .site = site, .kind = 1});
  }
  void plot(std::string_view name, int count, int64_t every_ns,
            const std::function<double(int)>& value, std::string_view unit = "") {
    const SiteId id = site(name, 2, unit);
    for (int i = 0; i < count; ++i) {
      tables_.append(recording::PlotRow{.thread = ThreadId{1},
                                        .time = TimeNs{kStart + i * every_ns},
                                        .site = id,
                                        .value = value(i)});
    }
  }
  void wait(int64_t from_ns, int64_t ns, std::string_view place) {
    recording::WaitRow row{};
    row.time = TimeNs{kStart + from_ns};
    row.until = TimeNs{kStart + from_ns + ns};
    row.thread = ThreadId{1};
    row.duration = DurationNs{ns};
    row.count = 1;
    row.cause = recording::kCauseLook;
    row.place = text(place);
    row.runnable = DurationNs{-1};
    tables_.append(row);
  }
  // Frames of 10 ms, of `slow` of 100 of them 30; the time between is `inner`'s in these.
  void frames(int count, int slow, std::string_view inner, double ms = 10) {
    const SiteId mark = site("frame", 3), step = site("step"), in = site(inner);
    const auto usual = static_cast<int64_t>(ms * kMs);
    int64_t at = 0;
    for (int i = 0; i < count; ++i) {
      frame(mark, at);
      const int64_t more = i % 100 < slow ? 20 * kMs : 0;
      span(in, at, usual / 5 + more, 1);
      span(step, at, usual * 4 / 5 + more);
      at += usual + more;
    }
    frame(mark, at);
  }
  Finding find(std::string_view id, int64_t budget_ns = 16'666'667) {
    auto loaded = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(loaded);
    for (Finding& f : findings(*loaded, {}, span_report(*loaded, {}, {.budget_ns = budget_ns}))) {
      if (f.id == id) return f;
    }
    return {};
  }
  bool has(std::string_view id) { return !find(id).id.empty(); }
  static std::string evidence(const Finding& f, std::string_view name) {
    for (const auto& [key, value] : f.evidence) {
      if (key == name) return value;
    }
    return "(none)";
  }

  profile::Tables tables_;
};

TEST_F(FrameFindings, OverBudgetAndWhatWasDifferent) {
  frames(300, 4, "AI::plan");
  const Finding f = find("frames-over-budget");
  EXPECT_EQ(f.severity, 2);
  EXPECT_EQ(evidence(f, "over_budget"), "12");
  EXPECT_EQ(evidence(f, "grew_most"), "AI::plan");
  EXPECT_EQ(evidence(f, "slow_mean_ns"), "30000000");
  EXPECT_NE(f.sentence.find("'AI::plan' of its own by 20.0 ms to 22.0 ms"), std::string::npos)
      << f.sentence;
  EXPECT_EQ(f.sentence.find("'step'"), std::string::npos) << f.sentence;
}

TEST_F(FrameFindings, WhatNoSpanIsAroundIsSaidToo) {
  const SiteId mark = site("frame", 3), step = site("step");
  int64_t at = 0;
  for (int i = 0; i < 200; ++i) {
    frame(mark, at);
    span(step, at, 8 * kMs);
    at += i % 20 == 7 ? 40 * kMs : 10 * kMs;
  }
  frame(mark, at);
  const Finding f = find("frames-over-budget");
  EXPECT_NE(f.sentence.find("in no span by 30.0 ms to 32.0 ms"), std::string::npos) << f.sentence;
  EXPECT_EQ(evidence(f, "grew_most"), "");
}

TEST_F(FrameFindings, WithinTheBudgetIsNoFinding) {
  frames(300, 0, "AI::plan");
  EXPECT_FALSE(has("frames-over-budget"));
  // All are over a budget that is too small for each.
  const Finding all = find("frames-over-budget", 5 * kMs);
  EXPECT_EQ(all.severity, 3);
  EXPECT_EQ(evidence(all, "over_budget"), "300");
  EXPECT_EQ(all.sentence.find("median"), std::string::npos) << all.sentence;
}

TEST_F(FrameFindings, OneSlowFrameOfManyIsNoFinding) {
  frames(99, 1, "start");
  EXPECT_FALSE(has("frames-over-budget"));
}

TEST_F(FrameFindings, FewFramesSayNothing) {
  frames(20, 50, "AI::plan");
  EXPECT_FALSE(has("frames-over-budget"));
}

TEST_F(FrameFindings, SpansOfTheFrame) {
  frames(100, 0, "AI::plan");
  const Finding f = find("span-of-frame");
  EXPECT_EQ(f.severity, 2);  // step: 6 of 10 ms
  EXPECT_EQ(evidence(f, "span_1"), "step");
  EXPECT_EQ(evidence(f, "frame_self_share_1"), "0.6000");
  EXPECT_EQ(evidence(f, "span_2"), "AI::plan");
}

TEST_F(FrameFindings, SmallSpansAreNotOfTheFrame) {
  const SiteId mark = site("frame", 3), step = site("step");
  for (int i = 0; i < 100; ++i) {
    frame(mark, i * 10 * kMs);
    span(step, i * 10 * kMs, 400 * kUs);  // 4%
  }
  EXPECT_FALSE(has("span-of-frame"));
}

TEST_F(FrameFindings, Spikes) {
  const SiteId load = site("load"), steady = site("steady");
  for (int i = 0; i < 1000; ++i) {
    span(load, i * 10 * kMs, i % 100 == 50 ? 9 * kMs : 200 * kUs);
    span(steady, i * 10 * kMs, (i % 7 + 1) * 100 * kUs);
  }
  const Finding f = find("spikes");
  EXPECT_EQ(evidence(f, "span"), "load");
  EXPECT_EQ(evidence(f, "spikes"), "10");
}

TEST_F(FrameFindings, NoSpikes) {
  // Two of three orders, often; few and together little; and short ones.
  const SiteId varied = site("varied"), rare = site("rare"), shorts = site("short");
  for (int i = 0; i < 1000; ++i) {
    span(varied, i * 10 * kMs, i % 2 == 0 ? 4 * kMs : 200 * kUs);
    span(rare, i * 10 * kMs, i == 50 ? 9 * kMs : 200 * kUs);
    span(shorts, i * 10 * kMs, i % 10 == 0 ? 50 * kUs : 1 * kUs);
  }
  EXPECT_FALSE(has("spikes"));
}

TEST_F(FrameFindings, APlotThatGrowsWithoutEnd) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(0, 40);
  plot(
      "entities", 2000, 5 * kMs, [&](int i) { return 100 + i + noise(random); }, "things");
  const Finding f = find("growing-plot");
  EXPECT_EQ(evidence(f, "plot"), "entities");
  EXPECT_NEAR(std::stod(evidence(f, "per_second")), 200, 20);
}

TEST_F(FrameFindings, PlotsThatDoNot) {
  const std::pair<const char*, std::function<double(int)>> plots[] = {
      {"constant", [](int) { return 7.0; }},
      {"levels off", [](int i) { return 1000 * (1 - std::exp(-i / 150.0)); }},
      {"saw", [](int i) { return 100 + i % 300; }},
      {"a little", [](int i) { return 10'000 + i; }},
      {"falls", [](int i) { return 10'000 - i; }},
      {"one step", [](int i) { return i < 500 ? 1.0 : 10.0; }},
      {"wave", [](int i) { return 10 + 10 * std::sin(i / 300.0); }},
  };
  for (const auto& [name, value] : plots) plot(name, 1000, 10 * kMs, value);
  // Too short a time for any claim.
  plot("short", 1000, 1 * kMs, [](int i) { return 100.0 + i; });
  plot("few", 20, kSecond / 2, [](int i) { return 100.0 + 100 * i; });
  EXPECT_EQ(evidence(find("growing-plot"), "plot"), "(none)");
}

TEST_F(FrameFindings, RandomWalksRarelyGrow) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> step;
  int found = 0;
  for (int walk = 0; walk < 300; ++walk) {
    tables_ = profile::tables_of_text("main;a 1");
    tables_.append(recording::ThreadRow{.process = ProcessId{1}, .tid = 9});
    double at = 0;
    plot("walk", 200, 50 * kMs, [&](int) { return at += step(random); });
    found += has("growing-plot");
  }
  EXPECT_LE(found, 6);
}

TEST_F(FrameFindings, LowHitRates) {
  plot("PlanCache::hits", 100, kMs, [](int) { return 2.0; });
  plot("PlanCache::misses", 100, kMs, [](int) { return 8.0; });
  const Finding f = find("low-hit-rate");
  EXPECT_EQ(evidence(f, "plot"), "PlanCache::hits");
  EXPECT_EQ(evidence(f, "hit_rate"), "0.2000");
}

TEST_F(FrameFindings, CountsThatNeverFallAreDifferences) {
  plot("cache hits", 100, kMs, [](int i) { return 1e6 + i; });
  plot("cache misses", 100, kMs, [](int i) { return 9 * i; });
  EXPECT_EQ(evidence(find("low-hit-rate"), "hit_rate"), "0.1000");
}

TEST_F(FrameFindings, HitRatesThatAreWell) {
  plot("a/hits", 100, kMs, [](int) { return 8.0; });
  plot("a/misses", 100, kMs, [](int) { return 2.0; });
  plot("few/hits", 10, kMs, [](int) { return 1.0; });
  plot("few/misses", 10, kMs, [](int) { return 4.0; });
  plot("alone/hits", 100, kMs, [](int) { return 1.0; });
  plot("another/misses", 100, kMs, [](int) { return 9.0; });
  plot("plan hit rate", 100, kMs, [](int) { return 0.9; });
  plot(
      "percent hit_rate", 100, kMs, [](int) { return 90.0; }, "%");
  EXPECT_FALSE(has("low-hit-rate"));
  plot(
      "mesh hit_rate", 100, kMs, [](int) { return 30.0; }, "%");
  EXPECT_EQ(evidence(find("low-hit-rate"), "hit_rate"), "0.3000");
}

TEST_F(FrameFindings, AThreadThatWaitsInsideASpan) {
  tables_.append(recording::MetaRow{.key = "waits.tier", .value = "looks at /proc"});
  const SiteId step = site("step"), flush = site("flush");
  for (int i = 0; i < 50; ++i) {
    span(flush, i * 10 * kMs + 2 * kMs, 4 * kMs, 1);
    span(step, i * 10 * kMs, 9 * kMs);
    wait(i * 10 * kMs + 3 * kMs, 2 * kMs, "futex_wait_queue");
    wait(i * 10 * kMs + 7 * kMs, kMs / 10, "futex_wait_queue");
  }
  const Finding f = find("waiting-span");
  EXPECT_EQ(evidence(f, "span"), "flush");
  EXPECT_EQ(evidence(f, "kind"), "futex");
  EXPECT_EQ(evidence(f, "share"), "0.5000");
  EXPECT_EQ(evidence(f, "blocked_ns"), "100000000");
  EXPECT_EQ(f.severity, 2);
}

TEST_F(FrameFindings, WaitsOutsideOfSpansAreNotTheirs) {
  tables_.append(recording::MetaRow{.key = "waits.tier", .value = "looks at /proc"});
  const SiteId step = site("step");
  for (int i = 0; i < 50; ++i) {
    span(step, i * 10 * kMs, 4 * kMs);
    wait(i * 10 * kMs + 5 * kMs, 4 * kMs, "futex_wait_queue");
    wait(i * 10 * kMs + 1 * kMs, kMs / 2, "futex_wait_queue");  // an eighth
  }
  EXPECT_FALSE(has("waiting-span"));
}

TEST_F(FrameFindings, BoundByTheGpuOrTheDisplay) {
  frames(100, 0, "Renderer::Present", 10);
  EXPECT_FALSE(has("gpu-bound"));  // a fifth: neither
  EXPECT_FALSE(has("cpu-bound"));
  const SiteId swap = site("SDL_GL_SwapBuffers"), words = site("Representation::update");
  const SiteId mark = site("long", 3);
  for (int i = 0; i <= 200; ++i) {
    frame(mark, i * 20 * kMs);
    if (i == 200) break;
    span(words, i * 20 * kMs, 10 * kMs);
    span(swap, i * 20 * kMs + 10 * kMs, 9 * kMs);
  }
  const Finding f = find("gpu-bound");
  EXPECT_EQ(evidence(f, "span"), "SDL_GL_SwapBuffers");
}

TEST_F(FrameFindings, BoundByTheCpu) {
  const SiteId mark = site("frame", 3), step = site("step"), present = site("vkQueuePresentKHR");
  for (int i = 0; i < 100; ++i) {
    frame(mark, i * 20 * kMs);
    span(step, i * 20 * kMs, 19 * kMs);
    span(present, i * 20 * kMs + 19 * kMs, kMs / 2);
  }
  EXPECT_EQ(evidence(find("cpu-bound"), "span"), "vkQueuePresentKHR");
  EXPECT_TRUE(find("cpu-bound", 30 * kMs).id.empty());  // within the budget
}

TEST_F(FrameFindings, WithoutSpansThereAreNone) {
  for (const char* id : {"frames-over-budget", "span-of-frame", "spikes", "gpu-bound", "cpu-bound",
                         "growing-plot", "low-hit-rate", "waiting-span"}) {
    EXPECT_FALSE(has(id)) << id;
  }
}

}  // namespace
}  // namespace hone::analysis
