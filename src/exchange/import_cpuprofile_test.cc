#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/import_samples_text.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kProfile =
    R"j({"samples":[2,3,4,3,9],"timeDeltas":[0,1000,500,-100,7],"nodes":[
{"id":3,"callFrame":{"functionName":"","url":"file:///a.js","lineNumber":6},"hitCount":2},
{"id":1,"callFrame":{"functionName":"(root)","lineNumber":-1},"hitCount":0,"children":[2,4]},
{"id":2,"callFrame":{"functionName":"main","url":"file:///a.js","lineNumber":0},"children":[3]},
{"id":4,"callFrame":{"functionName":"(idle)"},"hitCount":1}],"startTime":100,"endTime":2000})j";

TEST(ImportCpuprofile, SamplesStandForTheTimeUntilTheNext) {
  const Imported got = imported(std::string(kProfile));
  ASSERT_TRUE(got.profile) << got.error.message;
  // In the order of their times; the one of a node that is not there ends none.
  EXPECT_THAT(samples_text(got),
              ElementsAre("V8 100000 1000000: main", "V8 1100000 400000: main;(anonymous)",
                          "V8 1500000 100000: main;(anonymous)"));
  EXPECT_EQ(got.left.at("import.sample_without_node"), 1u);
  EXPECT_EQ(got.left.size(), 1u);
  EXPECT_EQ(got.profile->meta("sampler.name"), "V8");
}

// As V8 has it, so that times are taken as they go by.
TEST(ImportCpuprofile, TheOrderOfMembersMakesNoDifference) {
  const std::string nodes =
      R"j("nodes":[{"id":1,"callFrame":{"functionName":"(root)"},"children":[2,4],"hitCount":0},)j"
      R"j({"id":2,"callFrame":{"functionName":"main"}},)j"
      R"j({"id":4,"callFrame":{"functionName":"(idle)"}}])j";
  const std::string times = R"("startTime":100,"endTime":9000)",
                    samples = R"("samples":[2,4,2,9,2])";
  const std::string deltas = R"("timeDeltas":[0,1000,500,1,-400])";
  const Imported first = imported("{" + nodes + "," + times + "," + samples + "," + deltas + "}");
  const Imported last = imported("{" + deltas + "," + samples + "," + nodes + "," + times + "}");
  ASSERT_TRUE(first.profile) << first.error.message;
  ASSERT_TRUE(last.profile) << last.error.message;
  EXPECT_THAT(samples_text(first), ElementsAre("V8 100000 1000000: main", "V8 1201000 399000: main",
                                               "V8 1600000 7400000: main"));
  EXPECT_EQ(samples_text(last), samples_text(first));
  EXPECT_EQ(last.left, first.left);
  // Fewer times than samples.
  const Imported few =
      imported("{" + nodes + "," + times + "," + samples + R"(,"timeDeltas":[0]})");
  ASSERT_TRUE(few.profile) << few.error.message;
  EXPECT_EQ(few.left.at("import.sample_without_time"), 4u);
}

TEST(ImportCpuprofile, SamplesThatComeFarTooLateAreCounted) {
  std::string samples = "1", deltas = "0";
  for (int i = 0; i < 3000; ++i) {
    samples += ",1";
    deltas += ",1000";
  }
  const std::string nodes = R"("nodes":[{"id":1,"callFrame":{"functionName":"f"},"hitCount":1}])";
  const Imported got = imported("{" + nodes + R"(,"startTime":5,"samples":[)" + samples +
                                R"(,1],"timeDeltas":[)" + deltas + ",-2999000]}");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.profile->samples().size(), 3001u);
  EXPECT_EQ(got.left.at("import.sample_too_late"), 1u);
  // Without the end of the profile the last is as long as the one before.
  EXPECT_EQ(got.profile->samples().weight_ns[3000], 1'000'000);
}

