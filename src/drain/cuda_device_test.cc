// hone/cuda.h on a device that is made up: this program is instrumented itself, and reads what it
// wrote.
#define HONE_ENABLE
#include "hone/cuda.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drain/made_up_cuda.h"
#include "drain/spans.h"
#include "guest/runtime/runtime.h"

namespace hone::drain::cuda_device {
namespace {

using cuda::Device;
using cuda::detail::Rate;
using Options = cuda::Setup;  // gtest has a Setup of its own

using made_up_cuda::driver;
using made_up_cuda::find;
using made_up_cuda::kIllegalAddress;
using made_up_cuda::stream;

class CudaDevice : public ::testing::Test {
 protected:
  struct Span {
    std::string name, stream;
    uint32_t depth, tid;
    int64_t start, end;
  };
  struct Told {
    std::string name;
    int64_t error, correction;
    uint64_t left_out;
    int count = 0;
  };

  void SetUp() override {
    driver = &device_;
    auto opened = SpanRings::open(base::UniqueFd{::dup(runtime::memory.descriptor)});
    ASSERT_TRUE(opened) << opened.error().message;
    rings_.emplace(std::move(*opened));
    ASSERT_TRUE(rings_->own(::getpid()));
    rings_->ask(UINT64_MAX, "", "");
  }
  void TearDown() override {
    if (rings_) rings_->stop();
    EXPECT_EQ(device_.misused, 0);
    EXPECT_TRUE(device_.events.empty()) << "events are left behind";
    EXPECT_EQ(device_.contexts, 1);
    EXPECT_EQ(device_.mode, 0);
  }
  static Options setup(uint32_t spans = 64) {
    Options out;
    out.spans = spans;
    out.find = &find;
    return out;
  }
  // What was told since the last call; of streams by their numbers.
  void read() {
    spans_.clear();
    rings_->read([&](SpanBatch& batch) {
      for (const SpanMark& mark : batch.marks) {
        const hone_slot* rest = &batch.rest[mark.rest];
        if (mark.kind == HONE_MARK_GPU_QUEUE) take_told(mark, batch);
        if (mark.kind != HONE_MARK_GPU_SPAN) continue;
        EXPECT_EQ(mark.rest_count, 3u);
        const auto id = static_cast<uint32_t>(rest[0].first);
        EXPECT_EQ(told_.count(id), 1u) << "its queue was not told of before";
        spans_.push_back({.name = rings_->site(mark.site)->name,
                          .stream = told_[id].name,
                          .depth = mark.detail,
                          .tid = static_cast<uint32_t>(rest[0].first >> 32),
                          .start = static_cast<int64_t>(rest[1].first),
                          .end = static_cast<int64_t>(rest[2].first)});
      }
      return true;
    });
  }
  void take_told(const SpanMark& mark, const SpanBatch& batch) {
    // The device's name takes slots of its own behind the first.
    const hone_slot* rest = &batch.rest[mark.rest];
    const size_t name_slots = (rest[0].second >> 32) / 8 + ((rest[0].second >> 32) % 8 != 0);
    const hone_slot* after = rest + 1 + name_slots;
    Told& told = told_[static_cast<uint32_t>(after[0].first)];
    told = {rings_->site(mark.site)->name, static_cast<int64_t>(after[3].first),
            static_cast<int64_t>(after[4].first), after[5].first, told.count + 1};
    EXPECT_EQ(after[2].first, HONE_GPU_FOLLOWED);
  }
  const Told& told(const std::string& name) {
    for (const auto& [id, each] : told_) {
      if (each.name == name) return each;
    }
    static const Told kNobody{};
    ADD_FAILURE() << name << " was not told of";
    return kNobody;
  }
  const Span& span(const std::string& name) {
    for (const Span& each : spans_) {
      if (each.name == name) return each;
    }
    static const Span kNone{};
    ADD_FAILURE() << name << " is not there";
    return kNone;
  }

