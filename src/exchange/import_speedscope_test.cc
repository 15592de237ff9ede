#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/import_samples_text.h"
#include "exchange/stack_depth.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kFrames =
    R"j("shared":{"frames":[{"name":"main","file":"a.cc","line":3},{"name":"step"},
{"name":"(no stack)"}]})j";

std::string file_of(std::string_view profiles, bool frames_first) {
  const std::string list = "\"profiles\":[" + std::string(profiles) + "]";
  return R"({"$schema":"https://www.speedscope.app/file-format-schema.json",)" +
         (frames_first ? std::string(kFrames) + "," + list : list + "," + std::string(kFrames)) +
         ",\"name\":\"a run\"}";
}

TEST(ImportSpeedscope, SpansAndSamplesWhereverTheFramesStand) {
  const std::string profiles =
      R"({"type":"evented","name":"t","unit":"milliseconds","startValue":0,"endValue":9,"events":[
{"type":"O","frame":0,"at":1},{"type":"O","frame":1,"at":1.5},{"type":"C","frame":1,"at":2},
{"type":"C","frame":1,"at":2},{"type":"O","frame":1,"at":3},{"type":"C","frame":0,"at":4},
{"at":5,"type":"O","frame":7}]},
{"type":"sampled","name":"s","unit":"microseconds","startValue":10,"endValue":14,
"samples":[[0,1],[2],[0,9]],"weights":[1,2.5,0.5]},
{"type":"sampled","name":"late","samples":[[0]],"weights":[2],"unit":"seconds","startValue":1})";
  for (const bool frames_first : {true, false}) {
    const Imported got = imported(file_of(profiles, frames_first));
    ASSERT_TRUE(got.profile) << got.error.message;
    EXPECT_THAT(got.spans(),
                ElementsAre("t: step 1500000+500000 @1", "t: step 3000000+1000000 @1",
                            "t: main 1000000+3000000 @0", "t: [unknown] 5000000+995000000 open"));
    EXPECT_THAT(samples_text(got),
                ElementsAre("s 10000 1000: main;step", "s 11000 2500: ", "s 13500 500: main",
                            "late 1000000000 2000000000: main"));
    EXPECT_EQ(got.left.at("import.end_without_begin"), 1u);
    EXPECT_EQ(got.left.at("import.end_missing"), 1u);
    EXPECT_EQ(got.left.at("import.no_such_frame"), 1u);
    EXPECT_EQ(got.left.at("import.never_ended"), 1u);
    EXPECT_EQ(got.left.size(), 4u);
  }
}

TEST(ImportSpeedscope, WhatIsNoTimeIsSums) {
  const Imported got = imported(
      file_of(R"({"type":"sampled","name":"s","unit":"bytes","samples":[[0,1],[0]],"weights":[9,5]},
{"type":"evented","name":"t","unit":"none","startValue":1,"events":[{"type":"O","frame":0,"at":2},
{"type":"O","frame":1,"at":5},{"type":"C","frame":1,"at":6},{"type":"C","frame":0,"at":8}]})",
              true));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(costs_text(got),
              ElementsAre("bytes 9/0: main;step", "bytes 5/0: main", "samples 3/3: main",
                          "samples 1/1: main;step", "samples 2/2: main"));
  EXPECT_EQ(got.left.at("speedscope.no_unit"), 1u);
  EXPECT_EQ(got.left.size(), 1u);
}

TEST(ImportSpeedscope, WhatIsMissingIsCounted) {
  for (const auto& [unit, costs] :
       {std::pair<std::string, size_t>{"bytes", 1}, {"nanoseconds", 0}}) {
    const Imported got =
        imported(file_of(R"({"type":"sampled","name":"s","unit":")" + unit +
                             R"(","startValue":0,"samples":[[-1,0,null,"x"],[0],[1]],"weights":[9]},
{"type":"sampled","name":"more","unit":")" +
                             unit + R"(","startValue":0,"samples":[],"weights":[9,8]})",
                         true));
    ASSERT_TRUE(got.profile) << got.error.message;
    EXPECT_THAT(costs_text(got), SizeIs(costs));
    EXPECT_EQ(got.left.at("import.no_such_frame"), 3u);
    EXPECT_EQ(got.left.at("import.no_weight"), 2u);
    EXPECT_EQ(got.left.at("import.no_sample"), 2u);
    EXPECT_EQ(got.left.size(), 3u);
  }
}

TEST(ImportSpeedscope, FramesThatAreTooDeepAreCountedAndEnd) {
  constexpr int kDeep = static_cast<int>(kStackDepthMost) + 4;
  std::string events;
  for (int i = 0; i < 2 * kDeep; ++i) {
    events += std::string(i > 0 ? "," : "") + R"({"type":")" + (i < kDeep ? "O" : "C") +
              R"(","frame":0,"at":0})";
  }
  const Imported got = imported(
      file_of(R"({"type":"evented","name":"t","unit":"bytes","events":[)" + events + "]}", true));
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(got.left.at("import.stack_too_deep"), 4u);
  EXPECT_EQ(got.left.size(), 1u);
}

TEST(ImportSpeedscope, NonsenseIsRefusedWithItsByte) {
  const Imported got = imported(file_of("{\"unit\":}", true));
  ASSERT_FALSE(got.profile);
  EXPECT_EQ(got.error.code, Code::Corrupt);
  EXPECT_THAT(got.error.message, testing::HasSubstr("a value was expected at byte"));
}

}  // namespace
}  // namespace hone::exchange
