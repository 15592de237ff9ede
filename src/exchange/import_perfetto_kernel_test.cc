#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/import_perfetto_spans.h"
#include "exchange/import_perfetto_test_support.h"
#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

using perfetto_test::kBegin;
using perfetto_test::Message;
using perfetto_test::TraceText;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Lines = std::vector<std::string>;

constexpr uint64_t kRunnable = 0, kPreempted = 0x100, kSleeping = 1, kDead = 0x10;

Message switched(uint64_t time, uint64_t before, uint64_t state, uint64_t next) {
  return Message().put(1, time).put(2, before).in(4, Message()
                                                         .text(1, "t" + std::to_string(before))
                                                         .put(2, before)
                                                         .put(4, state)
                                                         .text(5, "t" + std::to_string(next))
                                                         .put(6, next));
}
Message woken(uint64_t time, uint64_t waker, uint64_t tid, uint32_t field = 20) {
  return Message().put(1, time).put(2, waker).in(
      field, Message().text(1, "t" + std::to_string(tid)).put(2, tid));
}
Message bundle(uint64_t cpu, const std::vector<Message>& events) {
  Message out;
  out.put(1, cpu);
  for (const Message& event : events) out.in(2, event);
  return Message().in(1, out);
}
TraceText kernel_trace() {
  TraceText trace(1, 6);
  return trace.add(Message().in(
      6, Message().in(1, Message().put(1, 6).put(2, 1)).in(1, Message().put(1, 3).put(2, 1))));
}

TEST(ImportPerfettoKernel, SwitchesBecomeWaits) {
  TraceText trace = kernel_trace();
  // The second CPU's events come first.
  trace.add(bundle(1, {switched(110, 0, kRunnable, 20), woken(150, 20, 10), woken(155, 20, 10, 17),
                       switched(200, 20, kDead, 0)}));
  trace.add(bundle(0, {switched(100, 10, kSleeping, 0), switched(170, 0, kRunnable, 10),
                       switched(180, 10, kPreempted, 30), switched(190, 30, kSleeping, 10)}));
  trace.add(Message().in(2, Message()
                                .in(1, Message().put(1, 10).text(3, "/usr/bin/app --fast"))
                                .in(2, Message().put(1, 20).put(3, 10).text(2, "worker"))));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(
      waits_of(got),
      UnorderedElementsAre("worker: 100..110 -1 - 2", "t10: 100..170 20 worker 0",
                           "t30: 100..180 -1 - 2", "t10: 180..190 10 - 1", "t30: 190..200 0 - 4"));
  const auto& processes = got.profile->processes();
  ASSERT_EQ(processes.size(), 3u);
  EXPECT_EQ(got.profile->string(processes[1].name), "app");
  EXPECT_EQ(got.profile->string(processes[2].name), "t30");
  EXPECT_EQ(got.profile->meta("waits.wakers"), "yes");
  EXPECT_THAT(got.left, IsEmpty());
}

TEST(ImportPerfettoKernel, CompactSwitches) {
  TraceText trace = kernel_trace();
  Message compact;
  compact.text(5, "app").text(5, "other");
  compact.packed(1, {100, 50, 50}).packed(2, {0, kSleeping, kSleeping}).packed(3, {10, 30, 10});
  compact.packed(6, {0, 1, 0});
  compact.packed(7, {160}).packed(8, {10}).packed(11, {0});
  trace.add(Message().in(1, Message().put(1, 0).in(4, compact)));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(waits_of(got),
              UnorderedElementsAre("app: 150..200 40 other 0", "other: 100..150 -1 - 2"));
}

TEST(ImportPerfettoKernel, ColumnsOfDifferentLengths) {
  TraceText trace = kernel_trace();
  Message compact;
  compact.packed(1, {100, 50, 50}).packed(2, {0}).packed(3, {10, 30}).packed(6, {77, 78, 79});
  compact.packed(7, {160, UINT64_MAX}).packed(8, {10, 11, 12});
  trace.add(Message().in(1, Message().put(1, UINT64_MAX).in(4, compact)));
  EXPECT_TRUE(imported(trace.text()).profile);
}

TEST(ImportPerfettoKernel, ThreadsThatTheKernelSaysNothingOf) {
  TraceText trace = kernel_trace();
  trace.add(bundle(0, {switched(100, 10, kSleeping, 20)}));
  trace.thread(7, 1, 2, "lone").begin(50, 7, "s").end(400, 7);
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  // Lost, began before and did not end: it is not known when it ran.
  EXPECT_THAT(waits_of(got), UnorderedElementsAre("t10: 100..400 -1 - 4", "lone: 50..400 -1 - 14"));
}

