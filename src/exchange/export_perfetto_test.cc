#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "exchange/proto_test_reader.h"
#include "exchange/test_support.h"
#include "hone/layout.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct ReadSlice {
  std::string track, name, category;
  int64_t start = 0, duration_ns = -1;  // -1: an instant
  std::map<std::string, std::string> arguments;
  uint64_t depth = 0, flow = 0, flow_end = 0;
};
struct ReadValue {
  std::string track;
  int64_t time = 0;
  double value = 0;
};
struct ReadSample {
  uint64_t process = 0, thread = 0, time = 0, cpu_ns = 0;
  std::vector<std::string> stack;  // "function@file:line module", the outermost first
};

// Reads a trace as Perfetto's documentation says it is read; what it does not allow fails the test.
class Read {
 public:
  explicit Read(const std::string& text) {
    const std::vector<ProtoMessage> packets = ProtoMessage(text).all(1);
    EXPECT_FALSE(packets.empty());
    for (size_t i = 0; i < packets.size(); ++i) {
      EXPECT_EQ(packets[i].number(13), i == 0 ? 1u : 2u) << "flags of packet " << i;
      EXPECT_EQ(packets[i].number(10), 1u);
      if (i == 0) {
        clock = packets[i].message(59).number(58);
        EXPECT_EQ(packets[i].message(6).number(2), clock);
      }
      read(packets[i]);
    }
    for (const auto& [track, open] : open_) EXPECT_THAT(open, IsEmpty());
  }

  std::vector<ReadSlice> of(std::string_view name) const {
    std::vector<ReadSlice> out;
    for (const ReadSlice& slice : slices) {
      if (slice.name == name) out.push_back(slice);
    }
    return out;
  }

  uint64_t clock = 0;
  std::vector<ReadSlice> slices;
  std::vector<ReadValue> values;
  std::vector<ReadSample> samples;
  std::map<uint64_t, std::string> tracks;
  std::set<std::string> build_ids;

 private:
  void read(const ProtoMessage& packet) {
    const ProtoMessage more = packet.message(12);
    for (const ProtoField& field : more.fields()) {
      const ProtoMessage entry(field.bytes);
      EXPECT_NE(entry.number(1), 0u);
      const bool is_new = interned_[field.number].try_emplace(entry.number(1), entry).second;
      EXPECT_TRUE(is_new) << "table " << field.number << ", " << entry.number(1);
      if (field.number == 16) build_ids.insert(entry.text(2));
    }
    if (packet.has(60)) read_track(packet.message(60));
    if (packet.has(11)) read_event(packet.number(8), packet.message(11));
    if (packet.has(66)) read_sample(packet.number(8), packet.message(66));
  }

  void read_track(const ProtoMessage& track) {
    std::string name = track.text(2);
    if (track.has(3)) name = track.message(3).text(6);
    if (track.has(4)) name = track.message(4).text(5);
    if (track.has(5)) {
      EXPECT_TRUE(tracks.contains(track.number(5))) << "a parent comes first";
      name = tracks[track.number(5)] + "/" + name;
    }
    if (track.has(8) && track.message(8).has(6)) name += "[" + track.message(8).text(6) + "]";
    EXPECT_TRUE(tracks.try_emplace(track.number(1), name).second);
  }

  const ProtoMessage& interned(uint32_t table, uint64_t number) {
    const auto at = interned_[table].find(number);
    EXPECT_NE(at, interned_[table].end()) << "table " << table << " has no " << number;
    static const ProtoMessage kNothing{std::string_view()};
    return at == interned_[table].end() ? kNothing : at->second;
  }

