#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "exchange/test_support.h"
#include "hone/layout.h"

namespace hone::exchange {
namespace {

using nlohmann::json;
using testing::ElementsAre;

json events_of(const std::string& text, std::string_view phase) {
  const json whole = json::parse(text);  // strict: throws on anything that is no JSON
  json out = json::array();
  for (const json& event : whole["traceEvents"]) {
    if (event["ph"] == phase) out.push_back(event);
  }
  return out;
}

TEST(ExportChrome, SpansKeepEveryNanosecond) {
  MadeProfile made;
  const SiteId step = made.site("Physics::step", 1, "Physics");
  made.span(step, 1'234'567, 2'000'001);
  const std::string text = made.exported("chrome");
  EXPECT_NE(text.find("\"ts\":1234.567,\"dur\":765.434"), text.npos) << text;
  const json spans = events_of(text, "X");
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0]["name"], "Physics::step");
  EXPECT_EQ(spans[0]["cat"], "Physics");
  EXPECT_EQ(spans[0]["tid"], 11);
}

// As readers do it: in doubles. One that began before the last one ended would be lost.
TEST(ExportChrome, SpansThatTouchDoSoInDoubles) {
  MadeProfile made;
  const SiteId outer = made.site("outer"), inner = made.site("inner");
  std::vector<int64_t> ends;
  int64_t time = 0;
  for (int i = 0; i < 2000; ++i) {
    const int64_t end = time + 1 + int64_t{i} * 7919 % 2'000'003;
    made.span(inner, time, end, 1);
    made.span(outer, time, end, 0);
    ends.push_back(end);
    time = end;
  }
  const json spans = events_of(made.exported("chrome"), "X");
  ASSERT_EQ(spans.size(), 4000u);
  double last = 0;
  for (size_t i = 0; i < spans.size(); i += 2) {
    const double start = spans[i]["ts"], end = start + spans[i]["dur"].get<double>();
    EXPECT_GE(start, last);
    EXPECT_EQ(spans[i + 1]["ts"], spans[i]["ts"]);
    EXPECT_EQ(spans[i + 1]["dur"], spans[i]["dur"]);
    EXPECT_EQ(std::llround(end * 1000), ends[i / 2]);
    last = end;
  }
}

TEST(ExportChrome, HostileNamesStayJson) {
  MadeProfile made;
  const SiteId site = made.site("a\"b\\c\n\x01\xff\xed\xa0\x80</script>\xc3\xa9");
  made.span(site, 0, 10);
  const json spans = events_of(made.exported("chrome"), "X");
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0]["name"].get<std::string>(),
            "a\"b\\c\n\x01\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD</script>\xc3\xa9");
}

TEST(ExportChrome, ArgumentsAreOfTheirSpan) {
  MadeProfile made;
  const SiteId step = made.site("step"), other = made.site("other");
  for (int i = 0; i < 3; ++i) {
    const int64_t at = 1000 * i;
    made.argument(step, at, "n", HONE_ARGUMENT_INTEGER, static_cast<uint64_t>(-i));
    made.argument(step, at, "kind", HONE_ARGUMENT_STRING, 0, "a \"text\"");
    made.span(other, at + 1, at + 2, 1);
    made.span(step, at, at + 500, 0);
  }
  // Two of no length at one moment: each has its own.
  made.argument(step, 9000, "n", HONE_ARGUMENT_INTEGER, 7);
  made.argument(step, 9000, "n", HONE_ARGUMENT_INTEGER, 8);
  made.span(step, 9000, 9000);
  made.span(step, 9000, 9000);
  const json spans = events_of(made.exported("chrome"), "X");
  ASSERT_EQ(spans.size(), 8u);
  std::vector<int> numbers;
  for (const json& span : spans) {
    if (span["name"] == "other") {
      EXPECT_FALSE(span.contains("args"));
      continue;
    }
    numbers.push_back(span["args"]["n"]);
  }
  EXPECT_THAT(numbers, ElementsAre(0, -1, -2, 7, 8));
  EXPECT_EQ(spans[0]["args"]["kind"], "a \"text\"");
}

TEST(ExportChrome, ArgumentsOfEveryType) {
  MadeProfile made;
  const SiteId site = made.site("s");
  made.argument(site, 0, "u", HONE_ARGUMENT_UNSIGNED, UINT64_MAX);
  made.argument(site, 0, "r", HONE_ARGUMENT_REAL, std::bit_cast<uint64_t>(0.1));
  made.argument(site, 0, "x", HONE_ARGUMENT_REAL,
                std::bit_cast<uint64_t>(-std::numeric_limits<double>::infinity()));
  made.argument(site, 0, "b", HONE_ARGUMENT_BOOLEAN, 1);
  made.argument(site, 0, "a", HONE_ARGUMENT_ADDRESS, 0xdeadbeef);
  made.span(site, 0, 10);
  const json args = events_of(made.exported("chrome"), "X")[0]["args"];
  EXPECT_EQ(args["u"], UINT64_MAX);
  EXPECT_EQ(args["r"], 0.1);
  EXPECT_EQ(args["x"], "-inf");
  EXPECT_EQ(args["b"], true);
  EXPECT_EQ(args["a"], "0xdeadbeef");
}