  made_up_cuda::Driver device_;
  std::optional<SpanRings> rings_;
  std::vector<Span> spans_;
  std::map<uint32_t, Told> told_;
};

void pass(Device& gpu, void* on, double ns = 10'000) {
  HONE_CUDA_SPAN(gpu, on, "pass");
  driver->work(on, ns);
}

TEST_F(CudaDevice, TellsOfNestedSpansWhenTheyAreDoneWhereTheyWere) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup())) << gpu.why();
  EXPECT_STREQ(gpu.why(), "");
  gpu.name(stream(1), "compute");
  device_.held.insert(stream(1));
  const double begin = device_.tail(stream(1));
  {
    HONE_CUDA_SPAN(gpu, stream(1), "outer");
    device_.work(stream(1), 5'000);
    pass(gpu, stream(1));
  }
  gpu.collect();
  read();
  EXPECT_TRUE(spans_.empty());
  device_.held.clear();
  gpu.collect();
  read();
  ASSERT_EQ(spans_.size(), 2u);
  EXPECT_EQ(span("outer").depth, 0u);
  EXPECT_EQ(span("pass").depth, 1u);
  EXPECT_EQ(span("pass").tid, static_cast<uint32_t>(::gettid()));
  EXPECT_EQ(span("pass").stream, "compute");
  EXPECT_EQ(span("pass").end - span("pass").start, 10'000);
  EXPECT_EQ(span("outer").end - span("outer").start, 15'000);
  EXPECT_NEAR(static_cast<double>(span("pass").start - span("outer").start), 5'000, 2);
  // By no more than it says that it may be off.
  EXPECT_NEAR(static_cast<double>(span("outer").start), device_.ours(begin),
              static_cast<double>(told("compute").error));
  EXPECT_GE(told("compute").error, 500);
}

TEST_F(CudaDevice, StreamsAreQueuesThatAreDoneInAnyOrder) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup()));
  device_.held = {stream(1)};
  for (int i = 0; i < 5; ++i) {
    for (uintptr_t on = 0; on < 3; ++on) pass(gpu, stream(on), 1'000 * static_cast<double>(on + 1));
  }
  gpu.collect();
  read();
  EXPECT_EQ(spans_.size(), 10u);
  for (const Span& each : spans_) {
    EXPECT_NE(each.stream, "stream 2");
    EXPECT_EQ(each.end - each.start, each.stream == "stream 1" ? 1'000 : 3'000);
    EXPECT_EQ(each.depth, 0u);
  }
  device_.held.clear();
  gpu.collect();
  read();
  ASSERT_EQ(spans_.size(), 5u);
  for (const Span& each : spans_) {
    EXPECT_EQ(each.stream, "stream 2");
    EXPECT_EQ(each.end - each.start, 2'000);
  }
}

TEST_F(CudaDevice, SpansEndWhereTheyAreEnded) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup()));
  HONE_CUDA_VARIABLE(open)
  HONE_CUDA_BEGIN(gpu, stream(1), open, "by hand");
  device_.work(stream(1), 3'000);
  HONE_CUDA_END(gpu, open);
  HONE_CUDA_END(gpu, open);  // once
  gpu.collect();
  read();
  ASSERT_EQ(spans_.size(), 1u);
  EXPECT_EQ(spans_[0].name, "by hand");
  EXPECT_EQ(spans_[0].end - spans_[0].start, 3'000);
}

TEST_F(CudaDevice, EventsAreUsedAgainAndSpansWithoutAnyAreCounted) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup(16)));
  const int made = device_.made_events;
  device_.held.insert(stream(1));
  for (int i = 0; i < 20; ++i) pass(gpu, stream(1));
  EXPECT_EQ(gpu.left_out(), 4u);
  device_.held.clear();
  size_t seen = 0;
  for (int i = 0; i < 100; ++i) {
    gpu.collect();
    read();
    seen += spans_.size();
    pass(gpu, stream(1));
  }
  EXPECT_EQ(seen, 16u + 99u);
  EXPECT_EQ(gpu.left_out(), 4u);
  EXPECT_EQ(device_.made_events, made);
  gpu.close();
  read();
  EXPECT_EQ(told("stream 1").left_out, 4u);
}