  void read_event(uint64_t time, const ProtoMessage& event) {
    const uint64_t track = event.number(11);
    EXPECT_TRUE(tracks.contains(track)) << "a track is described before its events";
    std::vector<size_t>& open = open_[track];
    const auto at = static_cast<int64_t>(time);
    if (event.number(9) == 2) {
      ASSERT_FALSE(open.empty());
      ReadSlice& slice = slices[open.back()];
      slice.duration_ns = at - slice.start;
      EXPECT_GE(slice.duration_ns, 0);
      EXPECT_GE(at, last_[track]) << "spans of a track nest";
      last_[track] = at;
      open.pop_back();
      return;
    }
    if (event.number(9) == 4) {
      values.push_back({tracks[track], at,
                        event.has(44) ? std::bit_cast<double>(event.number(44))
                                      : static_cast<double>(event.number(30))});
      return;
    }
    ReadSlice slice{tracks[track], interned(2, event.number(10)).text(2),
                    interned(1, event.number(3)).text(2), at};
    if (event.has(34)) slice.arguments["place"] = place(interned(4, event.number(34)));
    for (const ProtoMessage& argument : event.all(4)) {
      slice.arguments[interned(3, argument.number(1)).text(2)] = value_of(argument);
    }
    slice.depth = open.size();
    slice.flow = event.number(47);
    slice.flow_end = event.number(48);
    if (event.number(9) == 1) {
      EXPECT_GE(at, last_[track]) << "spans of a track nest";
      last_[track] = at;
      open.push_back(slices.size());
    }
    slices.push_back(slice);
  }

  static std::string place(const ProtoMessage& at) {
    return at.text(2) + ":" + std::to_string(at.number(4));
  }

  static std::string value_of(const ProtoMessage& argument) {
    if (argument.has(6)) return argument.text(6);
    if (argument.has(5)) return std::to_string(std::bit_cast<double>(argument.number(5)));
    if (argument.has(4)) return std::to_string(static_cast<int64_t>(argument.number(4)));
    if (argument.has(7)) return "address " + std::to_string(argument.number(7));
    if (argument.has(2)) return argument.number(2) != 0 ? "yes" : "no";
    EXPECT_TRUE(argument.has(3));
    return std::to_string(argument.number(3));
  }

  void read_sample(uint64_t time, const ProtoMessage& sample) {
    ReadSample out{sample.number(2), sample.number(3), time, sample.number(6), {}};
    for (const ProtoField& each : interned(7, sample.number(4)).fields()) {
      if (each.number != 2) continue;
      const ProtoMessage& frame = interned(6, each.value);
      std::string text = interned(5, frame.number(2)).text(2);
      if (frame.has(5)) {
        text += "@" + interned(18, frame.number(5)).text(2) + ":" + std::to_string(frame.number(6));
      }
      const ProtoMessage& module = interned(19, frame.number(3));
      text += " " + interned(17, module.number(7)).text(2);
      if (module.has(2)) interned(16, module.number(2));
      out.stack.push_back(text);
    }
    samples.push_back(out);
  }

  std::map<uint32_t, std::map<uint64_t, ProtoMessage>> interned_;
  std::map<uint64_t, std::vector<size_t>> open_;
  std::map<uint64_t, int64_t> last_;
};

