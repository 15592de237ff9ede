#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;
using Lines = std::vector<std::string>;

std::string event(const std::string& members) {
  return "{\"pid\":1,\"tid\":2," + members + "}";
}

TEST(ImportChrome, CompleteAndPairedSpansNest) {
  const Imported got = imported(
      "[" + event(R"("ph":"X","name":"outer","cat":"a","ts":10,"dur":100.5)") + "," +
      event(R"("ph":"B","name":"inner","ts":20)") + "," + event(R"("ph":"E","ts":60.001)") + "," +
      event(R"("ph":"X","name":"leaf","ts":30,"dur":10)") + "]");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(), ElementsAre("2: leaf 30000+10000 @2", "2: inner 20000+40001 @1",
                                       "2: outer 10000+100500 @0"));
  EXPECT_THAT(got.left, IsEmpty());
}

TEST(ImportChrome, TimesKeepTheirNanoseconds) {
  // 2^53 microseconds are 285 years; a double has no nanoseconds left at 104 days.
  const Imported got =
      imported("[" + event(R"("ph":"X","name":"a","ts":1763820000000000.123,"dur":0.001)") + "," +
               event(R"("ph":"X","name":"b","ts":"17.0004","dur":1e1)") + "]");
  ASSERT_TRUE(got.profile);
  EXPECT_THAT(got.spans(), ElementsAre("2: b 17000+10000 @0", "2: a 1763820000000000123+1 @0"));
}

TEST(ImportChrome, AnObjectWithMembersAround) {
  const Imported got = imported(
      "\xef\xbb\xbf {\"displayTimeUnit\":\"ns\",\"other\":[1,{\"x\":\"]}\"}],\"traceEvents\":[" +
      event(R"("ph":"X","name":"a","ts":1,"dur":2)") + "],\"metadata\":{\"a\":{}}}");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(), ElementsAre("2: a 1000+2000 @0"));
}

TEST(ImportChrome, NamesOfProcessesAndThreads) {
  const Imported got =
      imported("[" + event(R"("ph":"X","name":"a","ts":1,"dur":2)") + "," +
               event(R"("ph":"M","name":"process_name","args":{"name":"app\u00e9 \"x\""})") + "," +
               event(R"("ph":"M","name":"thread_name","args":{"name":"main"})") + "]");
  ASSERT_TRUE(got.profile);
  EXPECT_THAT(got.spans(), ElementsAre("main: a 1000+2000 @0"));
  EXPECT_EQ(got.profile->string(got.profile->processes()[1].name), "appé \"x\"");
  EXPECT_EQ(got.profile->processes()[1].pid, 1u);
}

TEST(ImportChrome, ArgumentsOfAllTypes) {
  const Imported got = imported(
      "[" +
      event(R"("ph":"X","name":"a","ts":1,"dur":2,"args":{"n":-3,"x":1.5,"t":"a\nb","y":true,)"
            R"("in":{"deep":7},"list":[1,2],"none":null})") +
      "]");
  ASSERT_TRUE(got.profile);
  Lines lines;
  for (const auto& one : got.profile->instrumentation().arguments) {
    lines.push_back(
        std::string(got.profile->string(one.key)) + " " + std::to_string(one.type) + " " +
        (one.type == HONE_ARGUMENT_STRING ? std::string(got.profile->string(one.text))
                                          : std::to_string(static_cast<int64_t>(one.value))));
  }
  std::sort(lines.begin(), lines.end());
  EXPECT_THAT(lines, ElementsAre("in.deep 1 7", "list 6 [1,2]", "n 1 -3", "t 6 a\nb",
                                 "x 3 4609434218613702656", "y 4 1"));
}

