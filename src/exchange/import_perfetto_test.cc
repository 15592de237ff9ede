#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <random>

#include "exchange/import_perfetto_test_support.h"
#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

using perfetto_test::kBegin;
using perfetto_test::kCounter;
using perfetto_test::kEnd;
using perfetto_test::kInstant;
using perfetto_test::Message;
using perfetto_test::TraceText;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Lines = std::vector<std::string>;

TraceText with_thread() {
  TraceText trace;
  return trace.thread(7, 1, 2, "main");
}

Lines plots_of(const Imported& got) {
  Lines out;
  for (const auto& plot : got.profile->instrumentation().plots) {
    const auto& site = got.profile->instrumentation().sites[raw(plot.site)];
    out.push_back(got.name(plot.site) + " " + std::to_string(plot.value).substr(0, 5) +
                  std::string(got.profile->string(site.unit)) + " @" +
                  std::to_string(raw(plot.time)));
  }
  return out;
}

Lines arguments_of(const Imported& got) {
  Lines out;
  for (const auto& one : got.profile->instrumentation().arguments) {
    out.push_back(got.name(one.site) + "@" + std::to_string(raw(one.time)) + " " +
                  std::string(got.profile->string(one.key)) + " " + std::to_string(one.type) + " " +
                  (one.type == HONE_ARGUMENT_STRING
                       ? std::string(got.profile->string(one.text))
                       : std::to_string(static_cast<int64_t>(one.value))));
  }
  return out;
}

TEST(ImportPerfetto, SlicesOfAThreadNest) {
  const Imported got = imported(with_thread()
                                    .begin(10, 7, "outer")
                                    .begin(20, 7, "inner")
                                    .end(50, 7)
                                    .begin(50, 7, "next")
                                    .end(50, 7)
                                    .end(100, 7)
                                    .text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(),
              ElementsAre("main: inner 20+30 @1", "main: next 50+0 @1", "main: outer 10+90 @0"));
  EXPECT_THAT(got.left, IsEmpty());
  EXPECT_EQ(got.profile->meta("import.clock"), "CLOCK_MONOTONIC");
  EXPECT_EQ(got.profile->processes()[1].pid, 1u);
}