TEST(ExportPerfetto, SpansNestAndKeepEveryNanosecond) {
  MadeProfile made;
  const SiteId step = made.site("Physics::step", 1, "Physics"), narrow = made.site("narrow");
  made.span(narrow, 1'300'000, 1'400'001, 1);
  made.span(narrow, 1'400'001, 1'400'001, 1);
  made.span(step, 1'234'567, 2'000'001);
  made.span(step, 2'000'001, 2'500'000);
  const Read read(made.exported("perfetto"));
  EXPECT_EQ(read.clock, 3u) << "CLOCK_MONOTONIC";
  const auto steps = read.of("Physics::step"), inner = read.of("narrow");
  ASSERT_EQ(steps.size(), 2u);
  ASSERT_EQ(inner.size(), 2u);
  EXPECT_EQ(steps[0].start, kStart + 1'234'567);
  EXPECT_EQ(steps[0].duration_ns, 765'434);
  EXPECT_EQ(steps[0].category, "Physics");
  EXPECT_EQ(steps[0].track, "app/main");
  EXPECT_EQ(inner[0].category, "span");
  EXPECT_EQ(inner[0].depth, 1u);
  EXPECT_EQ(inner[1].depth, 1u);
  EXPECT_EQ(inner[1].duration_ns, 0);
  EXPECT_EQ(steps[1].depth, 0u);
}

TEST(ExportPerfetto, HostileNamesComeThrough) {
  MadeProfile made;
  const std::string longest(10'000, 'n');
  made.span(made.site("a\"b\n\x01\xff\xc3\xa9"), 0, 10);
  made.span(made.site(longest), 20, 30);
  made.span(made.site(""), 40, 50);
  const Read read(made.exported("perfetto"));
  EXPECT_EQ(read.of("a\"b\n\x01\xEF\xBF\xBD\xc3\xa9").size(), 1u);
  EXPECT_EQ(read.of(longest).size(), 1u);
  EXPECT_EQ(read.of("").size(), 1u);
}

TEST(ExportPerfetto, ArgumentsOfEveryType) {
  MadeProfile made;
  const SiteId site = made.site("s");
  made.argument(site, 0, "i", HONE_ARGUMENT_INTEGER, static_cast<uint64_t>(-5));
  made.argument(site, 0, "u", HONE_ARGUMENT_UNSIGNED, UINT64_MAX);
  made.argument(site, 0, "r", HONE_ARGUMENT_REAL, std::bit_cast<uint64_t>(0.5));
  made.argument(site, 0, "b", HONE_ARGUMENT_BOOLEAN, 1);
  made.argument(site, 0, "a", HONE_ARGUMENT_ADDRESS, 77);
  made.argument(site, 0, "t", HONE_ARGUMENT_STRING, 0, "words");
  made.span(site, 0, 10);
  const Read read(made.exported("perfetto"));
  const auto found = read.of("s");
  ASSERT_EQ(found.size(), 1u);
  const std::map<std::string, std::string> wanted = {
      {"i", "-5"},         {"u", std::to_string(UINT64_MAX)},
      {"r", "0.500000"},   {"b", "yes"},
      {"a", "address 77"}, {"t", "words"}};
  EXPECT_EQ(found[0].arguments, wanted);
}

TEST(ExportPerfetto, WhatDoesNotNestGoesToTracksThatDo) {
  MadeProfile made;
  const SiteId a = made.site("a"), job = made.site("job"), job_end = made.site("job");
  made.span(a, 0, 100, 0, 1, recording::kSpanStray);
  made.span(a, 50, 150, 0, 1, recording::kSpanStray);
  made.span(a, 60, 90, 0, 1, recording::kSpanStray);
  made.span(made.site("open"), 10, 900, 0, 2, recording::kSpanOpen);
  made.flow(job, 20, 5, 1, 1);
  made.flow(job, 30, 5, 1, 1);
  made.flow(job_end, 40, 5, 2, 2);
  made.flow(job_end, 60, 5, 2, 2);
  made.flow(job_end, 70, 6, 2, 2);  // never begun
  const Read read(made.exported("perfetto"));
  EXPECT_EQ(made.left.unpaired, 1u);
  std::vector<int64_t> lengths;
  for (const ReadSlice& slice : read.of("a")) {
    EXPECT_EQ(slice.track, "app/main/not nested");
    lengths.push_back(slice.duration_ns);
  }
  EXPECT_THAT(lengths, testing::UnorderedElementsAre(100, 100, 30));
  const auto jobs = read.of("job");
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs[0].duration_ns, 20);
  EXPECT_EQ(jobs[1].duration_ns, 30);
  EXPECT_EQ(jobs[1].arguments.at("ended on"), "worker (12)");
  EXPECT_EQ(read.of("open")[0].arguments.at("still open"), "yes");
}

TEST(ExportPerfetto, MoreAtOnceThanTracksAreLookedThrough) {
  MadeProfile made;
  const SiteId a = made.site("a");
  for (int i = 0; i < 200; ++i) {
    made.span(a, i, 1000 + 2 * i, 0, 1, recording::kSpanStray);
    made.span(a, 5000 + i, 5000 + i + 1, 0, 1, recording::kSpanStray);
  }
  const Read read(made.exported("perfetto"));
  EXPECT_EQ(read.of("a").size(), 400u);
}

TEST(ExportPerfetto, FlowsGoFromThreadToThread) {
  MadeProfile made;
  const SiteId send = made.site("request"), receive = made.site("request");
  for (int i = 0; i < 3; ++i) {
    made.flow(send, 10 * i, 9, 3, 1);
    made.flow(receive, 10 * i + 5, 9, 4, 2);
  }
  const Read read(made.exported("perfetto"));
  std::map<uint64_t, std::pair<std::string, std::string>> flows;
  for (const ReadSlice& slice : read.of("request")) {
    EXPECT_EQ(slice.duration_ns, -1);
    if (slice.flow != 0) flows[slice.flow].first = slice.track;
    if (slice.flow_end != 0) flows[slice.flow_end].second = slice.track;
  }
  ASSERT_EQ(flows.size(), 3u);
  for (const auto& [id, ends] : flows) {
    EXPECT_EQ(ends, std::pair(std::string("app/main"), std::string("app/worker")));
  }
}

TEST(ExportPerfetto, CountersMessagesAndFrames) {
  MadeProfile made;
  const SiteId plot = made.site("entities", 2), said = made.site("said", 4),
               frame = made.site("frame", HONE_SITE_FRAMES);
  const auto put = [&](int64_t time, double value) {
    made.add(recording::PlotRow{
        .thread = ThreadId{1}, .time = TimeNs{kStart + time}, .site = plot, .value = value});
  };
  put(1, 0.25);
  put(2, std::numeric_limits<double>::quiet_NaN());
  put(3, -1e300);
  made.add(recording::MessageRow{.thread = ThreadId{2}, .time = TimeNs{kStart + 7}, .site = said});
  for (int i = 0; i < 4; ++i) {
    made.add(recording::FrameMarkRow{
        .thread = ThreadId{1}, .time = TimeNs{kStart + 100 * i}, .site = frame, .kind = 1});
  }
  ExportOptions options;
  options.derived.push_back({"twice", "things", "entities * 2", {TimeNs{kStart + 1}}, {0.5}});
  const Read read(made.exported("perfetto", options));
  EXPECT_EQ(made.left.not_numbers, 1u);
  ASSERT_EQ(read.values.size(), 3u);
  EXPECT_EQ(read.values[0].track, "app/entities");
  EXPECT_EQ(read.values[0].value, 0.25);
  EXPECT_EQ(read.values[1].value, -1e300);
  EXPECT_EQ(read.values[2].track, "app/twice[things]");
  EXPECT_EQ(read.of("said")[0].track, "app/worker");
  EXPECT_EQ(read.of("said")[0].duration_ns, -1);
  const auto frames = read.of("frame");
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[2].arguments.at("number"), "3");
  EXPECT_EQ(frames[2].duration_ns, 100);
  EXPECT_EQ(frames[2].track, "app/frames: frame");
}

