// What lies beside the spans of threads: waits, locks, queues of GPUs, pools of memory; and
// colours.
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "base/host/chrome_color.h"
#include "exchange/test_support.h"

namespace hone::exchange {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<json> events_of(const std::string& text, std::string_view phase) {
  const json whole = json::parse(text);
  std::vector<json> out;
  for (const json& event : whole["traceEvents"]) {
    if (event["ph"] == phase) out.push_back(event);
  }
  return out;
}

// The names of tracks, by process and track.
std::map<std::pair<int, int>, std::string> track_names(const std::string& text) {
  std::map<std::pair<int, int>, std::string> out;
  for (const json& event : events_of(text, "M")) {
    if (event["name"] == "thread_name") {
      out[{event["pid"], event["tid"]}] = event["args"]["name"];
    }
  }
  return out;
}

// Complete events of each track lie inside one another or apart; as readers add them, in doubles.
void expect_nested(const std::string& text) {
  std::map<std::pair<int, int>, std::vector<std::pair<double, double>>> tracks;
  for (const json& event : events_of(text, "X")) {
    const double start = event["ts"], end = start + event["dur"].get<double>();
    std::vector<std::pair<double, double>>& open = tracks[{event["pid"], event["tid"]}];
    while (!open.empty() && open.back().second <= start) open.pop_back();
    if (!open.empty()) {
      EXPECT_LE(open.back().first, start);
      EXPECT_LE(end, open.back().second) << event;
    }
    open.emplace_back(start, end);
  }
}

void add_lock(MadeProfile& made, SiteId site, int64_t end, int64_t wait, int64_t hold,
              uint32_t thread = 1, uint8_t flags = 0) {
  made.add(recording::LockRow{.thread = ThreadId{thread},
                              .end = TimeNs{kStart + end},
                              .wait = DurationNs{wait},
                              .hold = DurationNs{hold},
                              .site = site,
                              .lock = 0xabc0,
                              .owner = ThreadId{2},
                              .flags = flags});
}

void add_wait(MadeProfile& made, int64_t from, int64_t until, uint32_t count = 1,
              std::string_view place = "", uint8_t flags = 0) {
  made.add(recording::WaitRow{.time = TimeNs{kStart + from},
                              .until = TimeNs{kStart + until},
                              .thread = ThreadId{1},
                              .duration = DurationNs{(until - from) / count},
                              .count = count,
                              .runnable = DurationNs{1500},
                              .stack = place.empty() ? StackId{1} : StackId::kNone,
                              .place = place.empty() ? StringId::kNone : made.text(place),
                              .waker = ThreadId{2},
                              .flags = flags});
}

TEST(ExportMarks, WaitsAreATrackBesideTheirThread) {
  MadeProfile made;
  made.span(made.site("step"), 1000, 5000);
  add_wait(made, 4000, 9000, 1, "futex_wait_queue");  // across the span's end
  add_wait(made, 10'000, 12'000, 1, "", recording::kWaitRunnable);
  add_wait(made, 20'000, 50'000, 3, "pipe_read");  // several: no one span of time
  const std::string text = made.exported("chrome");
  expect_nested(text);
  const auto spans = events_of(text, "X");
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[1]["name"], "waiting: futex_wait_queue");
  EXPECT_EQ(spans[1]["ts"], 4.0);
  EXPECT_EQ(spans[1]["dur"], 5.0);
  EXPECT_EQ(spans[1]["args"]["woken by"], "worker (12)");
  EXPECT_EQ(spans[1]["args"]["could have run us"], 1.5);
  EXPECT_EQ(spans[2]["name"], "waiting for a CPU");
  EXPECT_EQ(spans[2]["args"]["stack"], "main");
  EXPECT_EQ(spans[1]["pid"], spans[0]["pid"]);
  EXPECT_NE(spans[1]["tid"], spans[0]["tid"]);
  EXPECT_EQ((track_names(text)[{spans[1]["pid"], spans[1]["tid"]}]), "main: off CPU");
  const auto begun = events_of(text, "b"), ended = events_of(text, "e");
  ASSERT_EQ(begun.size(), 1u);
  EXPECT_EQ(begun[0]["args"]["waits"], 3);
  EXPECT_EQ(begun[0]["args"]["together us"], 10.0);
  EXPECT_EQ(ended[0]["ts"], 50.0);
}