TEST(ImportChrome, CountersMessagesAndFlows) {
  const Imported sound =
      imported("[" + event(R"("ph":"C","name":"mem","ts":1,"args":{"used":5,"free":2.5})") + "," +
               event(R"("ph":"C","name":"fps","ts":2,"args":{"value":60})") + "," +
               event(R"("ph":"C","name":"heap","ts":2,"args":{"bytes":7})") + "," +
               event(R"("ph":"i","name":"hello","ts":3,"s":"t")") + "," +
               event(R"("ph":"b","cat":"c","name":"load","id":"0x7","ts":4)") + "," +
               event(R"("ph":"e","cat":"c","name":"load","id":"0x7","ts":9)") + "," +
               event(R"("ph":"s","name":"go","id":3,"ts":5)") + "," +
               event(R"("ph":"f","bp":"e","name":"go","id":3,"ts":6)") + "]");
  ASSERT_TRUE(sound.profile) << sound.error.message;
  const auto& all = sound.profile->instrumentation();
  Lines plots;
  for (const auto& plot : all.plots) {
    const auto& site = all.sites[raw(plot.site)];
    plots.push_back(sound.name(plot.site) + " " + std::to_string(plot.value).substr(0, 4) +
                    std::string(sound.profile->string(site.unit)));
  }
  EXPECT_THAT(plots, ElementsAre("mem.used 5.00", "mem.free 2.50", "fps 60.0", "heap 7.00bytes"));
  ASSERT_EQ(all.messages.size(), 1u);
  EXPECT_EQ(sound.name(all.messages[0].site), "hello");
  ASSERT_EQ(all.flows.size(), 4u);
  EXPECT_EQ(all.flows[0].id, 7u);
}

TEST(ImportChrome, SpansThatCrossStandAside) {
  const Imported got = imported("[" + event(R"("ph":"X","name":"a","ts":0,"dur":10)") + "," +
                                event(R"("ph":"X","name":"b","ts":5,"dur":10)") + "]");
  ASSERT_TRUE(got.profile);
  EXPECT_THAT(got.spans(), ElementsAre("2: a 0+10000 @0", "2: b 5000+10000 loose"));
  EXPECT_EQ(got.left.at("import.not_nested"), 1u);
}

TEST(ImportChrome, AnEndIsThatOfItsName) {
  const Imported got = imported(
      "[" + event(R"("ph":"B","name":"a","ts":0)") + "," + event(R"("ph":"B","name":"b","ts":5)") +
      "," + event(R"("ph":"B","name":"c","ts":6)") + "," +
      event(R"("ph":"E","name":"other","ts":7)") + "," + event(R"("ph":"E","name":"a","ts":10)") +
      "," + event(R"("ph":"E","ts":12)") + "]");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.spans(),
              UnorderedElementsAre("2: c 6000+1000 @1", "2: a 0+10000 @0", "2: b 5000+7000 loose"));
  EXPECT_THAT(got.left, UnorderedElementsAre(Pair("import.end_of_another_name", 1u),
                                             Pair("import.not_nested", 1u)));
}

TEST(ImportChrome, WhatIsNotPairedIsSaid) {
  const Imported got = imported("[" + event(R"("ph":"E","name":"a","ts":5)") + "," +
                                event(R"("ph":"B","name":"b","ts":6)") + "," +
                                event(R"("ph":"i","name":"end","ts":9)") + "," +
                                event(R"("ph":"v","name":"memory","ts":9)") + "," +
                                event(R"("ph":"X","name":"c","ts":-9,"dur":1)") + "]");
  ASSERT_TRUE(got.profile);
  EXPECT_THAT(got.spans(), ElementsAre("2: b 6000+3000 open"));
  EXPECT_EQ(got.left.at("import.end_without_begin"), 1u);
  EXPECT_EQ(got.left.at("import.never_ended"), 1u);
  EXPECT_EQ(got.left.at("import.kind_v"), 1u);
  EXPECT_EQ(got.left.at("import.time_out_of_range"), 1u);
}

TEST(ImportChrome, AnEndThatIsMissing) {
  const std::string one = event(R"("ph":"X","name":"a","ts":1,"dur":2)");
  for (const std::string& text : {"[" + one, "[\n" + one + ",\n", "[" + one + ",]",
                                  "{\"traceEvents\":[" + one + "]", "[" + one + ",null]"}) {
    const Imported got = imported(text);
    ASSERT_TRUE(got.profile) << text << got.error.message;
    EXPECT_THAT(got.spans(), ElementsAre("2: a 1000+2000 @0")) << text;
    EXPECT_THAT(got.left, IsEmpty()) << text;
  }
  const Imported cut = imported("[" + one + "," + one.substr(0, 20));
  ASSERT_TRUE(cut.profile);
  EXPECT_EQ(cut.left.at("import.cut_short"), 1u);
}

TEST(ImportChrome, NonsenseIsRefusedWithItsPlace) {
  const std::string one = event(R"("ph":"X","name":"a","ts":1,"dur":2)");
  const Imported got = imported("[" + one + ",{\"ph\" \"X\"}]");
  ASSERT_FALSE(got.profile);
  EXPECT_EQ(got.error.code, Code::Corrupt);
  EXPECT_EQ(got.error.offset, one.size() + 8);
  EXPECT_THAT(got.error.message, HasSubstr("behind 1 events"));
  EXPECT_EQ(imported("hello, world").error.code, Code::Unsupported);
  EXPECT_EQ(imported("").error.code, Code::NotFound);
}