TEST(ImportPerfetto, NamesGoByNumber) {
  TraceText trace = with_thread();
  trace.at(
      5, Message().in(12, Message()
                              .in(2, Message().put(1, 1).text(2, "step"))
                              .in(1, Message().put(1, 4).text(2, "cat"))
                              .in(1, Message().put(1, 900'000).text(2, "other"))
                              .in(4, Message().put(1, 1).text(2, "a.cc").text(3, "f").put(4, 12))));
  trace.event(10, Message().put(9, kBegin).put(11, 7).put(10, 1).put(3, 4).put(34, 1));
  trace.event(11, Message().put(9, kBegin).put(11, 7).put(10, 1).packed(3, {4, 900'000}));
  trace.end(12, 7).end(13, 7);
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(), ElementsAre("main: step 11+1 @1", "main: step 10+3 @0"));
  const auto& sites = got.profile->instrumentation().sites;
  ASSERT_EQ(sites.size(), 3u);
  EXPECT_EQ(got.profile->string(sites[1].category), "cat");
  EXPECT_EQ(got.profile->string(sites[1].file), "a.cc");
  EXPECT_EQ(sites[1].line, 12u);
  EXPECT_EQ(got.profile->string(sites[2].category), "cat,other");
}

TEST(ImportPerfetto, WhatRestsOnStateThatIsMissingIsCounted) {
  // Another sequence, whose beginning was written over; and one that lost packets.
  const auto of_other = [](uint64_t time, uint64_t flags, bool lost) {
    Message packet;
    packet.put(10, 9).put(8, time).put(58, 3).put(13, flags);
    if (lost) packet.put(42, 1);
    packet.in(11, Message().put(9, kInstant).put(11, 7).text(23, "i" + std::to_string(time)));
    return std::string(Message().in(1, packet).bytes());
  };
  const Imported got = imported(with_thread()
                                    .raw(of_other(1, 2, false))
                                    .raw(of_other(2, 1, false))
                                    .raw(of_other(3, 2, false))
                                    .raw(of_other(4, 2, true))
                                    .raw(of_other(5, 2, false))
                                    .raw(of_other(6, 1, true))
                                    .raw(of_other(7, 2, false))
                                    .text());
  ASSERT_TRUE(got.profile) << got.error.message;
  Lines names;
  for (const auto& each : got.profile->instrumentation().messages) {
    names.push_back(got.name(each.site));
  }
  EXPECT_THAT(names, ElementsAre("i2", "i3", "i6", "i7"));
  EXPECT_EQ(got.left.at("import.no_state"), 3u);
  EXPECT_EQ(got.left.at("import.packets_lost"), 2u);
}

TEST(ImportPerfetto, ClearedStateForgetsNames) {
  TraceText trace = with_thread();
  trace.at(5, Message().in(12, Message().in(2, Message().put(1, 1).text(2, "step"))));
  trace.add(Message().put(13, 1).in(59, Message().put(58, 3)));
  trace.event(10, Message().put(9, kInstant).put(11, 7).put(10, 1));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile);
  EXPECT_EQ(got.name(got.profile->instrumentation().messages.at(0).site), "(no name)");
  EXPECT_EQ(got.left.at("import.name_not_known"), 1u);
}

TEST(ImportPerfetto, TracksThatAreNoThreadsHaveOneOfTheirOwn) {
  TraceText trace = with_thread();
  trace.describe(Message().put(1, 20).in(3, Message().put(1, 1).text(6, "app")));
  trace.describe(Message().put(1, 21).put(5, 20).text(2, "uploads"));
  trace.describe(Message().put(1, 22).put(5, 7).text(2, "below main"));
  trace.describe(Message().put(1, 23).put(5, 23).text(2, "its own parent"));
  trace.describe(Message().put(1, 24).put(5, 20));
  for (const uint64_t track : {20, 21, 22, 23, 24, 99}) trace.begin(10, track, "s").end(15, track);
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(),
              UnorderedElementsAre("(of the process): s 10+5 @0", "uploads: s 10+5 @0",
                                   "below main: s 10+5 @0", "its own parent: s 10+5 @0",
                                   "s: s 10+5 @0", "(track 99, not described): s 10+5 @0"));
  for (const profile::Thread& thread : got.profile->threads()) {
    const auto name = got.profile->string(thread.name);
    if (name == "uploads" || name == "below main") {
      EXPECT_EQ(got.profile->processes()[raw(thread.process)].pid, 1u);
      EXPECT_EQ(thread.tid, 0u);
    }
  }
}

TEST(ImportPerfetto, ArgumentsOfAllTypes) {
  TraceText trace = with_thread();
  Message begin;
  begin.put(9, kBegin).put(11, 7).text(23, "s");
  begin.in(4, Message().text(10, "yes").put(2, 1));
  begin.in(4, Message().text(10, "u").put(3, UINT64_MAX));
  begin.in(4, Message().text(10, "i").put(4, static_cast<uint64_t>(-3)));
  begin.in(4, Message().text(10, "x").real(5, 1.5));
  begin.in(4, Message().text(10, "t").text(6, "text"));
  begin.in(4, Message().text(10, "p").put(7, 0x1000));
  begin.in(
      4, Message().text(10, "d").in(
             11, Message().text(10, "k").in(12, Message().put(4, 1)).in(12, Message().put(4, 2))));
  begin.in(4, Message().put(1, 5).put(17, 6));
  begin.in(4, Message().text(10, "old").in(8, Message()
                                                  .put(1, 1)
                                                  .text(2, "a")
                                                  .in(3, Message().put(5, 7))
                                                  .text(2, "b")
                                                  .in(3, Message().in(4, Message().text(8, "z")))));
  trace.at(5, Message().in(12, Message()
                                   .in(3, Message().put(1, 5).text(2, "by number"))
                                   .in(29, Message().put(1, 6).text(2, "a value"))));
  trace.event(10, begin);
  trace.event(30, Message().put(9, kEnd).put(11, 7).in(4, Message().text(10, "late").put(4, 9)));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(arguments_of(got),
              UnorderedElementsAre("s@10 yes 4 1", "s@10 u 2 -1", "s@10 i 1 -3",
                                   "s@10 x 3 4609434218613702656", "s@10 t 6 text", "s@10 p 5 4096",
                                   "s@10 d.k[0] 1 1", "s@10 d.k[1] 1 2", "s@10 by number 6 a value",
                                   "s@10 old.a 1 7", "s@10 old.b[0] 6 z", "s@10 late 1 9"));
}

TEST(ImportPerfetto, ArgumentsThatAreTooDeepEnd) {
  std::string inner(Message().text(10, "x").put(4, 1).bytes());
  for (int i = 0; i < 2000; ++i) {
    inner = std::string(Message().text(10, "x").text(11, inner).bytes());
  }
  const Imported got =
      imported(with_thread()
                   .event(1, Message().put(9, kInstant).put(11, 7).text(23, "m").text(4, inner))
                   .text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.deep_arguments"), 1u);
}

TEST(ImportPerfetto, Counters) {
  TraceText trace = with_thread();
  trace.describe(Message().put(1, 30).put(5, 7).text(2, "size").in(8, Message().put(3, 3)));
  trace.describe(Message().put(1, 31).text(2, "fps").in(8, Message().text(6, "1/s").put(4, 2)));
  trace.describe(Message().put(1, 32).text(2, "sum").in(8, Message().put(5, 1)));
  trace.describe(Message().put(1, 33).text(2, "cpu").in(8, Message().put(1, 1)));
  trace.event(1, Message().put(9, kCounter).put(11, 30).put(30, 5));
  trace.event(2, Message().put(9, kCounter).put(11, 31).real(44, 2.5));
  trace.event(3, Message().put(9, kCounter).put(11, 32).put(30, 4));
  trace.event(4, Message()
                     .put(9, kInstant)
                     .put(11, 7)
                     .packed(31, {32, 33})
                     .packed(12, {3, 9})
                     .put(45, 31)
                     .real(46, 1));
  trace.event(5, Message().put(9, kCounter).put(11, 31).real(44, 0.0 / 0.0));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(plots_of(got), ElementsAre("size (2) 5.000bytes @1", "fps 5.0001/s @2",
                                         "sum 4.000 @3", "sum 7.000 @4", "fps 2.0001/s @4"));
  EXPECT_EQ(got.left.at("import.thread_times"), 1u);
  EXPECT_EQ(got.left.at("import.counter_without_number"), 1u);
}

TEST(ImportPerfetto, SequencesCountOnEachByItself) {
  TraceText first, second(2);
  const auto count = [](uint64_t value) {
    return Message().put(9, kCounter).put(11, 32).put(30, value);
  };
  first.describe(Message().put(1, 32).text(2, "sum").in(8, Message().put(5, 1)));
  first.event(1, count(100));
  second.event(2, count(50));
  TraceText again;  // clears the first one's state
  again.event(5, count(7));
  const size_t head = first.text().size();
  first.event(3, count(10));
  second.event(4, count(5));
  const Imported got = imported(first.text().substr(0, head) + second.text() +
                                first.text().substr(head) + again.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(plots_of(got), ElementsAre("sum 100.0 @1", "sum 50.00 @2", "sum 55.00 @4",
                                         "sum 110.0 @3", "sum 7.000 @5"));
}

TEST(ImportPerfetto, FlowsGoFromEventToEvent) {
  TraceText trace = with_thread();
  trace.thread(8, 1, 3, "worker");
  const auto instant = [&](uint64_t time, uint64_t track, uint32_t field, uint64_t id) {
    trace.event(time, Message().put(9, kInstant).put(11, track).text(23, "go").fixed(field, id));
  };
  instant(10, 7, 47, 5);
  instant(20, 8, 47, 5);
  instant(30, 7, 48, 5);
  instant(40, 8, 47, 5);  // begins anew
  instant(60, 8, 47, 6);
  instant(50, 7, 47, 6);  // earlier, later in the file
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  Lines flows;
  for (const auto& flow : got.profile->instrumentation().flows) {
    flows.push_back(got.thread(flow.thread) + " " + std::to_string(raw(flow.time)) + " " +
                    std::to_string(flow.kind));
  }
  EXPECT_THAT(flows, ElementsAre("main 10 3", "worker 20 4", "worker 20 3", "main 30 4",
                                 "main 50 3", "worker 60 4"));
  EXPECT_EQ(got.left.at("import.lone_flows"), 1u);
}

TEST(ImportPerfetto, EventsOfChromesOlderFormat) {
  TraceText trace = with_thread();
  const auto legacy = [&](uint64_t time, char phase, std::string_view name, Message more) {
    trace.event(
        time, Message().put(11, 7).text(23, name).in(6, more.put(2, static_cast<uint64_t>(phase))));
  };
  legacy(1000, 'X', "whole", Message().put(3, 5));
  legacy(2000, 'B', "pair", {});
  legacy(3000, 'E', "", {});
  legacy(3500, 'i', "told", {});
  legacy(4000, 'b', "load", Message().put(6, 77));
  legacy(5000, 'e', "load", Message().put(6, 77));
  legacy(6000, 's', "go", Message().put(6, 1));
  legacy(7000, 'f', "go", Message().put(6, 1));
  legacy(7500, 'B', "elsewhere", Message().put(18, 5).put(19, 6));
  legacy(7600, 'E', "", Message().put(18, 5).put(19, 6));
  legacy(8000, 'N', "object", {});
  trace.event(8100, Message()
                        .put(9, kInstant)
                        .put(11, 7)
                        .text(23, "also elsewhere")
                        .in(6, Message().put(18, 5).put(19, 6)));
  trace.event(9000, Message()
                        .put(11, 7)
                        .text(23, "mem")
                        .in(6, Message().put(2, 'C'))
                        .in(4, Message().text(10, "used").put(3, 12)));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(),
              UnorderedElementsAre("main: pair 2000+1000 @1", "main: whole 1000+5000 @0",
                                   "6: elsewhere 7500+100 @0"));
  EXPECT_THAT(plots_of(got), ElementsAre("mem.used 12.00 @9000"));
  const auto& all = got.profile->instrumentation();
  ASSERT_EQ(all.messages.size(), 2u);
  EXPECT_EQ(got.thread(all.messages[1].thread), "6");
  Lines flows;
  for (const auto& flow : all.flows) {
    flows.push_back(got.name(flow.site) + " " + std::to_string(flow.kind));
  }
  EXPECT_THAT(flows, ElementsAre("load 1", "load 2", "go 3", "go 4"));
  EXPECT_EQ(got.left.at("import.kind_N"), 1u);
}

TEST(ImportPerfetto, OlderWritersHaveTimesInTheirEvents) {
  TraceText trace;
  trace.add(Message().in(44, Message().put(1, 4).put(2, 5).text(5, "old").put(6, 100)));
  trace.add(Message().put(13, 2).in(11, Message().put(1, 10).put(9, kBegin).text(23, "s")));
  trace.add(Message().put(13, 2).in(11, Message().put(1, 20).put(9, kEnd)));
  trace.add(Message().put(13, 2).in(11, Message().put(16, 500).put(9, kInstant).text(23, "m")));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(), ElementsAre("old: s 110000+20000 @0"));
  EXPECT_EQ(got.profile->instrumentation().messages.at(0).time, TimeNs{500'000});
}

std::string packed(std::string_view bytes) {
  std::string out(::compressBound(bytes.size()), '\0');
  uLongf size = out.size();
  EXPECT_EQ(::compress(reinterpret_cast<Bytef*>(out.data()), &size,
                       reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()),
            Z_OK);
  out.resize(size);
  return out;
}

TEST(ImportPerfetto, PackedPackets) {
  const std::string inner = with_thread().begin(10, 7, "s").end(15, 7).text();
  TraceText trace;
  trace.add(Message().text(50, packed(inner)));
  trace.add(Message().text(50, "no zlib"));
  trace.add(Message().text(50, packed(Message().in(1, Message().text(50, packed(inner))).bytes())));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(), ElementsAre("main: s 10+5 @0"));
  EXPECT_EQ(got.left.at("import.packed_packets"), 2u);
}

TEST(ImportPerfetto, PackedPacketsThatUnpackToTooMuch) {
  TraceText trace;
  trace.add(Message().text(50, packed(std::string(size_t{80} << 20, '\0'))));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.packed_packets"), 1u);
}

TEST(ImportPerfetto, SamplesWithStacks) {
  TraceText trace;
  trace.add(Message().put(13, 1).in(
      59, Message().put(58, 3).in(12, Message().in(1, Message().put(2, 1000).put(4, 1)))));
  Message tables;
  tables.in(7, Message().put(1, 1).put(2, 1).put(2, 2));
  tables.in(6, Message().put(1, 1).put(2, 1).put(3, 1).put(5, 1).put(6, 9));
  tables.in(6, Message().put(1, 2).put(3, 1).put(4, 0xabc));
  tables.in(5, Message().put(1, 1).text(2, "main"));
  tables.in(18, Message().put(1, 1).text(2, "a.cc"));
  tables.in(19, Message().put(1, 1).put(7, 1).put(7, 2));
  tables.in(17, Message().put(1, 1).text(2, "bin")).in(17, Message().put(1, 2).text(2, "app"));
  trace.at(50, Message().in(12, tables).in(66, Message().put(1, 3).put(2, 1).put(3, 2).put(4, 1)));
  trace.at(60, Message().in(66, Message().put(2, 1).put(3, 2).put(4, 8)));
  trace.at(70, Message().in(66, Message().put(2, 1).put(3, 2).put(18, 2)));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  const auto& samples = got.profile->samples();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples.weight_ns[0], 1'000'000);
  EXPECT_EQ(samples.cpu[0], 3u);
  EXPECT_EQ(samples.time[0], TimeNs{50});
  EXPECT_EQ(samples.stack[1], StackId::kNone);
  const profile::Profile& p = *got.profile;
  const StackId leaf = samples.stack[0];
  const auto name_of = [&](StackId stack) {
    const uint32_t line = p.frames().first_line[raw(p.stacks().frame[raw(stack)])];
    return std::string(p.string(p.functions()[raw(p.lines().function[line])].name));
  };
  EXPECT_EQ(name_of(leaf), "0xabc");
  EXPECT_EQ(name_of(p.stacks().parent[raw(leaf)]), "main");
  EXPECT_EQ(p.string(p.modules()[raw(p.frames().module[raw(p.stacks().frame[raw(leaf)])])].path),
            "/bin/app");
  EXPECT_EQ(got.left.at("import.stack_not_known"), 1u);
  EXPECT_EQ(got.left.at("import.samples_skipped"), 1u);
}

TEST(ImportPerfetto, WorkOfAGpu) {
  TraceText trace;
  trace.at(5, Message().in(12, Message()
                                   .in(24, Message().put(1, 1).text(2, "graphics"))
                                   .in(24, Message().put(1, 2).text(2, "vertex"))
                                   .in(23, Message().put(1, 9).put(2, 77))));
  trace.at(10, Message().in(53, Message().put(2, 30).put(13, 1).put(14, 2).put(5, 9)));
  trace.at(20, Message().in(53, Message().put(2, 5).put(13, 1).text(17, "draw").put(5, 9)));
  trace.at(20, Message().in(53, Message().put(2, 5).put(3, 1)));
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(),
              ElementsAre("GPU: graphics: draw 20+5 @1", "GPU: graphics: vertex 10+30 @0"));
  EXPECT_EQ(got.left.at("import.gpu_stages"), 1u);
}

TEST(ImportPerfetto, WhatIsNotTakenIsCountedByKind) {
  TraceText trace = with_thread();
  trace.begin(10, 7, "s").end(15, 7);
  trace.at(20, Message().text(39, "a log"));
  trace.at(20, Message().text(39, "another"));
  trace.event(30, Message().put(9, 5).put(11, 7));
  trace.event(40, Message().put(9, kInstant).put(11, 7).text(23, "m").text(1000, "typed"));
  trace.end(50, 7);
  trace.begin(60, 7, "open");
  const Imported got = imported(trace.text());
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.packet_39"), 2u);
  EXPECT_EQ(got.left.at("import.event_type_5"), 1u);
  EXPECT_EQ(got.left.at("import.typed_arguments"), 1u);
  EXPECT_EQ(got.left.at("import.end_without_begin"), 1u);
  EXPECT_EQ(got.left.at("import.never_ended"), 1u);
}

TEST(ImportPerfetto, CutAnywhereItKeepsWhatIsWhole) {
  const std::string whole = with_thread().begin(10, 7, "s").end(15, 7).begin(20, 7, "t").text();
  for (size_t cut = 40; cut < whole.size(); ++cut) {
    const Imported got = imported(whole.substr(0, cut), "perfetto");
    ASSERT_TRUE(got.profile) << cut << got.error.message;
  }
  EXPECT_EQ(imported(whole.substr(0, whole.size() - 1)).left.at("import.cut_short"), 1u);
}

TEST(ImportPerfetto, NonsenseIsRefusedWithItsPlace) {
  const std::string whole = with_thread().begin(10, 7, "s").text();
  const Imported got = imported(whole + "\x0a\x02\x07\x07 and more");
  ASSERT_FALSE(got.profile);
  EXPECT_EQ(got.error.code, Code::Corrupt);
  EXPECT_EQ(got.error.offset, whole.size() + 2);
  EXPECT_THAT(got.error.message, HasSubstr("behind 3 packets"));
  EXPECT_EQ(imported(std::string("\x0a\x02\x07\x07", 4)).error.code, Code::Unsupported);
  EXPECT_EQ(imported("\n\nsome text\n").error.code, Code::Unsupported);
}

TEST(ImportPerfetto, AnyBytesInsideAPacketEnd) {
  std::mt19937_64 random(11);
  const std::string whole =
      with_thread().begin(10, 7, "s").end(15, 7).begin(20, 7, "t").end(40, 7).text();
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    const Imported got = imported(bytes, "perfetto");
    if (!got.profile) {
      ASSERT_EQ(got.error.code, Code::Corrupt) << got.error.message;
    }
  }
}

}  // namespace
}  // namespace hone::exchange
