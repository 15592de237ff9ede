// Records in buffers, as the kernel would have written them, to rows of a recording.
#include "capture/perf_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "capture/perf_attributes.h"
#include "capture/test_support.h"

namespace hone::capture {
namespace {

using testing::ElementsAre;

constexpr uint32_t kPid = 100;

class PerfSourceTest : public testing::Test {
 protected:
  PerfSourceTest() : modules_({}), collector_(recording_.builder(), modules_, {}) {
    collector_.add_root(kPid, "root", "root --all", TimeNs{1}, false);
  }
  // Rings 0 and 2 hold samples, 1 and 3 counts.
  void start(PerfPlan plan = {.period_ns = 1000, .exact_cpu = true}) {
    std::vector<PerfCpu> cpus(2);
    for (size_t i = 0; i < 4; ++i) {
      PerfRing ring = std::move(rings_[i].ring());
      (i % 2 == 0 ? cpus[i / 2].ring : cpus[i / 2].counts) = std::move(ring);
    }
    source_ = std::make_unique<PerfSource>(PerfEvents::of(plan, std::move(cpus)), collector_);
  }
  std::vector<int64_t> sample_times() {
    std::vector<int64_t> times;
    for (const auto& row : recording_.rows<recording::SampleRow>()) times.push_back(raw(row.time));
    return times;
  }

  TestRing rings_[4];
  TestRecording recording_;
  stacks::ModuleStore modules_;
  Collector collector_;
  std::unique_ptr<PerfSource> source_;
};

TEST_F(PerfSourceTest, MergesTheBuffersByTime) {
  for (const uint64_t time : {10, 40, 50}) rings_[0].put(Record::sample(kPid, kPid, time));
  for (const uint64_t time : {20, 30, 60}) rings_[2].put(Record::sample(kPid, kPid, time));
  start();
  source_->drain(true);
  EXPECT_THAT(sample_times(), ElementsAre(10, 20, 30, 40, 50, 60));
}

TEST_F(PerfSourceTest, LeavesWhatIsNewerThanTheHorizon) {
  for (const uint64_t time : {10, 40}) rings_[0].put(Record::sample(kPid, kPid, time));
  rings_[2].put(Record::sample(kPid, kPid, 50));
  start();
  source_->drain_until(TimeNs{39});
  EXPECT_EQ(collector_.counts().samples, 1u);
  // An event that another CPU was still writing.
  rings_[2].put(Record::sample(kPid, kPid, 55));
  rings_[0].put(Record::sample(kPid, kPid, 45));
  source_->drain_until(TimeNs{50});
  EXPECT_EQ(collector_.counts().samples, 4u);
  source_->drain(true);
  EXPECT_THAT(sample_times(), ElementsAre(10, 40, 45, 50, 55));
}

TEST_F(PerfSourceTest, WhatALaterBufferSaysEarlierIsKnown) {
  // The fork was on one CPU, the child runs on another.
  rings_[0].put(Record::sample(kPid + 1, kPid + 1, 30));
  rings_[2].put(Record::fork(kPid + 1, kPid, kPid + 1, 20));
  start();
  source_->drain(true);
  EXPECT_EQ(collector_.counts().samples, 1u);
  EXPECT_EQ(collector_.counts().foreign, 0u);
}

TEST_F(PerfSourceTest, CountsGoToThreads) {
  rings_[0].put(Record::exit(kPid, kPid, 20));
  rings_[1].put(Record::read(kPid, kPid, 700, 21));
  rings_[3].put(Record::read(kPid, kPid, 77, 22));
  start();
  source_->drain(true);
  collector_.finish(TimeNs{30}, {});
  const auto ends = recording_.rows<recording::ThreadEndRow>();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(raw(ends[0].cpu), 777);
  EXPECT_EQ(raw(ends[0].time), 20);
}

TEST_F(PerfSourceTest, LossIsCountedWhereItIsOfSamples) {
  rings_[0].put(Record::lost(5, 20));
  rings_[2].put(Record::lost(2, 21));
  rings_[1].put(Record::lost(100, 22));
  start();
  source_->drain(true);
  EXPECT_EQ(collector_.counts().lost, 7u);
}

TEST_F(PerfSourceTest, PausesAreToldOf) {
  rings_[0].put(Record(PERF_RECORD_THROTTLE).u64(20).u64(1).u64(1).trailer(kPid, kPid, 20));
  start();
  source_->drain(true);
  collector_.finish(TimeNs{30}, {});
  const auto notes = recording_.rows<recording::DiagnosticRow>();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].name, "sampling_paused");
  EXPECT_EQ(notes[0].severity, recording::kDataLoss);
}