TEST(ExportPerfetto, SamplesHaveTheirStacksAndTime) {
  MadeProfile made(R"(
    @thread main process=app tid=11
    main@a.cc:3;[inlined]step@b.cc:9;[kernel]read 2 time=1000000005
    main@a.cc:3 1 time=1000000001 weight=250
  )");
  const Read read(made.exported("perfetto"));
  ASSERT_EQ(read.samples.size(), 3u);
  EXPECT_EQ(read.samples[0].time, 1'000'000'001u) << "in the order of time";
  EXPECT_EQ(read.samples[0].cpu_ns, 250u);
  EXPECT_EQ(read.samples[2].cpu_ns, 250u + 2'000'000u);
  EXPECT_EQ(read.samples[1].thread, 11u);
  EXPECT_THAT(read.samples[1].stack,
              ElementsAre("main@a.cc:3 /usr/bin/app", "step@b.cc:9 /usr/bin/app",
                          testing::StartsWith("read [kernel")));
}

TEST(ExportPerfetto, WaitsAndLocksStandBelowTheirThread) {
  MadeProfile made(R"(
    @thread main process=app tid=11
    @thread worker process=app tid=12
    main;step 1 time=1000000005
    @wait main;lock start=1000000100 ns=700 runnable=100
    @wait main;lock start=1000001100 ns=300 count=2 until=1000009000
    @lock Queue::mutex time=1000003000 wait=500 hold=900 owner=worker address=4096
    @lock Other::mutex time=1000002500 wait=0 hold=900
  )");
  const SiteId a = made.site("a");
  made.span(a, 50, 2000);
  const Read read(made.exported("perfetto"));
  const auto waits = read.of("waiting: lock");
  ASSERT_EQ(waits.size(), 2u);
  EXPECT_EQ(waits[0].track, "app/main/off CPU");
  EXPECT_EQ(waits[0].duration_ns, 700);
  EXPECT_EQ(waits[0].arguments.at("stack"), "main;lock");
  EXPECT_EQ(waits[0].arguments.at("could have run ns"), "100");
  EXPECT_EQ(waits[1].track, "app/main/off CPU, several waits as one");
  EXPECT_EQ(waits[1].arguments.at("waits"), "2");
  EXPECT_EQ(waits[1].arguments.at("together ns"), "300");
  const auto waited = read.of("Queue::mutex (wait)"), held = read.of("Queue::mutex (held)");
  ASSERT_EQ(waited.size(), 1u);
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(waited[0].duration_ns, 500);
  EXPECT_EQ(waited[0].arguments.at("held by"), "worker (12)");
  EXPECT_EQ(waited[0].arguments.at("lock"), "address 4096");
  EXPECT_EQ(held[0].duration_ns, 900);
  EXPECT_EQ(read.of("Other::mutex (held)").size(), 1u) << "it lies across the other";
}

TEST(ExportPerfetto, QueuesAndPoolsOfMemory) {
  MadeProfile made;
  const SiteId draw = made.site("draw"), pool = made.site("nodes", 5);
  const StringId name = made.text("graphics"), device = made.text("llvmpipe");
  made.add(
      recording::GpuQueueRow{.thread = ThreadId{1}, .number = 1, .name = name, .device = device});
  for (int i = 0; i < 3; ++i) {
    made.add(recording::GpuSpanRow{.queue = GpuQueueId{1},
                                   .start = TimeNs{kStart + 100 * i},
                                   .end = TimeNs{kStart + 100 * i + 150},
                                   .site = draw,
                                   .thread = ThreadId{1},
                                   .issued = TimeNs{kStart + 10 * i}});
    made.add(recording::AllocationRow{.thread = ThreadId{1},
                                      .time = TimeNs{kStart + i},
                                      .site = pool,
                                      .kind = recording::kAllocated,
                                      .address = 64u * static_cast<uint64_t>(i + 1),
                                      .bytes = 64});
  }
  const Read read(made.exported("perfetto"));
  const auto spans = read.of("draw");
  ASSERT_EQ(spans.size(), 3u);
  for (const ReadSlice& span : spans) {
    EXPECT_EQ(span.track, "GPU of app/graphics (llvmpipe)");
    EXPECT_EQ(span.category, "gpu");
    EXPECT_EQ(span.duration_ns, 150);
    EXPECT_EQ(span.arguments.at("recorded by"), "main (11)");
  }
  ASSERT_EQ(read.values.size(), 3u);
  EXPECT_EQ(read.values[2].track, "app/pool nodes");
  EXPECT_EQ(read.values[2].value, 192);
}

TEST(ExportPerfetto, ASelectionIsAllThereIs) {
  MadeProfile made;
  const SiteId a = made.site("a"), b = made.site("b");
  made.span(a, 0, 100);
  made.span(b, 200, 300, 0, 2);
  made.span(a, 400, 500);
  ExportOptions options;
  options.threads = {0, 1, 0};
  options.last = TimeNs{kStart + 300};
  const Read read(made.exported("perfetto", options));
  EXPECT_EQ(read.of("a").size(), 1u);
  EXPECT_EQ(read.of("b").size(), 0u);
}

TEST(ExportPerfetto, AnEmptyRecordingIsATraceOfNothing) {
  MadeProfile made("@meta run.command app\n");
  const Read read(made.exported("perfetto"));
  EXPECT_EQ(read.samples.size() + read.values.size(), 0u);
  ASSERT_EQ(read.slices.size(), 1u);
  EXPECT_EQ(read.slices[0].arguments.at("run.command"), "app");
}

}  // namespace
}  // namespace hone::exchange
