#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/import_samples_text.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kMeta =
    R"j("meta":{"interval":2,"startTime":1460221352723.4,"product":"app","sampleUnits":{"time":"ms",
"eventDelay":"ms","threadCPUDelta":"µs"},"categories":[{"name":"Other"},{"name":"Layout"}],
"markerSchema":[{"name":"Text","fields":[{"key":"label","format":"unique-string"}]}],
"preprocessedProfileVersion":)j";

constexpr std::string_view kMarkers =
    R"j("markers":{"length":5,"name":[4,4,4,4,4],"startTime":[1,2,3,null,9],
"endTime":[null,2.5,null,4,null],"phase":[0,1,2,3,2],"category":[0,1,0,0,0],"data":[
{"type":"Text","label":3,"other":3,"real":1.5,"yes":true,"none":null,"list":[1,{"a":2}]},
null,null,null,null]})j";

std::string of_threads(std::string_view version) {
  return "{" + std::string(kMeta) + std::string(version) + R"j(},"threads":[{"name":"Main",
"processName":"app","pid":"70-1","tid":71,"samples":{"stack":[1,0,null,9],"time":[1,3,4.5,5],
"weight":null,"weightType":"samples","threadCPUDelta":[7,1500,null,2],"length":4},)j" +
         std::string(kMarkers) + R"j(,
"stackTable":{"frame":[0,1],"prefix":[null,0],"length":2},
"frameTable":{"func":[0,1],"line":[null,12],"address":[-1,-1],"length":2},
"funcTable":{"name":[0,1],"resource":[0,-1],"fileName":[null,2],"lineNumber":[null,3],"length":2},
"resourceTable":{"lib":[0],"name":[0],"length":1},
"stringArray":["main","step","a.cc","words","mark"]}],"libs":[{"name":"app","path":"/bin/app"}]})j";
}

std::string of_shared_tables(std::string_view version) {
  return "{" + std::string(kMeta) + std::string(version) +
         R"j(},"libs":[{"name":"app","path":"/bin/app"}],"threads":[{"name":"Main",
"processName":"app","pid":"70-1","tid":71,"samples":{"stack":[1,0,null,9],
"timeDeltas":[1,2,1.5,0.5],
"weightType":"samples","threadCPUDelta":[7,1500,null,2],"length":4},)j" +
         std::string(kMarkers) + R"j(}],"shared":{
"stackTable":{"frame":[0,1],"prefixOffset":[0,1],"length":2},
"frameTable":{"func":[0,1],"line":[null,12],"lib":[0,-1],"length":2},
"funcTable":{"name":[0,1],"resource":[-1,-1],"source":[null,0],"lineNumber":[null,3],"length":2},
"sources":{"filename":[2],"length":1},"stringArray":["main","step","a.cc","words","mark"]}})j";
}

TEST(ImportFirefox, TablesOfThreadsAndTablesThatAllShare) {
  for (const std::string& file : {of_threads("48"), of_shared_tables("70")}) {
    const Imported got = imported(file);
    ASSERT_TRUE(got.profile) << got.error.message;
    const profile::Profile& p = *got.profile;
    EXPECT_THAT(samples_text(got),
                ElementsAre("Main 1000000 0: main;step", "Main 3000000 1500000: main",
                            "Main 4500000 0: ", "Main 5000000 2000: "));
    EXPECT_THAT(got.spans(),
                ElementsAre("Main: mark 2000000+500000 @0", "Main: mark 3000000+1000000 @0",
                            "Main: mark 9000000+0 open"));
    ASSERT_EQ(p.instrumentation().messages.size(), 1u);
    EXPECT_EQ(p.string(p.modules()[1].path), "/bin/app");
    const auto& lines = p.lines();
    EXPECT_EQ(lines.line[p.frames().first_line[2]], 12u);
    EXPECT_EQ(p.string(lines.file[p.frames().first_line[2]]), "a.cc");
    EXPECT_EQ(got.left.at("import.no_such_stack"), 1u);
    EXPECT_EQ(got.left.at("import.never_ended"), 1u);
    EXPECT_EQ(got.left.size(), 2u);
    EXPECT_EQ(p.meta("run.started_utc"), "2016-04-09T17:02:32Z");
    std::vector<std::string> arguments;
    for (const auto& each : p.instrumentation().arguments) {
      arguments.push_back(std::string(p.string(each.key)) + "=" + std::string(p.string(each.text)));
    }
    EXPECT_THAT(arguments,
                ElementsAre("label=words", "other=", "real=", "yes=", "list=[1,{\"a\":2}]"));
  }
}

TEST(ImportFirefox, OtherWeightsCountersAndVersions) {
  const Imported got = imported(R"j({"meta":{"interval":2,"preprocessedProfileVersion":99},
"threads":[{"name":"a","pid":1,"tid":1,"stringArray":["f"],
"stackTable":{"frame":[0],"prefix":[null]},"frameTable":{"func":[0]},"funcTable":{"name":[0]},
"samples":{"weightType":"tracing-ms","stack":[0,0],"time":[1,2],"weight":[0.000007,-3]},
"nativeAllocations":{"weightType":"bytes","stack":[0,0],"time":[1,2],"weight":[64,-64]}},
{"name":"b","pid":1,"tid":1,"stringArray":["f"],"stackTable":{"frame":[0],"prefix":[null]},
"frameTable":{"func":[0]},"funcTable":{"name":[0]},
"samples":{"weightType":"samples","stack":[0],"time":[1],"weight":[3]}}],
"counters":[{"name":"malloc","category":"Memory","mainThreadIndex":1,"sampleGroups":[{"id":0,
"samples":{"time":[1,2],"count":[5,-2],"number":[0,0]}}]},
{"name":"none","mainThreadIndex":7,"samples":{"time":[1],"count":[5]}}]})j");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(samples_text(got),
              ElementsAre("a 1000000 7: f", "a 2000000 0: f", "b 1000000 6000000: f"));
  EXPECT_THAT(costs_text(got), ElementsAre("alloc-bytes 64/1: f"));
  const auto& plots = got.profile->instrumentation().plots;
  ASSERT_EQ(plots.size(), 2u);
  EXPECT_EQ(plots[1].value, 3);
  EXPECT_EQ(got.thread(plots[1].thread), "b");
  for (const std::string name : {"newer_version", "negative_weight", "weight_estimated", "releases",
                                 "counter_without_thread"}) {
    EXPECT_EQ(got.left.at("import." + name), 1u) << name;
  }
  EXPECT_EQ(got.left.size(), 5u);
}

TEST(ImportFirefox, WhatFirefoxItselfWritesIsRefused) {
  const Imported got = imported(R"j({"meta":{"version":30,"interval":1,"startTime":1,"stackwalk":1},
"threads":[{"name":"GeckoMain","samples":{"schema":{"stack":0,"time":1},"data":[[null,5]]}}]})j");
  ASSERT_FALSE(got.profile);
  EXPECT_EQ(got.error.code, Code::Unsupported);
  EXPECT_THAT(got.error.message, HasSubstr("profiler.firefox.com"));
  const std::string file = of_shared_tables("70");
  for (size_t bytes = 0; bytes < file.size(); bytes += 31) {
    const Imported cut = imported(file.substr(0, bytes), "firefox");
    ASSERT_TRUE(cut.profile || cut.error.code == Code::Corrupt) << cut.error.message;
  }
}

}  // namespace
}  // namespace hone::exchange