TEST_F(PerfSourceTest, AWholeSample) {
  std::vector<uint8_t> stack(64, 7);
  Record sample(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_KERNEL);
  sample.u64(0xffffffff81000010).u32(kPid).u32(kPid).u64(20).u64(3);
  sample.u64(4).u64(PERF_CONTEXT_KERNEL).u64(0xffffffff81000010).u64(0xffffffff81000020);
  sample.u64(PERF_CONTEXT_USER);
  sample.u64(PERF_SAMPLE_REGS_ABI_64);
  for (size_t i = 0; i < perf_register_numbers().size(); ++i) sample.u64(0x1000 + i);
  sample.u64(64);
  for (int i = 0; i < 8; ++i) sample.u64(3);
  sample.u64(16);
  rings_[0].put(sample);
  start({.kernel_side = true, .period_ns = 1000, .stack_bytes = 64});
  collector_.on_map({.pid = kPid, .begin = 0x1000, .bytes = 0x1000, .path = ""});
  source_->drain(true);
  EXPECT_EQ(collector_.counts().damaged, 0u);
  const auto samples = recording_.rows<recording::SampleRow>();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].cpu, 3);
  EXPECT_EQ(raw(samples[0].weight), 1000);
  EXPECT_EQ(samples[0].flags, recording::kSampleInKernel);
  // Two kernel frames and the user's pc, in code without a table; the second kernel frame is a
  // return address.
  const auto frames = recording_.rows<recording::FrameRow>();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].address, 0xffffffff81000010);
  EXPECT_EQ(frames[1].address, 0xffffffff8100001f);
  EXPECT_EQ(samples[0].end, static_cast<uint8_t>(unwind::WalkEnd::kNoTable));
}

TEST_F(PerfSourceTest, CodeOf32BitsIsCountedApart) {
  Record sample(PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER);
  sample.u64(0x1234).u32(kPid).u32(kPid).u64(20).u64(0).u64(PERF_SAMPLE_REGS_ABI_32);
  for (size_t i = 0; i < perf_register_numbers().size(); ++i) sample.u64(0x1000 + i);
  rings_[0].put(sample);
  rings_[0].put(Record::sample(kPid, kPid, 21));
  start();
  source_->drain(true);
  EXPECT_EQ(collector_.counts().no_registers, 2u);
  EXPECT_EQ(collector_.counts().other_abi, 1u);
  collector_.finish(TimeNs{30}, {});
  std::map<std::string, uint64_t> notes;
  for (const auto& row : recording_.rows<recording::DiagnosticRow>()) {
    notes[std::string(row.name)] = row.count;
  }
  EXPECT_EQ(notes["samples_of_32_bit_code"], 1u);
  EXPECT_EQ(notes["samples_without_user_registers"], 1u);
}

// Whole by their size, but too short for what they are, or with impossible values.
TEST_F(PerfSourceTest, RecordsThatLie) {
  const Record lies[] = {
      Record(PERF_RECORD_FORK),
      Record(PERF_RECORD_FORK).trailer(1, 1, 20),
      Record(PERF_RECORD_EXIT).u64(0).trailer(1, 1, 20),
      Record(PERF_RECORD_COMM).u32(kPid).u32(kPid).u64(~uint64_t{0}).trailer(1, 1, 20),  // no end
      Record(PERF_RECORD_MMAP2).u64(0).trailer(1, 1, 20),
      Record(PERF_RECORD_READ).u64(0).trailer(1, 1, 20),
      Record::read(kPid, kPid, uint64_t{1} << 60, 20),
      Record::exit(kPid, kPid, 0),
      Record::exit(kPid, kPid, uint64_t{1} << 63),
      Record(PERF_RECORD_SAMPLE),
      Record(PERF_RECORD_SAMPLE).u64(1).u32(kPid).u32(kPid).u64(20).u64(0),
      Record::sample(kPid, kPid, ~uint64_t{0}),
  };
  for (const Record& lie : lies) rings_[0].put(lie);
  rings_[0].put(Record(0x7777).u64(0).trailer(1, 1, 20));  // of a newer kernel: no damage
  rings_[0].put(Record::sample(kPid, kPid, 30));
  start();
  source_->drain(true);
  EXPECT_EQ(collector_.counts().damaged, std::size(lies));
  EXPECT_EQ(collector_.counts().samples, 1u);
  EXPECT_TRUE(collector_.is_recorded(kPid));
}

TEST_F(PerfSourceTest, CountsOfFramesAndStacksThatAreTooLarge) {
  const auto sample = [](uint64_t frames, uint64_t stack_bytes, uint64_t copied) {
    Record made(PERF_RECORD_SAMPLE);
    made.u64(1).u32(kPid).u32(kPid).u64(20).u64(0).u64(frames).u64(PERF_SAMPLE_REGS_ABI_64);
    for (size_t i = 0; i < perf_register_numbers().size(); ++i) made.u64(0);
    return made.u64(stack_bytes).u64(0).u64(copied);
  };
  rings_[0].put(sample(~uint64_t{0}, 8, 8));
  rings_[0].put(sample(1 << 20, 8, 8));
  rings_[0].put(sample(0, ~uint64_t{0}, 8));
  rings_[0].put(sample(0, 1 << 20, 8));
  rings_[0].put(sample(0, 8, ~uint64_t{0}));  // more copied than there is room: no stack
  start({.kernel_side = true, .period_ns = 1000, .stack_bytes = 64});
  source_->drain(true);
  EXPECT_EQ(collector_.counts().damaged, 4u);
  EXPECT_EQ(collector_.counts().samples, 1u);
}