TEST(ImportChrome, SamplesOfACpuProfile) {
  const Imported got = imported(
      "[" +
      event(R"("ph":"P","name":"Profile","id":"0x1","ts":100,"args":{"data":{"startTime":100}})") +
      "," +
      event(R"("ph":"P","name":"ProfileChunk","id":"0x1","ts":900,"args":{"data":{"cpuProfile":)"
            R"j({"nodes":[{"id":1,"callFrame":{"functionName":"(root)"}},)j"
            R"({"id":2,"parent":1,"callFrame":{"functionName":"main","url":"app","lineNumber":6}},)"
            R"({"id":3,"parent":2,"callFrame":{"functionName":"","url":"app"}},)"
            R"j({"id":4,"parent":1,"callFrame":{"functionName":"(idle)"}}],)j"
            R"("samples":[2,3,4,3]},"timeDeltas":[0,1000,1000,1000]}})") +
      "]");
  ASSERT_TRUE(got.profile) << got.error.message;
  const auto& samples = got.profile->samples();
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples.time[0], TimeNs{100'000});
  EXPECT_EQ(samples.time[2], TimeNs{3'100'000});
  // Until the next, also where that one is idle; the last as long as usual.
  EXPECT_EQ(samples.weight_ns[0], 1'000'000);
  EXPECT_EQ(samples.weight_ns[1], 1'000'000);
  EXPECT_EQ(samples.weight_ns[2], 1'000'000);
  EXPECT_EQ(got.profile->meta("sampler.name"), "V8");
}

TEST(ImportChrome, VeryManyProfilesAreFoundAndBounded) {
  constexpr int kProfiles = 70'000;
  std::string text = "[";
  for (int i = 0; i < kProfiles; ++i) {
    const std::string id = std::to_string(i);
    text +=
        (i > 0 ? "," : "") +
        event(R"("ph":"P","name":"Profile","ts":1,"args":{"data":{"startTime":1}},"id":")" + id +
              R"(")") +
        "," +
        event(R"("ph":"P","name":"ProfileChunk","ts":1,"args":{"data":{}},"id":")" + id + R"(")");
  }
  const Imported got = imported(text + "]");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.too_many_profiles"), 70'000u - 65'536);
  EXPECT_EQ(got.left.at("import.profile_without_begin"), 70'000u - 65'536);
}

TEST(ImportChrome, SamplesThatHoneWroteKeepWhatTheyStandFor) {
  const Imported got = imported(
      "[" +
      event(R"("ph":"P","name":"Profile","id":"0x1","ts":100,"args":{"data":{"startTime":100,)"
            R"("weight_ns":250}})") +
      "," +
      event(R"("ph":"P","name":"ProfileChunk","id":"0x1","ts":900,"args":{"data":{"cpuProfile":)"
            R"j({"nodes":[{"id":1,"callFrame":{"functionName":"(root)"}},)j"
            R"({"id":2,"parent":1,"callFrame":{"functionName":"main","url":"app"}}],)"
            R"("samples":[2,2]},"weights_ns":[250,333],"timeDeltas":[0,1000]}})") +
      "," +
      event(R"("ph":"P","name":"ProfileChunk","id":"0x1","ts":900,"args":{"data":{"cpuProfile":)"
            R"({"nodes":[],"samples":[2]},"timeDeltas":[4600000000000000000]}})") +
      "," +
      event(R"("ph":"P","name":"ProfileChunk","id":"0x1","ts":900,"args":{"data":{"cpuProfile":)"
            R"({"nodes":[],"samples":[2]},"timeDeltas":[4600000000000000000]}})") +
      "," +
      event(R"("ph":"P","name":"ProfileChunk","id":"0x1","ts":900,"args":{"data":{"cpuProfile":)"
            R"({"nodes":[],"samples":[2]},"timeDeltas":[4600000000000000000]}})") +
      "]");
  ASSERT_TRUE(got.profile) << got.error.message;
  const auto& samples = got.profile->samples();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples.weight_ns[0], 250);
  EXPECT_EQ(samples.weight_ns[1], 333);
  EXPECT_EQ(got.left.at("import.time_out_of_range"), 3u);
}

}  // namespace
}  // namespace hone::exchange