TEST(ExportMarks, LocksAreHeldAcrossEachOther) {
  MadeProfile made;
  const SiteId a = made.site("queue", 6), b = made.site("map", 6);
  add_lock(made, a, 1000, 300, 500);  // asked 200, obtained 500
  add_lock(made, b, 800, 0, 200);     // inside
  add_lock(made, b, 1400, 0, 500);    // from 900: across the end of the first
  add_lock(made, a, 3000, 700, 0, 1, recording::kLockGaveUp);
  const std::string text = made.exported("chrome");
  expect_nested(text);
  std::vector<std::string> nested, apart;
  for (const json& event : events_of(text, "X")) nested.push_back(event["name"]);
  for (const json& event : events_of(text, "b")) apart.push_back(event["name"]);
  EXPECT_THAT(nested, ElementsAre("queue (wait)", "queue (held)", "map (held)", "queue (wait)"));
  EXPECT_THAT(apart, ElementsAre("map (held)"));
  const json wait = events_of(text, "X")[0];
  EXPECT_EQ(wait["args"]["lock"], "0xabc0");
  EXPECT_EQ(wait["args"]["held by"], "worker (12)");
  EXPECT_EQ(wait["dur"], 0.3);
  EXPECT_EQ(events_of(text, "X")[3]["args"]["given up"], true);
  EXPECT_EQ((track_names(text)[{wait["pid"], wait["tid"]}]), "main: locks");
}

TEST(ExportMarks, QueuesOfGpusAreAProcessOfTheirOwn) {
  MadeProfile made;
  const SiteId frame = made.site("frame"), shadow = made.site("shadow");
  const auto add_queue = [&](std::string_view name) {
    made.add(recording::GpuQueueRow{
        .thread = ThreadId{1}, .number = 1, .name = made.text(name), .device = made.text("gpu 0")});
  };
  add_queue("graphics");
  add_queue("compute");
  const auto span = [&](uint32_t queue, SiteId site, int64_t from, int64_t to, uint8_t depth) {
    made.add(recording::GpuSpanRow{.queue = GpuQueueId{queue},
                                   .start = TimeNs{kStart + from},
                                   .end = TimeNs{kStart + to},
                                   .site = site,
                                   .thread = ThreadId{2},
                                   .issued = TimeNs{kStart + from - 50},
                                   .depth = depth});
  };
  span(1, shadow, 1000, 2000, 1);  // told before what it is in
  span(1, frame, 1000, 2000, 0);
  span(2, frame, 1500, 2500, 0);
  span(2, shadow, 2000, 3000, 0);  // across
  const std::string text = made.exported("chrome");
  expect_nested(text);
  const auto spans = events_of(text, "X");
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0]["name"], "frame");
  EXPECT_EQ(spans[1]["name"], "shadow");
  EXPECT_EQ(spans[1]["args"]["recorded by"], "worker (12)");
  EXPECT_EQ(spans[1]["args"]["recorded us before"], 0.05);
  EXPECT_EQ(events_of(text, "b").size(), 1u);
  EXPECT_NE(spans[0]["tid"], spans[2]["tid"]);
  EXPECT_EQ((track_names(text)[{spans[2]["pid"], spans[2]["tid"]}]), "compute (gpu 0)");
  std::vector<std::string> processes;
  for (const json& event : events_of(text, "M")) {
    if (event["name"] == "process_name" && event["pid"] == spans[0]["pid"]) {
      processes.push_back(event["args"]["name"]);
    }
  }
  EXPECT_THAT(processes, ElementsAre("GPU of app"));
}

void add_pool_marks(MadeProfile& made) {
  const SiteId pool = made.site("nodes", 5), other = made.site("arena", 5);
  const auto mark = [&](SiteId site, int64_t time, uint8_t kind, uint64_t address, uint64_t bytes) {
    made.add(recording::AllocationRow{.thread = ThreadId{1},
                                      .time = TimeNs{kStart + time},
                                      .site = site,
                                      .kind = kind,
                                      .address = address,
                                      .bytes = bytes});
  };
  mark(pool, 10, recording::kAllocated, 0x10, 64);
  mark(pool, 30, recording::kFreed, 0x10, 0);
  mark(pool, 20, recording::kAllocated, 0x20, 32);   // told later than it was
  mark(pool, 40, recording::kFreed, 0x99, 0);        // of nothing
  mark(pool, 50, recording::kAllocated, 0x20, 100);  // in its place
  mark(pool, 60, recording::kPoolReset, 0, 0);
  mark(other, 15, recording::kAllocated, 0x10, 7);
}

TEST(ExportMarks, PoolsCountWhatIsLive) {
  MadeProfile made;
  add_pool_marks(made);
  std::map<std::string, std::vector<int>> live;
  for (const json& event : events_of(made.exported("chrome"), "C")) {
    live[event["name"]].push_back(event["args"]["live bytes"]);
  }
  EXPECT_THAT(live["pool nodes"], ElementsAre(64, 96, 32, 32, 100, 0));
  EXPECT_THAT(live["pool arena"], ElementsAre(7));
}