class SwitchesTest : public testing::Test {
 protected:
  SwitchesTest()
      : modules_({}),
        collector_(recording_.builder(), modules_,
                   {.waits = true, .switch_stacks = true, .wakeups = true}) {
    collector_.add_root(kPid, "root", "root --all", TimeNs{1}, false);
  }
  std::vector<recording::WaitRow> drain() {
    std::vector<PerfCpu> cpus(1);
    cpus[0].ring = std::move(samples_.ring());
    cpus[0].stack_ring = std::move(stacks_.ring());
    cpus[0].wakeup_ring = std::move(wakeups_.ring());
    PerfSource source(PerfEvents::of({.period_ns = 1000, .switches = true, .wakeup_pid_offset = 8},
                                     std::move(cpus)),
                      collector_);
    source.drain(true);
    collector_.finish(TimeNs{1000}, {});
    return recording_.rows<recording::WaitRow>();
  }

  TestRing samples_, stacks_, wakeups_;
  TestRecording recording_;
  stacks::ModuleStore modules_;
  Collector collector_;
};

TEST_F(SwitchesTest, BecomeWaitsOfTheThreadsThatAreRecorded) {
  samples_.put(Record::switched(kPid, kPid, true, false, 20));
  samples_.put(Record::switched(kPid + 7, kPid + 7, true, false, 25));  // a stranger
  samples_.put(Record::switched(0, 0, true, false, 26));                // an idle CPU
  samples_.put(Record::switched(kPid, kPid, false, false, 50));
  samples_.put(Record::switched(kPid, kPid, true, true, 60));
  samples_.put(Record::switched(kPid, kPid, false, false, 65));
  samples_.put(Record::exit(kPid, kPid, 90));
  samples_.put(Record::switched(kPid, kPid, true, false, 95));  // on its last way
  const auto rows = drain();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(raw(rows[0].duration), 30);
  EXPECT_EQ(raw(rows[1].duration), 5);
  EXPECT_EQ(rows[1].flags, recording::kWaitRunnable);
}

TEST_F(SwitchesTest, OfANewThreadBeginWithItsFork) {
  samples_.put(Record::fork(kPid, kPid, kPid + 1, 20));
  samples_.put(Record::switched(kPid, kPid + 1, false, false, 28));
  samples_.put(Record::exit(kPid, kPid + 1, 40));
  samples_.put(Record::exit(kPid, kPid, 41));
  const auto rows = drain();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(raw(rows[0].duration), 8);
  EXPECT_EQ(rows[0].flags, recording::kWaitRunnable);
  // Of the other nothing was told at all.
  EXPECT_EQ(rows[1].flags, recording::kWaitBeganBefore | recording::kWaitNotEnded);
}

TEST_F(SwitchesTest, AreWokenByWhoTheTracepointNames) {
  samples_.put(Record::fork(kPid, kPid, kPid + 1, 5));
  samples_.put(Record::switched(kPid, kPid + 1, false, false, 6));
  samples_.put(Record::switched(kPid, kPid, true, false, 20));
  wakeups_.put(Record::waking(kPid, kPid + 1, kPid, 44));
  samples_.put(Record::switched(kPid, kPid, false, false, 50));
  samples_.put(Record::exit(kPid, kPid + 1, 60));
  samples_.put(Record::exit(kPid, kPid, 61));
  const auto rows = drain();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(raw(rows[1].runnable), 6);
  EXPECT_EQ(raw(rows[1].waker), 2u);
}

TEST_F(SwitchesTest, AnInterruptIsNotTheThreadThatItInterrupts) {
  samples_.put(Record::fork(kPid, kPid, kPid + 1, 5));
  samples_.put(Record::switched(kPid, kPid + 1, false, false, 6));
  samples_.put(Record::switched(kPid, kPid, true, false, 20));
  wakeups_.put(Record::waking(kPid, kPid + 1, kPid, 44, 8));
  samples_.put(Record::switched(kPid, kPid, false, false, 50));
  const auto rows = drain();
  ASSERT_GE(rows.size(), 2u);
  EXPECT_EQ(raw(rows[1].runnable), 6);
  EXPECT_EQ(rows[1].waker, ThreadId::kNone);
}

TEST_F(SwitchesTest, CutRecordsAreCountedAndNothingElse) {
  wakeups_.put(Record(PERF_RECORD_SAMPLE).u64(0).u32(1).u32(1).u64(30));
  samples_.put(Record(PERF_RECORD_SWITCH).u64(0));
  drain();
  EXPECT_EQ(collector_.counts().damaged, 2u);
}

}  // namespace
}  // namespace hone::capture