TEST(ExportChrome, WhatDoesNotNestIsAsynchronousWithIdsOfItsOwn) {
  MadeProfile made;
  const SiteId a = made.site("a"), open = made.site("open"), job = made.site("job"),
               job_end = made.site("job");
  made.span(a, 0, 100, 0, 1, recording::kSpanStray);
  made.span(a, 50, 150, 0, 1, recording::kSpanStray);
  made.span(open, 10, 900, 0, 2, recording::kSpanOpen);
  made.flow(job, 20, 5, 1, 1);
  made.flow(job, 30, 5, 1, 1);  // the same id twice
  made.flow(job_end, 40, 5, 2, 2);
  made.flow(job_end, 60, 5, 2, 2);
  made.flow(job_end, 70, 6, 2, 2);  // never begun
  const std::string text = made.exported("chrome");
  EXPECT_EQ(made.left.unpaired, 1u);
  std::map<std::string, std::pair<json, json>> pairs;
  for (const json& event : events_of(text, "b")) pairs[event["id"]].first = event;
  for (const json& event : events_of(text, "e")) pairs[event["id"]].second = event;
  EXPECT_EQ(pairs.size(), 5u);
  for (const auto& [id, pair] : pairs) {
    ASSERT_FALSE(pair.first.is_null()) << id;
    ASSERT_FALSE(pair.second.is_null()) << id;
    EXPECT_EQ(pair.first["name"], pair.second["name"]);
    EXPECT_LE(pair.first["ts"], pair.second["ts"]);
  }
  EXPECT_EQ(events_of(text, "X").size(), 0u);
}

TEST(ExportChrome, FlowsGoFromOneThreadToAnother) {
  MadeProfile made;
  const SiteId begin = made.site("work"), end = made.site("work");
  made.flow(begin, 20, 77, 3, 1);
  made.flow(end, 40, 77, 4, 2);
  const std::string text = made.exported("chrome");
  const json from = events_of(text, "s"), to = events_of(text, "f");
  ASSERT_EQ(from.size(), 1u);
  ASSERT_EQ(to.size(), 1u);
  EXPECT_EQ(from[0]["id"], to[0]["id"]);
  EXPECT_EQ(to[0]["bp"], "e");
  EXPECT_EQ(from[0]["tid"], 11);
  EXPECT_EQ(to[0]["tid"], 12);
}

TEST(ExportChrome, PlotsThatAreNoNumbersAreLeftOutAndCounted) {
  MadeProfile made;
  const SiteId plot = made.site("hits", 2);
  for (const double value : {1.5, double{NAN}, double{INFINITY}, 0.1}) {
    made.add(recording::PlotRow{
        .thread = ThreadId{1}, .time = TimeNs{kStart}, .site = plot, .value = value});
  }
  ExportOptions options;
  options.derived.push_back({"rate", "%", "hits*2", {TimeNs{kStart + 5}}, {3}});
  const json counters = events_of(made.exported("chrome", options), "C");
  ASSERT_EQ(counters.size(), 3u);
  EXPECT_EQ(counters[1]["args"]["value"], 0.1);
  EXPECT_EQ(counters[2]["args"]["%"], 3);
  EXPECT_EQ(made.left.not_numbers, 2u);
}

TEST(ExportChrome, SamplesAreAProfileForEachThread) {
  MadeProfile made(R"(
    @thread main process=app tid=11
    @thread worker process=app tid=12
    main;step;[inlined]helper 2 time=1005000000
    main;step 1 time=1007000000
    work;step 3 thread=worker time=1005000000
  )");
  const json chunks = events_of(made.exported("chrome"), "P");
  ASSERT_EQ(chunks.size(), 4u);
  EXPECT_EQ(chunks[0]["name"], "Profile");
  const json& data = chunks[1]["args"]["data"];
  EXPECT_EQ(chunks[1]["tid"], 11);
  EXPECT_EQ(data["cpuProfile"]["samples"].size(), 3u);
  EXPECT_EQ(data["cpuProfile"]["samples"].size(), data["timeDeltas"].size());
  EXPECT_EQ(data["cpuProfile"]["nodes"].size(), 4u);  // the root, main, step, helper
  // A node's parent is known before it, in each thread.
  for (const size_t at : {1, 3}) {
    std::set<int> known;
    for (const json& node : chunks[at]["args"]["data"]["cpuProfile"]["nodes"]) {
      const bool is_rooted = !node.contains("parent") || known.count(node["parent"]) > 0;
      EXPECT_TRUE(is_rooted) << node;
      EXPECT_TRUE(known.insert(node["id"].get<int>()).second);
    }
  }
}

TEST(ExportChrome, IdsThatTheKernelUsedTwiceAreTwo) {
  MadeProfile made(R"(
    @process one pid=7
    @process two pid=7
    @thread a process=one tid=7
    @thread b process=two tid=7
    main 1 thread=a process=one
    main 1 thread=b process=two
  )");
  std::set<int> pids, tids;
  for (const json& event : events_of(made.exported("chrome"), "M")) {
    pids.insert(event["pid"].get<int>());
    if (event["name"] == "thread_name") tids.insert(event["tid"].get<int>());
  }
  EXPECT_EQ(pids.size(), 2u);
  EXPECT_EQ(tids.size(), 2u);
}

TEST(ExportChrome, ASelectionIsOfThreadsAndTime) {
  MadeProfile made;
  const SiteId a = made.site("a");
  made.span(a, 0, 10);
  made.span(a, 20, 30);
  made.span(a, 20, 30, 0, 2);
  ExportOptions options;
  options.threads = {0, 1, 0};
  options.first = TimeNs{kStart + 15};
  EXPECT_EQ(events_of(made.exported("chrome", options), "X").size(), 1u);
}

TEST(ExportChrome, NothingAtAllIsStillATrace) {
  MadeProfile made("@thread main process=app tid=11");
  EXPECT_TRUE(json::parse(made.exported("chrome"))["traceEvents"].is_array());
}

}  // namespace
}  // namespace hone::exchange