TEST(ExportMarks, ColoursAreNamesOfTheFormat) {
  MadeProfile made;
  made.span(made.site("hot", 1, "", 0xfe0000), 0, 10);
  made.span(made.site("plain"), 20, 30);
  const auto spans = events_of(made.exported("chrome"), "X");
  EXPECT_EQ(spans[0]["cname"], "terrible");
  EXPECT_FALSE(spans[1].contains("cname"));
  EXPECT_EQ(base::chrome_color(0x007d00), "good");
  EXPECT_EQ(base::chrome_color(0xfefefe), "white");
}

TEST(ExportMarks, TimedSpansOfHotPlacesSayHowManyTheyStandFor) {
  MadeProfile made;
  const SiteId hot = made.site("hot"), other = made.site("other");
  const auto stands_for = [&](int64_t start, uint64_t count) {
    made.add(recording::SpanArgumentRow{.thread = ThreadId{1},
                                        .time = TimeNs{kStart + start},
                                        .site = hot,
                                        .type = recording::kStandsFor,
                                        .value = count});
  };
  made.span(hot, 0, 10);
  stands_for(0, 100);
  made.argument(hot, 20'000, "n", 1, 5);
  made.span(hot, 20'000, 20'010);
  stands_for(20'000, 40);
  made.span(hot, 40'000, 40'010);
  made.span(other, 60'000, 60'010);
  made.add(recording::SpanCountRow{
      .thread = ThreadId{1}, .site = hot, .time = TimeNs{kStart + 90'000}, .count = 7});
  const std::string text = made.exported("chrome");
  const auto spans = events_of(text, "X");
  EXPECT_EQ(spans[0]["args"], (json{{"stands for", 100}}));
  EXPECT_EQ(spans[1]["args"], (json{{"n", 5}, {"stands for", 40}}));
  EXPECT_FALSE(spans[2].contains("args"));
  EXPECT_EQ(json::parse(text)["otherData"]["spans that were counted and not timed"], "145");
  ExportOptions options;
  options.table = "spans";
  EXPECT_THAT(made.exported("csv", options), HasSubstr("hot,,0,10,0,nested,,0,,100\r\n"));
}

TEST(ExportMarks, WhateverTheTimesAreTracksStayNested) {
  std::mt19937 random(7);
  const auto any = [&](int64_t most) { return static_cast<int64_t>(random() % most); };
  for (int round = 0; round < 30; ++round) {
    MadeProfile made;
    const SiteId site = made.site("s", 6);
    for (int i = 0; i < 60; ++i) {
      const int64_t end = 2000 + any(3000);
      add_lock(made, site, end, any(800), any(800));
      made.add(recording::GpuSpanRow{.queue = GpuQueueId{static_cast<uint32_t>(any(2))},
                                     .start = TimeNs{kStart + end - any(900)},
                                     .end = TimeNs{kStart + end},
                                     .site = site,
                                     .depth = static_cast<uint8_t>(any(4))});
      add_wait(made, end - any(900), end, 1, "p");
    }
    expect_nested(made.exported("chrome"));
  }
}

TEST(ExportMarks, TablesOfLocksPoolsAndGpus) {
  MadeProfile made;
  const SiteId lock = made.site("queue", 6);
  add_lock(made, lock, 1000, 300, 500);
  add_lock(made, lock, 2000, 300, 0, 1, recording::kLockGaveUp);
  add_pool_marks(made);
  made.add(recording::GpuQueueRow{
      .thread = ThreadId{1}, .number = 1, .name = made.text("graphics"), .device = made.text("d")});
  made.add(recording::GpuSpanRow{.queue = GpuQueueId{1},
                                 .start = TimeNs{kStart + 5},
                                 .end = TimeNs{kStart + 9},
                                 .site = made.site("frame"),
                                 .thread = ThreadId{2},
                                 .issued = TimeNs{kStart + 1},
                                 .depth = 255});
  ExportOptions options;
  options.table = "locks";
  std::string text = made.exported("csv", options);
  EXPECT_THAT(text, HasSubstr("main,queue,0xabc0,200,500,1000,300,500,12,0,let go,"));
  EXPECT_THAT(text, HasSubstr("main,queue,0xabc0,1700,,2000,300,,12,0,given up,"));
  options.table = "pools";
  text = made.exported("csv", options);
  EXPECT_THAT(text, HasSubstr("main,nodes,20,allocated,0x20,32,96,\r\n"));
  EXPECT_THAT(text, HasSubstr("main,nodes,60,all freed,0x0,,0,\r\n"));
  options.table = "gpu";
  EXPECT_THAT(made.exported("csv", options), HasSubstr("worker,graphics,d,frame,,5,4,,1,,0\r\n"));
  for (const auto& [table, rows] : {std::pair{"locks", 2u}, {"pools", 7u}, {"gpu", 1u}}) {
    EXPECT_EQ(csv_row_count(made.profile(), options, table), rows);
  }
}

}  // namespace
}  // namespace hone::exchange