TEST(ImportPerfettoKernel, SpeedOfCpus) {
  TraceText trace = kernel_trace();
  trace.add(
      bundle(0, {Message().put(1, 20).put(2, 0).in(11, Message().put(1, 2'000'000).put(2, 1)),
                 Message().put(1, 10).put(2, 0).in(11, Message().put(1, 1'000'000).put(2, 1)),
                 Message().put(1, 30).put(2, 0).in(13, Message().put(1, 2).put(2, 0)),
                 Message().put(1, 40).put(2, 0).in(13, Message().put(1, UINT32_MAX).put(2, 0)),
                 Message().put(1, 40).put(2, 0).in(3, Message().text(2, "print"))}));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  const auto& p = *got.profile;
  Lines lines;
  for (uint32_t i = 1; i < p.tracks().size(); ++i) {
    const auto& track = p.tracks()[i];
    for (uint32_t k = track.first; k < track.first + track.count; ++k) {
      lines.push_back(std::string(p.string(track.name)) + " " + std::to_string(track.cpu) + " @" +
                      std::to_string(raw(p.track_values().time[k])) + " " +
                      std::to_string(p.track_values().value[k]));
    }
  }
  EXPECT_THAT(lines,
              ElementsAre("cpu.idle_state 0 @30 3", "cpu.idle_state 0 @40 0",
                          "cpu.frequency 1 @10 1000000000", "cpu.frequency 1 @20 2000000000"));
  EXPECT_EQ(got.left.at("import.kernel_event_3"), 1u);
}

TEST(ImportPerfettoSpans, TracksOfSeveralThreadsComeInStretches) {
  TraceText first, second(2);
  first.describe(Message().put(1, 9).text(2, "shared"));
  first.begin(10, 9, "a").end(40, 9).begin(50, 9, "d");
  second.begin(20, 9, "b").end(30, 9).begin(60, 9, "e").end(70, 9);
  second.end(80, 9);
  const Imported got = imported(first.text() + second.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(), ElementsAre("shared: b 20+10 @1", "shared: a 10+30 @0",
                                       "shared: e 60+10 @1", "shared: d 50+30 @0"));
  EXPECT_THAT(got.left, IsEmpty());
}

// Against pairing by hand, with so little room that much of it is written before it is due.
TEST(ImportPerfettoSpans, WhatIsOutOfOrderIsKeptWhateverTheRoom) {
  for (const size_t room : {size_t{1}, size_t{7}, size_t{100}, size_t{1} << 20}) {
    std::string path = testing::TempDir() + "hone-spans-XXXXXX";
    ::close(::mkstemp(path.data()));
    auto writer = recording::Writer::create(path, {});
    ASSERT_TRUE(writer);
    Intake to{recording::Builder(std::move(*writer))};
    const ThreadId thread = to.thread(1, 2);
    const SiteId site = to.site({.name = "s"});
    perfetto_import::SpanPairs pairs(to, room);
    constexpr int kStretches = 3, kEach = 20'000;
    for (int stretch = 0; stretch < kStretches; ++stretch) {
      for (int i = 0; i < kEach; ++i) {
        const TimeNs start{int64_t{i} * 100 + stretch * 10};
        pairs.begin(thread, start, site);
        pairs.end(thread, start + DurationNs{5});
      }
    }
    pairs.finish();
    ASSERT_TRUE(to.finish());
    const auto reader = recording::Reader::open(path);
    ASSERT_TRUE(reader && reader->verify());
    size_t rows = 0, strays = 0, wrong = 0;
    ASSERT_TRUE(reader->for_each<recording::SpanRow>([&](const recording::SpanRow& row) {
      ++rows;
      strays += row.flags != 0;
      wrong += raw(row.duration) != 5;
    }));
    uint64_t negative = 0;
    ASSERT_TRUE(
        reader->for_each<recording::DiagnosticRow>([&](const recording::DiagnosticRow& row) {
          if (row.name == "import.negative_duration") negative += row.count;
        }));
    ::unlink(path.c_str());
    // An end that comes when what it ended was buried under others ends one of these.
    EXPECT_EQ(rows + negative, size_t{kStretches} * kEach) << room;
    EXPECT_LE(wrong, room > 100 ? 0u : 2u * kStretches) << room;
    // All but the first stretch's first 16,384 were written before those of their time came.
    if (room > 100) {
      EXPECT_EQ(strays, 2u * 16383);
    }
  }
}

}  // namespace
}  // namespace hone::exchange