TEST(ImportCpuprofile, OldOnesAreObjectsInsideEachOther) {
  const std::string head =
      R"j({"typeId":"CPU","head":{"functionName":"(root)","url":"","lineNumber":0,"hitCount":0,
"children":[{"functionName":"a","url":"x.js","lineNumber":7,"hitCount":3,"children":[
{"functionName":"b","url":"x.js","lineNumber":9,"hitCount":5,"children":[],"id":3}],"id":2},
{"functionName":"(program)","url":"","lineNumber":0,"hitCount":1,"children":[],"id":4}],"id":1},)j";
  const Imported timed = imported(
      head + R"("startTime":2,"endTime":2.000004,"samples":[3,4],"timestamps":[2000000,2000001]})");
  ASSERT_TRUE(timed.profile) << timed.error.message;
  EXPECT_THAT(samples_text(timed),
              ElementsAre("V8 2000000000 1000: a;b", "V8 2000001000 3000: (program)"));
  EXPECT_EQ(timed.profile->lines().line[timed.profile->frames().first_line[2]], 7u);
  EXPECT_THAT(timed.left, IsEmpty());
  const Imported even = imported(head + R"("startTime":2,"endTime":2.000004,"samples":[3,4]})");
  ASSERT_TRUE(even.profile) << even.error.message;
  EXPECT_THAT(samples_text(even),
              ElementsAre("V8 2000000000 2000: a;b", "V8 2000002000 2000: (program)"));
  EXPECT_EQ(even.left.at("import.even_times"), 2u);
  const Imported summed = imported(head + R"("startTime":2})");
  ASSERT_TRUE(summed.profile) << summed.error.message;
  EXPECT_THAT(costs_text(summed),
              ElementsAre("samples 3/3: a", "samples 5/5: a;b", "samples 1/1: (program)"));
}

TEST(ImportCpuprofile, EscapesAreUndoneOnce) {
  const std::string name = R"("functionName":"f\\new","url":"C:\\new","lineNumber":1,"hitCount":1)";
  for (const std::string& text :
       {"{\"head\":{" + name + ",\"id\":1,\"children\":[]}}",
        "{\"nodes\":[{\"id\":1,\"callFrame\":{" + name + "},\"hitCount\":1}]}"}) {
    const Imported got = imported(text);
    ASSERT_TRUE(got.profile) << got.error.message;
    EXPECT_THAT(costs_text(got), ElementsAre("samples 1/1: f\\new"));
    EXPECT_EQ(got.profile->string(got.profile->lines().file[got.profile->frames().first_line[1]]),
              "C:\\new");
  }
}

TEST(ImportCpuprofile, CallersInACircleAndCutFiles) {
  const Imported circle = imported(
      R"({"nodes":[{"id":1,"callFrame":{"functionName":"a"},"hitCount":1,"children":[2]},
{"id":2,"callFrame":{"functionName":"b"},"hitCount":1,"children":[1,2]}],"samples":[2],)"
      R"("timeDeltas":[5],"startTime":0,"endTime":9})");
  ASSERT_TRUE(circle.profile) << circle.error.message;
  EXPECT_EQ(circle.left.at("import.bad_caller"), 1u);
  for (size_t bytes = 100; bytes < kProfile.size(); bytes += 7) {
    const Imported cut = imported(std::string(kProfile.substr(0, bytes)), "cpuprofile");
    ASSERT_TRUE(cut.profile || cut.error.code == Code::Corrupt) << cut.error.message;
    if (cut.profile) {
      EXPECT_EQ(cut.left.at("import.cut_short"), 1u) << bytes;
    }
  }
  const Imported broken = imported(R"({"nodes":[{"id":1}],"samples":[1}, 2]})", "cpuprofile");
  ASSERT_FALSE(broken.profile);
  EXPECT_EQ(broken.error.code, Code::Corrupt);
  EXPECT_THAT(broken.error.message, testing::HasSubstr("at byte 32"));
}

}  // namespace
}  // namespace hone::exchange
