// Recordings of frames with spans of a GPU where it is known which of the two frames wait for.
#include "analysis/gpu_frames.h"

#include <gtest/gtest.h>

#include "analysis/findings.h"
#include "profile/loader.h"
#include "profile/stack_text.h"

namespace hone::analysis {
namespace {

constexpr int64_t kStart = 1'000'000'000;
constexpr int64_t kUs = 1000, kMs = 1'000'000;
constexpr int64_t kBudget = 16'666'667;
constexpr int kFrames = 100;

class GpuFramesTest : public testing::Test {
 protected:
  GpuFramesTest()
      : tables_(profile::tables_of_text(R"(
    @meta run.wall_ns 20000000000
    @meta run.start_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=21000000000
    @thread other process=other tid=2 start_ns=1000000000 end_ns=21000000000
    main;a 1
  )")) {
    mark_ = site("frame", 3);
    draw_ = site("draw"), step_ = site("step"), wait_ = site("wait for it");
  }

  StringId text(std::string_view words) {
    return StringId{tables_.append(recording::StringRow{.text = words})};
  }
  SiteId site(std::string_view name, uint8_t kind = 1) {
    return SiteId{tables_.append(recording::SiteRow{.name = text(name), .kind = kind, .level = 3})};
  }
  GpuQueueId queue(std::string_view device, uint8_t kind = 2, uint32_t thread = 1) {
    return GpuQueueId{tables_.append(recording::GpuQueueRow{.thread = ThreadId{thread},
                                                            .number = ++queues_,
                                                            .name = text("graphics"),
                                                            .device = text(device),
                                                            .device_kind = kind,
                                                            .calibration = 1})};
  }
  void clock(GpuQueueId queue, int64_t error_ns, uint64_t left_out = 0) {
    tables_.append(recording::GpuClockRow{.time = TimeNs{kStart},
                                          .queue = queue,
                                          .error = DurationNs{error_ns},
                                          .left_out = left_out});
  }
  void frame(int64_t at) {
    tables_.append(recording::FrameMarkRow{
        .thread = ThreadId{1}, .time = TimeNs{kStart + at}, .site = mark_, .kind = 1});
  }
  void cpu(SiteId site, int64_t from, int64_t until, uint8_t depth = 0) {
    tables_.append(recording::SpanRow{.thread = ThreadId{1},
                                      .end = TimeNs{kStart + until},
                                      .duration = DurationNs{until - from},
                                      .site = site,
                                      .depth = depth});
  }
  void gpu(GpuQueueId queue, int64_t issued, int64_t from, int64_t until) {
    tables_.append(recording::GpuSpanRow{.queue = queue,
                                         .start = TimeNs{kStart + from},
                                         .end = TimeNs{kStart + until},
                                         .site = draw_,
                                         .thread = ThreadId{1},
                                         .issued = TimeNs{kStart + issued},
                                         .depth = 0});
  }
  // The CPU prepares a frame for 4 ms and hands it over; the GPU works for 19.5 of 20 ms, one frame
  // behind; the CPU then waits for what it handed over in the frame before.
  void bound_by_gpu(GpuQueueId queue) {
    for (int64_t i = 0; i < kFrames; ++i) {
      const int64_t at = i * 20 * kMs;
      frame(at);
      cpu(step_, at, at + 4 * kMs, 1);
      cpu(wait_, at + 4 * kMs, at + 19 * kMs + 20 * kUs, 1);
      cpu(draw_, at, at + 19 * kMs + 30 * kUs);
      // Of the frame before.
      gpu(queue, at - 17 * kMs, at - 500 * kUs, at + 19 * kMs);
    }
    frame(kFrames * 20 * kMs);
  }
  // The CPU works 18 of 20 ms, the GPU 5 of them, meanwhile.
  void bound_by_cpu(GpuQueueId queue, int64_t frame_ns = 20 * kMs) {
    for (int64_t i = 0; i < kFrames; ++i) {
      const int64_t at = i * frame_ns;
      frame(at);
      cpu(step_, at, at + frame_ns * 9 / 10);
      gpu(queue, at + kMs, at + kMs, at + frame_ns / 4);
    }
    frame(kFrames * frame_ns);
  }
  // One after the other, 10 ms each.
  void in_turns(GpuQueueId queue) {
    for (int64_t i = 0; i < kFrames; ++i) {
      const int64_t at = i * 20 * kMs;
      frame(at);
      cpu(step_, at, at + 10 * kMs);
      gpu(queue, at + 9 * kMs, at + 10 * kMs + 10 * kUs, at + 19 * kMs + 900 * kUs);
      cpu(wait_, at + 10 * kMs, at + 19 * kMs + 950 * kUs);
    }
    frame(kFrames * 20 * kMs);
  }
  void blocked(int64_t from, int64_t ns) {
    recording::WaitRow row{};
    row.time = TimeNs{kStart + from};
    row.until = TimeNs{kStart + from + ns};
    row.thread = ThreadId{1};
    row.duration = DurationNs{ns};
    row.count = 1;
    row.cause = recording::kCauseLook;
    row.place = text("futex_wait_queue");
    row.runnable = DurationNs{-1};
    tables_.append(row);
  }

