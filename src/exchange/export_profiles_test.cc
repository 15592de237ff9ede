// speedscope's, pprof's and Firefox Profiler's formats.
#include <gmock/gmock.h>
#include <zlib.h>

#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "exchange/proto_test_reader.h"
#include "exchange/test_support.h"
#include "hone/layout.h"

namespace hone::exchange {
namespace {

using nlohmann::json;
using testing::ElementsAre;

constexpr std::string_view kHostile = "a\"b\\c\n\x01\xff\xed\xa0\x80</script>\xc3\xa9";
const std::string kMended =
    "a\"b\\c\n\x01\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD</script>\xc3\xa9";

constexpr std::string_view kStacks = R"(
    @thread main process=app tid=11 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=12 start_ns=1000000000 end_ns=2000000000
    main@a.cc:3;[inlined]step@b.cc:9;[kernel]read 2 time=1000000005
    main@a.cc:3 1 time=1000000001 weight=250
    main@a.cc:3 1 time=1000000009 weight=50 thread=worker
    @wait main;lock start=1000000100 ns=700 runnable=100
    @wait main;lock start=1000001100 ns=300 count=2
)";

// {"main (11): spans": profile}
std::map<std::string, json> profiles_of(const json& whole) {
  std::map<std::string, json> out;
  for (const json& profile : whole["profiles"]) out[profile["name"]] = profile;
  return out;
}

TEST(ExportSpeedscope, SpansAreEventsThatBalance) {
  MadeProfile made;
  const SiteId outer = made.site("outer"), inner = made.site(kHostile);
  made.span(inner, 10, 20, 1);
  made.span(inner, 20, 20, 1);
  made.span(outer, 5, 50);
  made.span(outer, 50, 60);
  const json whole = json::parse(made.exported("speedscope"));
  const json spans = profiles_of(whole)["main (11): spans"];
  std::string picture;
  for (const json& event : spans["events"]) {
    const std::string name = whole["shared"]["frames"][event["frame"].get<size_t>()]["name"];
    picture += event["type"].get<std::string>() + (name == kMended ? "inner" : name) +
               std::to_string(event["at"].get<int64_t>()) + " ";
  }
  EXPECT_EQ(picture, "Oouter5 Oinner10 Cinner20 Oinner20 Cinner20 Couter50 Oouter50 Couter60 ");
  EXPECT_EQ(spans["startValue"], 5);
  EXPECT_EQ(spans["endValue"], 60);
}

TEST(ExportSpeedscope, SamplesAreStacksAndWeights) {
  MadeProfile made(kStacks);
  const json whole = json::parse(made.exported("speedscope"));
  EXPECT_EQ(made.left.left_out, 2u) << "the waits";
  const json samples = profiles_of(whole)["main (11): samples"];
  EXPECT_EQ(samples["weights"], json::parse("[250,1000000,1000000]"));
  EXPECT_EQ(samples["endValue"], 2'000'250);
  std::vector<std::string> stack;
  for (const json& frame : samples["samples"][1]) {
    stack.push_back(whole["shared"]["frames"][frame.get<size_t>()]["name"]);
  }
  EXPECT_THAT(stack, ElementsAre("main", "step", "read"));
}

TEST(ExportSpeedscope, WhatDoesNotNestIsLeftOutAndCounted) {
  MadeProfile made;
  const SiteId a = made.site("a");
  made.span(a, 0, 100'000);
  made.span(a, 0, 90'000, 0, 1, recording::kSpanStray);
  made.add(recording::MessageRow{.thread = ThreadId{1}, .time = TimeNs{kStart}, .site = a});
  made.exported("speedscope");
  EXPECT_EQ(made.left.left_out, 2u);
}

TEST(ExportSpeedscope, ASelectionIsAllThereIs) {
  MadeProfile made(kStacks);
  const SiteId a = made.site("a");
  made.span(a, 0, 100);
  made.span(a, 0, 100, 0, 2);
  ExportOptions options;
  options.threads = {0, 0, 1};
  const json whole = json::parse(made.exported("speedscope", options));
  EXPECT_EQ(whole["profiles"].size(), 2u);
  options.last = TimeNs{kStart};
  EXPECT_EQ(json::parse(made.exported("speedscope", options))["profiles"].size(), 0u);
}

TEST(ExportProfiles, WhatHasNothingForThemIsAnError) {
  for (const std::string_view format : {"speedscope", "pprof"}) {
    MadeProfile made("@meta run.command app\n");
    std::string text;
    Output out = Output::to_text(text);
    const auto done = find_format(format)->write(made.profile(), {}, out);
    ASSERT_FALSE(done) << format;
    EXPECT_EQ(done.error().number, "E070");
  }
}

std::string unpacked(const std::string& packed) {
  std::string out(size_t{1} << 22, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  EXPECT_EQ(stream.avail_in, 0u);
  inflateEnd(&stream);
  return out;
}

// What pprof reads: samples as "thread: leaf;...;root [value,...]".
struct ReadPprof {
  explicit ReadPprof(const std::string& packed) : bytes(unpacked(packed)), whole(bytes) {
    for (const ProtoField& field : whole.fields()) {
      if (field.number == 6) texts.emplace_back(field.bytes);
    }
    for (const ProtoMessage& each : whole.all(4)) {
      std::string text;
      for (const ProtoMessage& line : each.all(4)) {
        if (!text.empty()) text += ';';
        text += functions().at(line.number(1)) + ":" + std::to_string(line.number(2));
      }
      EXPECT_NE(each.number(1), 0u);
      EXPECT_NE(each.number(2), 0u);
      locations[each.number(1)] = text;
    }
    for (ProtoMessage& sample : samples_of()) {
      std::string text;
      for (const ProtoMessage& label : sample.all(3)) {
        if (texts.at(label.number(1)) == "thread") text = texts.at(label.number(2)) + ":";
      }
      for (const uint64_t id : sample.packed(1)) text += " " + locations.at(id);
      samples[text] = sample.packed(2);
    }
  }
  std::map<uint64_t, std::string> functions() const {
    std::map<uint64_t, std::string> out;
    for (const ProtoMessage& each : whole.all(5)) {
      out[each.number(1)] = texts.at(each.number(2));
    }
    return out;
  }
  std::vector<ProtoMessage> samples_of() const { return whole.all(2); }

  std::string bytes;
  ProtoMessage whole;
  std::vector<std::string> texts;
  std::map<uint64_t, std::string> locations;
  std::map<std::string, std::vector<uint64_t>> samples;
};

TEST(ExportPprof, SamplesAndWaitsByStackAndThread) {
  MadeProfile made(kStacks);
  const ReadPprof read(made.exported("pprof"));
  EXPECT_EQ(read.texts[0], "");
  std::vector<std::string> types;
  for (const ProtoMessage& type : read.whole.all(1)) {
    types.push_back(read.texts.at(type.number(1)) + " " + read.texts.at(type.number(2)));
  }
  EXPECT_THAT(
      types, ElementsAre("samples count", "cpu nanoseconds", "waits count", "off_cpu nanoseconds"));
  EXPECT_THAT(read.samples.at("main: read:0 step:9;main:3"), ElementsAre(2, 2'000'000, 0, 0));
  EXPECT_THAT(read.samples.at("main: main:3"), ElementsAre(1, 250, 0, 0));
  EXPECT_THAT(read.samples.at("worker: main:3"), ElementsAre(1, 50, 0, 0));
  EXPECT_THAT(read.samples.at("main: lock:0 main:0"), ElementsAre(0, 0, 3, 900));
  EXPECT_EQ(read.texts.at(read.whole.number(14)), "cpu");
  bool has_app = false;
  for (const ProtoMessage& mapping : read.whole.all(3)) {
    has_app = has_app || read.texts.at(mapping.number(5)) == "/usr/bin/app";
    EXPECT_EQ(mapping.number(7), 1u);
  }
  EXPECT_TRUE(has_app);
}

TEST(ExportPprof, HostileNamesAreUtf8AndASelectionIsKept) {
  const std::string longest(10'000, 'f');
  MadeProfile made(
      "@thread main process=app tid=1\n@thread b process=app tid=2\nmain;f\xff\x01g 1\n" + longest +
      " 1 thread=b\n");
  EXPECT_EQ(ReadPprof(made.exported("pprof")).samples.size(), 2u);
  EXPECT_TRUE(ReadPprof(made.exported("pprof")).samples.contains("b: " + longest + ":0"));
  ExportOptions options;
  options.threads = {0, 1, 0};
  const ReadPprof read(made.exported("pprof", options));
  EXPECT_EQ(read.samples.size(), 1u);
  EXPECT_TRUE(read.samples.contains("main: f\xEF\xBF\xBD\x01g:0 main:0"));
  options.last = TimeNs{0};
  EXPECT_EQ(ReadPprof(made.exported("pprof", options)).samples.size(), 0u);
}

TEST(ExportFirefox, TablesReferToEachOther) {
  MadeProfile made(kStacks);
  const json whole = json::parse(made.exported("firefox"));
  EXPECT_EQ(whole["meta"]["preprocessedProfileVersion"], 48);
  ASSERT_EQ(whole["threads"].size(), 2u);
  const json& thread = whole["threads"][0];
  EXPECT_EQ(thread["name"], "main");
  EXPECT_EQ(thread["samples"]["weight"], json::parse("[0.00025,1.0,1.0]"));
  EXPECT_EQ(thread["samples"]["time"][1], 0.000005);
  for (const char* table : {"samples", "markers", "stackTable", "frameTable", "funcTable",
                            "resourceTable", "nativeSymbols"}) {
    for (const auto& [name, column] : thread[table].items()) {
      if (!column.is_array()) continue;
      EXPECT_EQ(column.size(), thread[table]["length"]) << table << "." << name;
    }
  }
  std::vector<std::string> stack;
  for (json at = thread["samples"]["stack"][1]; !at.is_null();
       at = thread["stackTable"]["prefix"][at.get<size_t>()]) {
    const size_t frame = thread["stackTable"]["frame"][at.get<size_t>()];
    const size_t function = thread["frameTable"]["func"][frame];
    const size_t name = thread["funcTable"]["name"][function];
    stack.push_back(thread["stringArray"][name]);
    const int64_t resource = thread["funcTable"]["resource"][function];
    ASSERT_GE(resource, 0);
    EXPECT_LT(thread["resourceTable"]["lib"][static_cast<size_t>(resource)].get<size_t>(),
              whole["libs"].size());
  }
  EXPECT_THAT(stack, ElementsAre("read", "step", "main"));
}

TEST(ExportFirefox, WhateverProgramsMarkIsAMarker) {
  MadeProfile made;
  const SiteId step = made.site(kHostile, 1, "Physics"), job = made.site("job"),
               job_end = made.site("job"), said = made.site("said", 4),
               frame = made.site("frame", HONE_SITE_FRAMES);
  made.argument(step, 0, "n", HONE_ARGUMENT_INTEGER, 7);
  made.span(step, 0, 100);
  made.span(step, 50, 150, 0, 1, recording::kSpanStray);
  made.flow(job, 20, 5, 1, 1);
  made.flow(job_end, 60, 5, 2, 2);
  made.flow(job, 20, 6, 3, 1);
  made.flow(job_end, 60, 6, 4, 2);
  made.add(recording::MessageRow{.thread = ThreadId{1}, .time = TimeNs{kStart + 7}, .site = said});
  for (int i = 0; i < 3; ++i) {
    made.add(recording::FrameMarkRow{
        .thread = ThreadId{1}, .time = TimeNs{kStart + 100 * i}, .site = frame, .kind = 1});
  }
  const json whole = json::parse(made.exported("firefox"));
  EXPECT_EQ(made.left.left_out, 2u) << "a flow has two ends";
  const json& thread = whole["threads"][0];
  std::map<std::string, int> counts;
  for (size_t i = 0; i < thread["markers"]["length"]; ++i) {
    const json& data = thread["markers"]["data"][i];
    ++counts[data["type"]];
    const size_t name = thread["markers"]["name"][i];
    if (data["type"] == "Span") {
      EXPECT_EQ(thread["stringArray"][name], kMended);
      EXPECT_EQ(data["category"], "Physics");
      if (data.contains("arguments")) {
        EXPECT_EQ(data["arguments"], "{\"n\":7}");
      }
    }
    EXPECT_EQ(thread["markers"]["endTime"][i].is_null(), data["type"] == "Message");
  }
  EXPECT_EQ(counts, (std::map<std::string, int>{
                        {"Span", 2}, {"Asynchronous", 1}, {"Message", 1}, {"Frame", 2}}));
}

TEST(ExportFirefox, CountersAddUpToTheirValues) {
  MadeProfile made;
  const SiteId plot = made.site("entities", 2);
  const double values[] = {3, std::numeric_limits<double>::infinity(), 5, -1};
  for (int i = 0; i < 4; ++i) {
    made.add(recording::PlotRow{.thread = ThreadId{1},
                                .time = TimeNs{kStart + 1'000'000 * i},
                                .site = plot,
                                .value = values[i]});
  }
  const json whole = json::parse(made.exported("firefox"));
  EXPECT_EQ(made.left.not_numbers, 1u);
  ASSERT_EQ(whole["counters"].size(), 1u);
  EXPECT_EQ(whole["counters"][0]["samples"]["count"], json::parse("[3,2,-6]"));
  EXPECT_EQ(whole["counters"][0]["samples"]["time"], json::parse("[0.0,2.0,3.0]"));
  EXPECT_EQ(whole["counters"][0]["mainThreadIndex"], 0);
}

TEST(ExportFirefox, AnEmptyRecordingAndAnEmptySelection) {
  MadeProfile empty("@meta run.command app\n");
  const json nothing = json::parse(empty.exported("firefox"));
  EXPECT_EQ(nothing["threads"].size(), 0u);
  EXPECT_EQ(nothing["meta"]["product"], "app");
  MadeProfile made(kStacks);
  ExportOptions options;
  options.threads = {0, 0, 1};
  const json whole = json::parse(made.exported("firefox", options));
  ASSERT_EQ(whole["threads"].size(), 1u);
  EXPECT_EQ(whole["threads"][0]["name"], "worker");
}

}  // namespace
}  // namespace hone::exchange
