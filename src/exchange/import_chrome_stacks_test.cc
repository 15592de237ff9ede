#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/import_test_support.h"

namespace hone::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

// "thread: innermost<outer time+weight" of each sample.
std::vector<std::string> samples_of(const Imported& got) {
  std::vector<std::string> out;
  const profile::Profile& all = *got.profile;
  for (size_t i = 0; i < all.samples().size(); ++i) {
    std::string stack;
    for (StackId at = all.samples().stack[i]; at != StackId::kNone;
         at = all.stacks().parent[raw(at)]) {
      const FrameId frame = all.stacks().frame[raw(at)];
      if (!stack.empty()) stack += '<';
      const uint32_t row = all.frames().first_line[raw(frame)];
      const uint32_t line = all.lines().line[row];
      stack += all.string(all.functions()[raw(all.lines().function[row])].name);
      if (line != 0) stack += ":" + std::to_string(line);
    }
    out.push_back(got.thread(all.samples().thread[i]) + ": " + stack + " " +
                  std::to_string(raw(all.samples().time[i])) + "+" +
                  std::to_string(all.samples().weight_ns[i]));
  }
  return out;
}

std::string sample(int ts, const std::string& frame, int tid = 2) {
  return R"({"cpu":"-1","name":"","ts":")" + std::to_string(ts) + R"(","pid":1,"tid":)" +
         std::to_string(tid) + R"(,"weight":"1","sf":)" + frame + "}";
}

constexpr char kFrames[] =
    R"("stackFrames":{"5":{"name":"main","category":"app"},)"
    R"("8":{"name":"leaf","parent":"7"},"7":{"name":"SomeFunction","parent":5}})";

TEST(ImportChromeStacks, SamplesStandForTheUsualTimeBetweenTwo) {
  const std::string samples = R"("samples":[)" + sample(10, "8") + "," + sample(20, "\"5\"") + "," +
                              sample(30, "7") + "," + sample(90, "8") + "]";
  // Whichever of the two comes first.
  for (const std::string& text :
       {"{\"traceEvents\":[]," + samples + "," + kFrames + "}",
        "{" + std::string(kFrames) + "," + samples + ",\"traceEvents\":[]}"}) {
    const Imported got = imported(text);
    ASSERT_TRUE(got.profile) << got.error.message;
    EXPECT_THAT(
        samples_of(got),
        ElementsAre("2: leaf<SomeFunction<main 10000+10000", "2: main 20000+10000",
                    "2: SomeFunction<main 30000+10000", "2: leaf<SomeFunction<main 90000+10000"));
    EXPECT_THAT(got.left, ElementsAre(Pair("import.weight_estimated", 4u)));
  }
}

TEST(ImportChromeStacks, PlacesInNamesOfScripts) {
  const Imported got = imported(
      R"x({"traceEvents":[],"stackFrames":{"1":{"category":"JavaScript",)x"
      R"x("name":"draw(http://host/app.js?x=1:418874:4)"},"2":{"name":"f(int)"}},"samples":[)x" +
      sample(10, "1") + "," + sample(20, "2") + "]}");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(samples_of(got), ElementsAre("2: draw:418874 10000+10000", "2: f(int) 20000+10000"));
}

TEST(ImportChromeStacks, FramesInACircleAndFramesThatNobodyNames) {
  const Imported got =
      imported(R"({"stackFrames":{"1":{"name":"a","parent":2},"2":{"name":"b","parent":1},)"
               R"("3":{"name":"c","parent":3},"4":{"name":"d","parent":77}},"samples":[)" +
               sample(1, "1") + "," + sample(2, "2") + "," + sample(3, "3") + "," + sample(4, "4") +
               "," + sample(5, "99") + R"(,7,{"ts":"x","sf":1},{"ts":6}],"traceEvents":[]})");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(samples_of(got).size(), 6u);
  EXPECT_THAT(got.left, UnorderedElementsAre(Pair("import.weight_estimated", 6u),
                                             Pair("import.stack_in_a_circle", 2u),
                                             Pair("import.stack_not_known", 2u),
                                             Pair("import.not_a_number", 1u)));
}

TEST(ImportChromeStacks, StacksOfSingleEventsAreCounted) {
  const Imported got = imported(R"([{"ph":"i","name":"a","ts":1,"pid":1,"tid":2,"sf":3},)"
                                R"({"ph":"i","name":"b","ts":2,"pid":1,"tid":2,"stack":["x"]}])");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_THAT(got.left, ElementsAre(Pair("import.stacks_of_events", 2u)));
}

TEST(ImportChromeStacks, DeeperThanAnyStackIs) {
  constexpr int kFramesOfFile = 9000;  // beyond kStackDepthMost
  std::string text = R"({"traceEvents":[],"stackFrames":{)";
  for (int i = 0; i < kFramesOfFile; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{"name":"f","parent":)" +
            std::to_string(i + 1) + "}";
  }
  const Imported got = imported(text + R"(},"samples":[)" + sample(1, "0") + "]}");
  ASSERT_TRUE(got.profile) << got.error.message;
  EXPECT_EQ(samples_of(got).size(), 1u);
  EXPECT_EQ(got.left.count("import.stack_too_deep"), 1u);
}

}  // namespace
}  // namespace hone::exchange