  std::vector<GpuFrames> judged(const Selection& selection = {}) {
    auto loaded = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(loaded);
    return gpu_frames(*loaded, selection, kBudget);
  }
  static uint64_t count(const GpuFrames& frames, FrameBound bound) {
    return frames.counts[static_cast<size_t>(bound)];
  }
  Finding find(std::string_view id) {
    auto loaded = profile::Loader::build(tables_, nullptr);
    EXPECT_TRUE(loaded);
    for (Finding& f : findings(*loaded, {}, span_report(*loaded, {}, {.budget_ns = kBudget}))) {
      if (f.id == id) return f;
    }
    return {};
  }
  static std::string evidence(const Finding& f, std::string_view name) {
    for (const auto& [key, value] : f.evidence) {
      if (key == name) return value;
    }
    return "(none)";
  }

  profile::Tables tables_;
  SiteId mark_{}, draw_{}, step_{}, wait_{};
  uint32_t queues_ = 0;
};

TEST_F(GpuFramesTest, BoundByTheGpu) {
  bound_by_gpu(queue("Real GPU"));
  const std::vector<GpuFrames> all = judged();
  ASSERT_EQ(all.size(), 1u);
  const GpuFrames& frames = all[0];
  EXPECT_EQ(frames.bound(), FrameBound::kGpu);
  EXPECT_GE(count(frames, FrameBound::kGpu), 98u);
  EXPECT_EQ(frames.device, "Real GPU");
  EXPECT_FALSE(frames.software);
  EXPECT_EQ(frames.gpu_time.p50_ns, 19 * kMs + 500 * kUs);
  EXPECT_NEAR(frames.busy_share, 0.975, 0.01);
  // From 4 ms to 19 ms; what is in the span before that is its own work.
  EXPECT_NEAR(frames.wait_share, 0.75, 0.01);
  EXPECT_EQ(frames.wait_span, "wait for it");
  const Finding f = find("gpu-bound");
  EXPECT_EQ(f.severity, 2);
  EXPECT_EQ(evidence(f, "basis"), "gpu-spans");
  EXPECT_EQ(evidence(f, "gpu_p50_ns"), "19500000");
  EXPECT_NE(f.sentence.find("Real GPU is busy 97."), std::string::npos) << f.sentence;
  EXPECT_TRUE(find("cpu-bound").id.empty());
  EXPECT_TRUE(find("gpu-cpu-turns").id.empty());
}

TEST_F(GpuFramesTest, ASoftwareDeviceIsCalledThat) {
  bound_by_gpu(queue("llvmpipe", 4));
  EXPECT_TRUE(judged().at(0).software);
  const Finding f = find("gpu-bound");
  EXPECT_EQ(evidence(f, "software_device"), "yes");
  EXPECT_NE(f.sentence.find("the software device llvmpipe, whose time is the CPU's, is busy"),
            std::string::npos)
      << f.sentence;
}

TEST_F(GpuFramesTest, BoundByTheCpu) {
  bound_by_cpu(queue("Real GPU"));
  const GpuFrames frames = judged().at(0);
  EXPECT_EQ(frames.bound(), FrameBound::kCpu);
  EXPECT_EQ(count(frames, FrameBound::kCpu), 100u);
  EXPECT_EQ(frames.slow[static_cast<size_t>(FrameBound::kCpu)], 100u);
  EXPECT_NEAR(frames.busy_share, 0.2, 0.01);
  EXPECT_EQ(frames.wait_share, 0);
  EXPECT_EQ(evidence(find("cpu-bound"), "device"), "Real GPU");
}

TEST_F(GpuFramesTest, WithinTheBudgetItIsNoFinding) {
  bound_by_cpu(queue("Real GPU"), 10 * kMs);
  EXPECT_EQ(judged().at(0).bound(), FrameBound::kCpu);
  EXPECT_TRUE(find("cpu-bound").id.empty());
}

TEST_F(GpuFramesTest, InTurns) {
  in_turns(queue("Real GPU"));
  const GpuFrames frames = judged().at(0);
  EXPECT_EQ(frames.bound(), FrameBound::kTurns);
  EXPECT_EQ(count(frames, FrameBound::kTurns), 100u);
  EXPECT_NEAR(frames.wait_share, 0.495, 0.01);
  EXPECT_EQ(evidence(find("gpu-cpu-turns"), "wait_span"), "wait for it");
}

TEST_F(GpuFramesTest, AThreadThatIsWokenLateNowAndThenHasWaitedAllTheSame) {
  const GpuQueueId main = queue("Real GPU");
  for (int64_t i = 0; i < kFrames; ++i) {
    const int64_t at = i * 20 * kMs;
    frame(at);
    cpu(step_, at, at + 8 * kMs);
    gpu(main, at + 8 * kMs, at + 8 * kMs + 10 * kUs, at + 15 * kMs);
    cpu(wait_, at + 8 * kMs, at + 15 * kMs + (i % 4 == 0 ? 4 * kMs : 20 * kUs));
  }
  EXPECT_EQ(count(judged().at(0), FrameBound::kTurns), 99u);  // no mark ends the last
}

TEST_F(GpuFramesTest, ASpanThatEndsThenByChanceIsNoWait) {
  const GpuQueueId main = queue("Real GPU");
  for (int64_t i = 0; i < kFrames; ++i) {
    const int64_t at = i * 20 * kMs;
    frame(at);
    // The device is done at any time of the CPU's work, in each tenth frame as this ends.
    gpu(main, at + kUs, at + kUs, at + 8 * kMs + i % 10 * kMs);
    cpu(step_, at, at + 17 * kMs);
    cpu(draw_, at + 17 * kMs, at + 20 * kMs);
  }
  const GpuFrames frames = judged().at(0);
  EXPECT_EQ(count(frames, FrameBound::kCpu), 99u);
  EXPECT_EQ(frames.wait_share, 0);
}

TEST_F(GpuFramesTest, BusyAndNobodyIsSeenToWait) {
  const GpuQueueId main = queue("Real GPU");
  for (int64_t i = 0; i < kFrames; ++i) {
    frame(i * 20 * kMs);
    cpu(step_, i * 20 * kMs, i * 20 * kMs + 5 * kMs);
    gpu(main, i * 20 * kMs, i * 20 * kMs + kMs / 2, (i + 1) * 20 * kMs);
  }
  const GpuFrames frames = judged().at(0);
  EXPECT_EQ(frames.bound(), FrameBound::kNotTold);
  EXPECT_EQ(count(frames, FrameBound::kGpu), 0u);
  EXPECT_TRUE(find("gpu-bound").id.empty());
}

TEST_F(GpuFramesTest, MissingSpansMayHaveKeptItBusy) {
  const GpuQueueId main = queue("Real GPU");
  clock(main, 100, 3);
  bound_by_cpu(main);
  const GpuFrames frames = judged().at(0);
  EXPECT_EQ(frames.bound(), FrameBound::kNotTold);
  EXPECT_EQ(frames.left_out, 3u);
}

TEST_F(GpuFramesTest, TimesThatAreNotExactTellNothing) {
  const GpuQueueId main = queue("Real GPU");
  clock(main, 3 * kMs);
  bound_by_cpu(main);
  EXPECT_EQ(judged().at(0).bound(), FrameBound::kNotTold);
}

TEST_F(GpuFramesTest, WhoHandsOverFramesOrIsBlockedIsNotBusy) {
  const GpuQueueId main = queue("Real GPU");
  const SiteId present = site("vkQueuePresentKHR");
  for (int64_t i = 0; i < kFrames; ++i) {
    const int64_t at = i * 20 * kMs;
    frame(at);
    gpu(main, at + kMs, at + kMs, at + 5 * kMs);
    // For the display in every second frame, else for something that no span is around.
    if (i % 2 == 0) cpu(present, at + 8 * kMs, at + 19 * kMs);
    if (i % 2 == 1) blocked(at + 8 * kMs, 11 * kMs);
  }
  frame(kFrames * 20 * kMs);
  const GpuFrames frames = judged().at(0);
  EXPECT_EQ(count(frames, FrameBound::kNotTold), 100u);
  // What its name says is said then, as an approximation.
  EXPECT_TRUE(find("cpu-bound").id.empty());
}

TEST_F(GpuFramesTest, DevicesApartAndOfTheirProcess) {
  const GpuQueueId idle = queue("Idle GPU"), busy = queue("Real GPU");
  const GpuQueueId others = queue("Others' GPU", 2, 2);
  bound_by_gpu(busy);
  gpu(idle, 0, 0, kMs);
  gpu(idle, 0, 99 * 20 * kMs, 99 * 20 * kMs + kMs);
  gpu(others, 0, 0, 100 * 20 * kMs);
  const std::vector<GpuFrames> all = judged();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].device, "Real GPU");
  EXPECT_EQ(all[1].device, "Idle GPU");
  EXPECT_EQ(evidence(find("gpu-bound"), "device"), "Real GPU");
}

