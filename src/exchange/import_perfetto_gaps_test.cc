// What a Perfetto trace does not say is not made up, and what of it is left out is counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exchange/import_perfetto_gauges.h"
#include "exchange/import_perfetto_test_support.h"
#include "exchange/import_test_support.h"
#include "recording/tracks.h"
#include "unwind/walk.h"

namespace hone::exchange {
namespace {

using perfetto_test::kBegin;
using perfetto_test::kCounter;
using perfetto_test::kEnd;
using perfetto_test::kInstant;
using perfetto_test::kNegative;
using perfetto_test::Message;
using perfetto_test::TraceText;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Texts = std::vector<std::string>;

constexpr uint64_t kOnMonotonic = 3, kOnRaw = 5, kOnBoottime = 6;
constexpr uint64_t kAsleep = 1;
constexpr uint64_t kHardInterrupt = 0x08, kSoftInterrupt = 0x10, kInterruptsOff = 0x01;

// A snapshot of several clocks: their numbers and what they show.
Message snapshot_of(std::initializer_list<std::pair<uint64_t, uint64_t>> readings) {
  Message out;
  for (const auto& [id, stamp] : readings) out.in(1, Message().put(1, id).put(2, stamp));
  return out;
}
TraceText trace_of_kernel() {
  TraceText trace(1, kOnBoottime);
  return trace.add(Message().in(6, snapshot_of({{kOnBoottime, 1}, {kOnMonotonic, 1}})));
}
Message switch_at(uint64_t time, uint64_t before, uint64_t state, uint64_t next) {
  return Message().put(1, time).put(2, before).in(
      4, Message().put(2, before).put(4, state).put(6, next));
}
Message waking_at(uint64_t time, uint64_t waker, uint64_t flags, uint64_t tid) {
  return Message().put(1, time).put(2, waker).put(5, flags).in(20, Message().put(2, tid));
}
Message bundle_of(uint64_t cpu, const std::vector<Message>& events, Message begun = {}) {
  begun.put(1, cpu);
  for (const Message& event : events) begun.in(2, event);
  return Message().in(1, begun);
}

TEST(ImportPerfettoGaps, AnInterruptIsNoWakingByWhoItInterrupted) {
  for (const uint64_t flags : {kHardInterrupt, kSoftInterrupt, kInterruptsOff}) {
    TraceText trace = trace_of_kernel();
    trace.add(bundle_of(0, {switch_at(100, 10, kAsleep, 20), waking_at(150, 20, flags, 10),
                            switch_at(200, 20, kAsleep, 10)}));
    const Imported got = imported(trace.text());
    ASSERT_TRUE(got.profile) << got.error.message;
    const std::string waker = flags == kInterruptsOff ? "20" : "-";
    EXPECT_THAT(waits_of(got), testing::Contains("10: 100..200 50 " + waker + " 0"));
  }
}

TEST(ImportPerfettoGaps, InterruptsInColumnsToo) {
  TraceText trace = trace_of_kernel();
  Message compact;
  compact.packed(1, {100, 100, 100}).packed(2, {0, kAsleep, kAsleep}).packed(3, {10, 20, 10});
  compact.packed(7, {210, 20}).packed(8, {10, 30}).packed(12, {kSoftInterrupt, 0});
  trace.add(Message().in(1, Message().put(1, 0).in(4, compact)));
  trace.add(bundle_of(1, {switch_at(110, 30, kAsleep, 0), switch_at(290, 0, 0, 30)}));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(waits_of(got), testing::Contains("10: 200..300 90 - 0"));
  EXPECT_THAT(waits_of(got), testing::Contains("30: 110..290 60 20 0"));
}

TEST(ImportPerfettoGaps, AThreadIsOfItsMakersProcess) {
  constexpr uint64_t kCloneThread = 0x10000;
  const auto made = [](uint64_t time, uint64_t maker, uint64_t tid, uint64_t flags) {
    return Message().put(1, time).put(2, maker).in(
        235, Message().put(1, tid).text(2, "t" + std::to_string(tid)).put(3, flags));
  };
  TraceText trace = trace_of_kernel();
  trace.add(bundle_of(0, {made(90, 10, 20, kCloneThread), made(91, 20, 21, kCloneThread),
                          made(92, 10, 30, 0), switch_at(100, 20, kAsleep, 21),
                          switch_at(110, 21, kAsleep, 30), switch_at(120, 30, kAsleep, 0)}));
  // The list of processes comes behind.
  trace.add(Message().in(2, Message().in(2, Message().put(1, 10).put(3, 9))));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  Texts pids;
  for (const profile::Thread& thread : got.profile->threads()) {
    if (thread.tid == 0) continue;
    pids.push_back(std::to_string(thread.tid) + " of " +
                   std::to_string(got.profile->processes()[raw(thread.process)].pid));
  }
  EXPECT_THAT(pids, UnorderedElementsAre("20 of 9", "21 of 9", "30 of 30"));
}

TEST(ImportPerfettoGaps, ClocksOfTheKernelsOwn) {
  constexpr uint64_t kUnknown = 1, kGlobal = 2, kLocal = 3, kMonotonicRaw = 4;
  const auto read_with = [](const Message& begun) {
    TraceText trace(1, kOnBoottime);
    trace.add(
        Message().in(6, snapshot_of({{kOnBoottime, 5000}, {kOnMonotonic, 5000}, {kOnRaw, 1000}})));
    trace.add(
        bundle_of(0, {switch_at(1100, 10, kAsleep, 20), switch_at(1200, 20, kAsleep, 10)}, begun));
    return imported(trace.text());
  };
  const Imported of_raw = read_with(Message().put(5, kMonotonicRaw));
  ASSERT_TRUE(of_raw.profile) << of_raw.error.message;
  EXPECT_THAT(waits_of(of_raw), testing::Contains("10: 5100..5200 -1 - 0"));
  for (const uint64_t clock : {kUnknown, kGlobal, kLocal}) {
    const Imported lone = read_with(Message().put(5, clock));
    ASSERT_TRUE(lone.profile) << lone.error.message;
    EXPECT_THAT(waits_of(lone), IsEmpty());
    EXPECT_EQ(lone.left.at("import.kernel_clock"), 1u);
    const Imported tied = read_with(Message().put(5, clock).put(6, 1000).put(7, 7000));
    ASSERT_TRUE(tied.profile) << tied.error.message;
    EXPECT_THAT(waits_of(tied), testing::Contains("10: 7100..7200 -1 - 0"));
  }
}

TEST(ImportPerfettoGaps, WhoRanWhenEventsWereLostIsNotWhoStoppedThen) {
  TraceText trace = trace_of_kernel();
  const auto columns = [](uint64_t time, uint64_t next, Message begun) {
    Message compact;
    compact.packed(1, {time}).packed(2, {kAsleep}).packed(3, {next});
    return Message().in(1, begun.put(1, 0).in(4, compact));
  };
  trace.add(columns(100, 10, {}));
  trace.add(columns(200, 20, Message().put(3, 1)));
  trace.add(columns(300, 10, {}));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  constexpr int kLost = 8;
  EXPECT_THAT(waits_of(got), UnorderedElementsAre("20: 100..200 -1 - 2",
                                                  "10: 100..300 -1 - " + std::to_string(kLost)));
  EXPECT_EQ(got.left.at("import.kernel_events_lost"), 1u);
}

TEST(ImportPerfettoGaps, AWaitWhoseWakingWasNotSeen) {
  TraceText trace = trace_of_kernel();
  trace.add(bundle_of(0, {switch_at(100, 10, kAsleep, 20), waking_at(110, 20, 0, 30),
                          switch_at(200, 20, kAsleep, 10), switch_at(300, 10, kAsleep, 0)}));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  // The first ended without one; those at the end were not woken at all.
  EXPECT_THAT(waits_of(got), testing::IsSupersetOf({"10: 100..200 -1 - 0", "20: 200..300 0 - 4"}));
}

TEST(ImportPerfettoGaps, PacketsWithoutAClockAreOfThePrimaryOne) {
  TraceText trace(1, 0);
  const auto instant = [](uint64_t stamp) {
    return Message().put(8, stamp).in(11, Message().put(9, kInstant).put(11, 1).text(23, "m"));
  };
  Message first = snapshot_of({{kOnBoottime, 9000}, {kOnMonotonic, 1000}});
  Message second = snapshot_of({{kOnBoottime, 9500}, {kOnMonotonic, 1500}});
  trace.thread(1, 5, 6, "main");
  trace.add(Message().in(6, first.put(2, kOnMonotonic)));
  trace.add(instant(1100));
  trace.add(Message().in(6, second.put(2, kOnBoottime)));  // too late
  trace.add(instant(1600));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(told_messages(got), ElementsAre("main m 1100", "main m 1600"));
  EXPECT_EQ(got.left.at("import.clock_went_back"), 1u);
}

// Of clocks that nothing ties to a known one each packet asked anew, in all snapshots that there
// were: a trace of a few megabytes took hours.
TEST(ImportPerfettoGaps, ClocksThatNothingTiesAreSearchedOnce) {
  std::string text;
  for (uint32_t sequence = 1; sequence <= 64; ++sequence) {
    Message readings;
    for (uint64_t id = 64; id < 128; ++id) readings.in(1, Message().put(1, id).put(2, 5));
    TraceText trace(sequence, 64);
    text += trace.add(Message().in(6, readings)).text();
  }
  const std::string packet(Message().put(10, 1).put(8, 7).put(58, 64).bytes());
  const std::string one(Message().text(1, packet).bytes());
  for (int i = 0; i < 200'000; ++i) text += one;
  const Imported got = imported(text);
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.clock_not_tied"), 200'000u);
}

TEST(ImportPerfettoGaps, ReadingsOfASnapshotHaveALimit) {
  Message readings;
  for (uint64_t id = 1000; id < 2000; ++id) readings.in(1, Message().put(1, id).put(2, 5));
  TraceText trace;
  trace.add(Message().in(6, readings));
  EXPECT_EQ(imported(trace.text()).left.at("import.clock_readings"), 1000u - 128u);
}

TEST(ImportPerfettoGaps, DefaultsReplaceAllThatWereBefore) {
  TraceText trace;
  trace.thread(7, 1, 2, "main");
  trace.add(Message().put(13, 2).in(59, Message().put(58, 3).in(11, Message().put(11, 7))));
  const auto instant = [] { return Message().put(9, kInstant).text(23, "m"); };
  trace.event(10, instant());
  trace.add(Message().put(13, 2).in(59, Message().put(58, 3)));
  trace.event(20, instant());
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(told_messages(got), ElementsAre("main m 10", "(of no track) m 20"));
}

TEST(ImportPerfettoGaps, OtherMachinesAreLeftOut) {
  TraceText trace;
  trace.thread(7, 1, 2, "main");
  const Message instant = Message().put(9, kInstant).put(11, 7).text(23, "m");
  trace.event(10, instant);
  trace.at(20, Message().put(98, 5).in(11, instant));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(told_messages(got), ElementsAre("main m 10"));
  EXPECT_EQ(got.left.at("import.other_machines"), 1u);
}

TEST(ImportPerfettoGaps, WhyAStackEnds) {
  using unwind::WalkEnd;
  const auto end_of = [](uint64_t error) {
    TraceText trace;
    trace.add(Message().put(13, 1).in(
        59, Message().put(58, 3).in(12, Message().in(1, Message().put(2, 1000).put(4, 1)))));
    trace.at(50, Message().in(66, Message().put(2, 1).put(3, 2).put(16, error)));
    const Imported got = imported(trace.text());
    return got.profile && got.profile->samples().size() == 1
               ? got.profile->samples().end[0]
               : static_cast<uint8_t>(WalkEnd::kNoRegisters);
  };
  constexpr uint64_t kNone = 1, kMemory = 2, kInvalidMap = 5, kFrames = 6, kThreadGone = 11;
  EXPECT_EQ(end_of(kNone), static_cast<uint8_t>(WalkEnd::kComplete));
  EXPECT_EQ(end_of(kMemory), static_cast<uint8_t>(WalkEnd::kStackEnd));
  EXPECT_EQ(end_of(kInvalidMap), static_cast<uint8_t>(WalkEnd::kNoModule));
  EXPECT_EQ(end_of(kFrames), static_cast<uint8_t>(WalkEnd::kFrameLimit));
  EXPECT_EQ(end_of(kThreadGone), UINT8_MAX);
  EXPECT_EQ(end_of(0), UINT8_MAX);
  EXPECT_EQ(end_of(kNegative), UINT8_MAX);
}

TEST(ImportPerfettoGaps, StreamingSamplesNeedAThreadAndATimeEach) {
  const Message samples = Message().put(1, 1).put(1, 1).put(1, 1).put(2, 5).put(2, 5);
  TraceText lone;
  const Imported left = imported(lone.at(1'000'000, Message().in(54, samples)).text());
  ASSERT_TRUE(left.profile) << left.error.message;
  EXPECT_EQ(left.profile->samples().size(), 0u);
  EXPECT_EQ(left.left.at("import.samples_without_thread"), 3u);
  TraceText trace;
  trace.add(Message().in(44, Message().put(1, 4).put(2, 5).text(5, "main")));
  const Imported got = imported(trace.at(1'000'000, Message().in(54, samples)).text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.profile->samples().size(), 2u);
  EXPECT_EQ(got.left.at("import.samples_without_time"), 1u);
}

TEST(ImportPerfettoGaps, MemoryOfProcessesIsCountersOfTheirs) {
  TraceText trace;
  const auto stats = [](uint64_t resident) {
    return Message().in(9, Message().in(1, Message()
                                               .put(1, 77)
                                               .put(2, 500)
                                               .put(3, resident)
                                               .put(10, 900)
                                               .in(11, Message().put(1, 78).put(2, 3))));
  };
  trace.at(20, stats(4)).at(10, stats(3)).at(30, stats(4)).at(40, stats(4)).at(50, stats(4));
  trace.add(stats(9));
  trace.add(Message().in(2, Message().in(1, Message().put(1, 77).text(3, "/usr/bin/app"))));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  const auto& p = *got.profile;
  Texts lines;
  for (uint32_t i = 1; i < p.tracks().size(); ++i) {
    const auto& track = p.tracks()[i];
    EXPECT_EQ(p.processes()[raw(track.process)].pid, 77u);
    EXPECT_EQ(p.string(p.processes()[raw(track.process)].name), "app");
    for (uint32_t k = track.first; k < track.first + track.count; ++k) {
      lines.push_back(std::string(p.string(track.name)) + " @" +
                      std::to_string(raw(p.track_values().time[k])) + " " +
                      std::to_string(p.track_values().value[k]));
    }
  }
  EXPECT_THAT(lines, ElementsAre("memory.virtual @10 512000", "memory.virtual @50 512000",
                                 "memory.resident @10 3072", "memory.resident @20 4096",
                                 "memory.resident @50 4096"));
  EXPECT_EQ(got.left.at("import.process_stats"), 12u);
  EXPECT_EQ(got.left.at("import.no_time"), 1u);
}

TEST(ImportPerfettoGaps, WhatComesWithEventsOrIsOfNoCpuIsCounted) {
  TraceText trace = trace_of_kernel();
  trace.thread(7, 1, 2, "main");
  trace.event(10, Message().put(9, kBegin).put(11, 7).text(23, "s").put(2, 5).put(20, 6));
  trace.event(20, Message().put(9, kEnd).put(11, 7).put(17, 5).put(8, 6));
  trace.add(
      bundle_of(0, {Message().put(1, 30).put(2, 0).in(11, Message().put(1, 5).put(2, 65'535)),
                    Message().put(1, 30).put(2, 0).in(13, Message().put(1, 5).put(2, 70'000))}));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.thread_times"), 4u);
  EXPECT_EQ(got.left.at("import.cpu_out_of_range"), 2u);
}

TEST(ImportPerfettoGaps, ListsOfArgumentsHaveALimit) {
  const auto with_list = [](size_t elements, const std::string& name) {
    Message list;
    list.text(10, name);
    for (size_t i = 0; i < elements; ++i) list.in(12, Message().put(4, i));
    TraceText trace;
    trace.thread(7, 1, 2, "main");
    trace.event(10, Message().put(9, kInstant).put(11, 7).text(23, "m").in(4, list));
    return imported(trace.text());
  };
  const Imported usual = with_list(1000, "list");
  ASSERT_TRUE(usual.profile) << usual.error.message;
  EXPECT_EQ(usual.profile->instrumentation().arguments.size(), 1000u);
  EXPECT_THAT(usual.left, IsEmpty());
  const Imported cut = with_list(100'000, std::string(1000, 'n'));
  ASSERT_TRUE(cut.profile) << cut.error.message;
  EXPECT_EQ(cut.profile->instrumentation().arguments.size(), 16u);
  EXPECT_EQ(cut.left.at("import.list_elements"), 100'000u - 16u);
}

// What is said again by its number is not looked up again by its text.
TEST(ImportPerfettoGaps, LongTextsThatAreSaidAgain) {
  TraceText trace;
  trace.thread(7, 1, 2, "main");
  const std::string value(2'000'000, 'v');
  trace.at(5, Message().in(12, Message().in(29, Message().put(1, 6).text(2, value))));
  for (uint64_t i = 0; i < 20'000; ++i) {
    trace.event(10 + i, Message()
                            .put(9, kInstant)
                            .put(11, 7)
                            .text(23, "m")
                            .in(4, Message().text(10, "k").put(17, 6)));
  }
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  const auto& arguments = got.profile->instrumentation().arguments;
  ASSERT_EQ(arguments.size(), 20'000u);
  EXPECT_EQ(got.profile->string(arguments[19'999].text).size(), value.size());
}

TEST(ImportPerfettoGaps, PathsThatAreCutAreCounted) {
  TraceText trace;
  Message tables;
  tables.in(19, Message().put(1, 1).put(7, 1)).in(19, Message().put(1, 2).put(7, 2));
  tables.in(17, Message().put(1, 1).text(2, std::string(100'000, 'x')));
  tables.in(17, Message().put(1, 2).text(2, "short"));
  trace.at(50, Message().in(12, tables));
  EXPECT_EQ(imported(trace.text()).left.at("import.paths_cut"), 1u);
}

TEST(ImportPerfettoGaps, KindsOfEventsAreCountedOnceUpToALimit) {
  TraceText trace = trace_of_kernel();
  std::vector<Message> events;
  for (uint32_t kind = 1000; kind < 6000; ++kind) {
    events.push_back(Message().put(1, 5).in(kind, Message().put(1, 1)));
  }
  events.push_back(Message().put(1, 5).in(1000, Message().put(1, 1)));
  const Imported got = imported(trace.add(bundle_of(0, events)).text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.kernel_event_1000"), 2u);
  EXPECT_EQ(got.left.at("import.kernel_events"), 5000u - 4096u);
}

TEST(ImportPerfettoGaps, AnEndOfAFlowIsNoBeginning) {
  TraceText trace;
  trace.thread(7, 1, 2, "main");
  const auto instant = [&](uint64_t time, uint32_t field, uint64_t id) {
    trace.event(time, Message().put(9, kInstant).put(11, 7).text(23, "go").fixed(field, id));
  };
  instant(30, 48, 5);  // ends one that began before the trace
  instant(40, 47, 5);
  instant(50, 47, 5);
  instant(80, 48, 6);  // told first, in the stretch of another thread
  instant(60, 47, 6);
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  Texts flows;
  for (const auto& flow : got.profile->instrumentation().flows) {
    flows.push_back(std::to_string(raw(flow.time)) + " " + std::to_string(flow.kind));
  }
  EXPECT_THAT(flows, ElementsAre("40 3", "50 4", "60 3", "80 4"));
  EXPECT_EQ(got.left.at("import.lone_flows"), 1u);
}

}  // namespace
}  // namespace hone::exchange