TEST_F(CudaDevice, ACapturedStreamIsNotTouched) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup()));
  device_.captured.insert(stream(1));
  pass(gpu, stream(1));
  EXPECT_EQ(device_.records, 0);
  EXPECT_EQ(gpu.left_out(), 1u);
  device_.captured.clear();
  {
    // The capture begins within the span.
    HONE_CUDA_SPAN(gpu, stream(1), "half");
    device_.captured.insert(stream(1));
  }
  device_.captured.clear();
  pass(gpu, stream(1));
  gpu.collect();
  read();
  ASSERT_EQ(spans_.size(), 1u);
  EXPECT_EQ(spans_[0].name, "pass");
  EXPECT_EQ(spans_[0].depth, 0u);
  EXPECT_EQ(gpu.left_out(), 2u);
}

TEST_F(CudaDevice, WhatTheDriverRefusesIsLeftOut) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup(16)));
  device_.record_result = 400;  // the stream is of another context
  for (int i = 0; i < 40; ++i) pass(gpu, stream(1));
  EXPECT_EQ(gpu.left_out(), 40u);
  device_.record_result = 0;
  pass(gpu, stream(1));
  gpu.collect();
  read();
  EXPECT_EQ(spans_.size(), 1u);
  EXPECT_STREQ(gpu.why(), "");
}

TEST_F(CudaDevice, ALostDeviceEndsIt) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup()));
  for (int i = 0; i < 3; ++i) pass(gpu, stream(1));
  device_.query_result = kIllegalAddress;
  gpu.collect();
  EXPECT_STREQ(gpu.why(), "cuEventQuery gave error 700: the device may be lost");
  EXPECT_EQ(gpu.left_out(), 3u);
  const int records = device_.records;
  pass(gpu, stream(1));
  gpu.collect();
  EXPECT_EQ(device_.records, records);
  gpu.close();
  read();
  EXPECT_TRUE(spans_.empty());
}

TEST_F(CudaDevice, SaysWhyItCannotBeOpened) {
  const auto why = [&](const Options& options) {
    Device gpu;
    EXPECT_FALSE(gpu.open(options));
    pass(gpu, stream(1));
    gpu.name(stream(1), "nothing");
    gpu.collect();
    EXPECT_EQ(device_.records, 0);
    return std::string(gpu.why());
  };
  for (const char* name : {"cuCtxGetCurrent", "cuEventElapsedTime", "cuStreamDestroy_v2"}) {
    device_.missing = name;
    EXPECT_EQ(why(setup()), "libcuda.so.1, or functions of it, were not found") << name;
  }
  device_.missing.clear();
  device_.contexts = 0;
  EXPECT_EQ(why(setup()), "no context of CUDA is current");
  device_.contexts = 1;
  device_.is_stuck = true;
  EXPECT_EQ(why(setup()), "the device did not come to an event for a second");
  device_.is_stuck = false;
  device_.query_result = 999;
  EXPECT_EQ(why(setup()), "cuEventQuery gave error 999: the device may be lost");
  device_.query_result = 0;
  Device gpu;
  pass(gpu, stream(1));  // before it is opened
  EXPECT_STREQ(gpu.why(), "not opened");
}

TEST_F(CudaDevice, WithoutADriverItIsOff) {
  if (void* const there = dlopen("libcuda.so.1", RTLD_LAZY)) {
    dlclose(there);
    GTEST_SKIP() << "this machine has libcuda.so.1";
  }
  Device gpu;
  EXPECT_FALSE(gpu.open());
  EXPECT_STREQ(gpu.why(), "libcuda.so.1, or functions of it, were not found");
}

TEST_F(CudaDevice, WorksWithoutFunctionsOfNewerDrivers) {
  for (const char* name : {"cuStreamIsCapturing"}) {
    device_.missing = name;
    Device gpu;
    ASSERT_TRUE(gpu.open(setup()));
    pass(gpu, stream(1));
    gpu.collect();
    read();
    EXPECT_EQ(spans_.size(), 1u);
  }
}