TEST_F(GpuFramesTest, SpansOfNoLengthTellNothing) {
  const GpuQueueId main = queue("Real GPU");
  for (int64_t i = 0; i <= kFrames; ++i) {
    frame(i * kMs);
    gpu(main, i * kMs, i * kMs, i * kMs);
  }
  EXPECT_TRUE(judged().empty());
}

TEST_F(GpuFramesTest, ASelectionTakesFrames) {
  bound_by_cpu(queue("Real GPU"));
  EXPECT_EQ(judged({.time_last = TimeNs{kStart + 10 * 20 * kMs}}).at(0).count(), 10u);
  EXPECT_TRUE(judged({.thread = "other"}).empty());
}

TEST_F(GpuFramesTest, ByANameAloneItIsAnApproximation) {
  const SiteId present = site("Render::Present");
  for (int64_t i = 0; i <= kFrames; ++i) {
    frame(i * 20 * kMs);
    if (i < kFrames) cpu(present, i * 20 * kMs, i * 20 * kMs + 15 * kMs);
  }
  EXPECT_TRUE(judged().empty());
  const Finding f = find("gpu-bound");
  EXPECT_EQ(evidence(f, "basis"), "name-of-span");
  EXPECT_NE(f.sentence.find("seem to wait"), std::string::npos);
  EXPECT_EQ(f.how.find("An approximation."), 0u);
}

TEST_F(GpuFramesTest, NamesThatTellOfHandingOver) {
  for (const char* name : {"vkQueuePresentKHR", "render.present", "SDL_GL_SwapBuffers",
                           "vkWaitForFences", "vk_acquire_next_image", "QueueSubmit (wait)"}) {
    EXPECT_TRUE(waits_for_display(name)) << name;
  }
  for (const char* name : {"Representation::update", "QueueSubmit", "presentation", ""}) {
    EXPECT_FALSE(waits_for_display(name)) << name;
  }
}

}  // namespace
}  // namespace hone::analysis