TEST_F(CudaDevice, NotRecordedItRecordsNoEvents) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup()));
  rings_->pause();
  pass(gpu, stream(1));
  gpu.collect();
  EXPECT_EQ(device_.records, 0);
}

TEST_F(CudaDevice, MoreStreamsThanThereIsRoomForShareAQueue) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup(256)));
  for (uintptr_t on = 1; on <= 70; ++on) pass(gpu, stream(on));
  gpu.collect();
  read();
  ASSERT_EQ(spans_.size(), 70u);
  size_t others = 0;
  for (const Span& each : spans_) {
    others += each.stream == "other streams";
    EXPECT_EQ(each.depth, each.stream == "other streams" ? 255u : 0u);
  }
  EXPECT_EQ(others, 7u);
}

// 100 ticks in a million too many, over a second and more.
TEST_F(CudaDevice, FollowsAClockThatDriftsAndTellsByHowMuch) {
  device_.speed = 1 + 1e-4;
  Device gpu;
  ASSERT_TRUE(gpu.open(setup()));
  gpu.name(stream(1), "one");
  device_.held.insert(stream(9));
  const double early = device_.tail(stream(9));
  {
    HONE_CUDA_SPAN(gpu, stream(9), "read later");
    device_.work(stream(9), 2'000);
  }
  pass(gpu, stream(1));
  gpu.collect();
  read();
  ASSERT_EQ(told("one").count, 1);
  const int64_t first_error = told("one").error;
  const int64_t until = cuda::detail::now_ns() + 20'000'000'000;
  while (told("one").count < 2 && cuda::detail::now_ns() < until) {
    ::usleep(10'000);
    gpu.collect();
    read();
  }
  ASSERT_EQ(told("one").count, 2);
  const double error = static_cast<double>(first_error + told("one").error);
  EXPECT_LT(static_cast<double>(told("one").correction), -100'000 + error);
  device_.held.clear();
  const double late = device_.streams[stream(2)] = device_.now();
  pass(gpu, stream(2));
  gpu.collect();
  read();
  EXPECT_NEAR(static_cast<double>(span("pass").start), device_.ours(late), error + 1'000);
  EXPECT_NEAR(static_cast<double>(span("read later").start), device_.ours(early), error + 1'000);
}

// It is asked for no longer than a moment, and spans count from the comparison before.
TEST_F(CudaDevice, ADeviceThatIsTooBusyToCompareIsNotWaitedFor) {
  Device gpu;
  ASSERT_TRUE(gpu.open(setup()));
  gpu.name(stream(1), "one");
  pass(gpu, stream(1));
  gpu.collect();
  read();
  const int64_t error = told("one").error;
  device_.is_stuck = true;
  const int64_t until = cuda::detail::now_ns() + 20'000'000'000;
  while (told("one").count < 2 && cuda::detail::now_ns() < until) {
    ::usleep(10'000);
    pass(gpu, stream(1));
    gpu.collect();
    read();
    ASSERT_EQ(spans_.size(), 1u);
  }
  EXPECT_EQ(told("one").count, 2);
  EXPECT_GE(told("one").error, error);
  EXPECT_EQ(told("one").correction, 0);
  EXPECT_STREQ(gpu.why(), "");
  device_.is_stuck = false;
}

TEST(CudaRate, IsThatOfMomentsFarApartAndOfNoClockThatWasStopped) {
  Rate rate;
  rate.begin();
  rate.add(0, 5'000'000'000);
  EXPECT_EQ(rate.get(), 1);
  rate.add(1'000, 5'000'001'100);  // too near to tell
  EXPECT_EQ(rate.get(), 1);
  for (int64_t i = 1; i < 40; ++i) {
    rate.add(static_cast<double>(i) * 1'000'100'000., 5'000'000'000 + i * 1'000'000'000);
  }
  EXPECT_NEAR(rate.get(), 1 / 1.0001, 1e-9);
  rate.add(39 * 1'000'100'000. + 1, 200'000'000'000);  // it stood still
  EXPECT_EQ(rate.get(), 1);
}

}  // namespace
}  // namespace hone::drain::cuda_device
