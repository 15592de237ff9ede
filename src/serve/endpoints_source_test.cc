#include <gtest/gtest.h>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

const std::string kText = R"(
  @module /usr/bin/app arch=1
  @function work start=0x1000 bytes=8 file=src/work.cc line=3
  @code work 90 90 eb fc 90 90 90 c3
  @code_line work 0 src/work.cc:4
  @code_line work 2 src/work.cc:5
  main@src/main.cc:9;work@src/work.cc:4 6
  main@src/main.cc:9;work@src/work.cc:5;[inlined]get@inc/vec.h:70 3
  main@src/main.cc:10 1
)";

report::SourceFile find(const void* /*files*/, std::string_view file) {
  if (file == "src/work.cc") {
    return {.file = std::string(file), .lines = {"#include", "", "void work() {", "  a();", "}"}};
  }
  if (file == "inc/vec.h") {
    report::SourceFile out{.file = std::string(file)};
    for (int i = 1; i <= 1000; ++i) out.lines.push_back("line " + std::to_string(i));
    out.changed = true;
    return out;
  }
  return {.file = std::string(file), .tried = {"/elsewhere/" + std::string(file)}};
}

std::string key_of(const Asking& asking, const std::string& name, const std::string& of) {
  return asking.json("functions?a=" + of + "&filter=/^" + name + "$/")["rows"][0]["key"];
}

TEST(SourceEndpoint, LinesAndInstructions) {
  Asking asking({{"run", kText}});
  asking.context().find_source = &find;
  const Json answer = asking.json("source?key=" + key_of(asking, "work", "run"));
  EXPECT_EQ(answer["function"], "work");
  EXPECT_EQ(answer["file"], "src/work.cc");
  EXPECT_EQ(answer["total"], 9'000'000);
  EXPECT_EQ(answer["all"], 10'000'000);
  EXPECT_TRUE(answer["b"].is_null());
  ASSERT_EQ(answer["files"].size(), 2u);
  const Json& own = answer["files"][0];
  EXPECT_EQ(own["file"], "src/work.cc");
  EXPECT_EQ(own["found"], true);
  EXPECT_EQ(own["first_line"], 1);
  EXPECT_EQ(own["lines"].size(), 5u);
  EXPECT_EQ(own["cost"].dump(),
            R"([{"line":4,"self":6000000,"total":6000000,"samples":6,"total_samples":6},)"
            R"({"line":5,"self":0,"total":3000000,"samples":0,"total_samples":3}])");
  const Json& other = answer["files"][1];
  EXPECT_EQ(other["file"], "inc/vec.h");
  EXPECT_EQ(other["changed"], true);
  EXPECT_EQ(other["first_line"], 11);
  EXPECT_EQ(other["lines"].size(), 120u);
  EXPECT_EQ(other["lines"][59], "line 70");
  ASSERT_EQ(answer["instructions"].size(), 7u);
  EXPECT_EQ(answer["instructions"][2]["target"], 0);  // eb fc: back to the first
  EXPECT_TRUE(answer["instructions"][0]["target"].is_null());
  EXPECT_EQ(answer["instructions"][2]["line"], 5);
  EXPECT_EQ(answer["instructions"][2]["address"], "0x1002");
  // Frames stand 4 bytes apart: at 0x1000 and 0x1004.
  EXPECT_EQ(answer["instructions"][0]["inline_stack"].size(), 1u);
  EXPECT_TRUE(answer["instructions"][1]["inline_stack"].is_null());
  const Json& steps = answer["instructions"][3]["inline_stack"];
  ASSERT_EQ(steps.size(), 2u) << answer["instructions"].dump(1);
  EXPECT_EQ(steps[0]["name"], "get");
  EXPECT_EQ(steps[0]["file"], "inc/vec.h");
  EXPECT_EQ(steps[0]["line"], 70);
  EXPECT_EQ(steps[1]["name"], "work");
  EXPECT_EQ(steps[1]["line"], 5);
  EXPECT_EQ(steps[1]["key"], key_of(asking, "work", "run"));
}

TEST(SourceEndpoint, ComparesAndSaysWhatWasTried) {
  Asking asking({{"a", kText},
                 {"b",
                  "@function work start=0x2000 bytes=8 file=src/work.cc line=3\n"
                  "main@src/main.cc:9;work@src/work.cc:4 20\n"
                  "main@src/main.cc:9;fresh@src/fresh.cc:7 2"}});
  asking.context().find_source = &find;
  const Json answer = asking.json("source?a=a&b=b&key=" + key_of(asking, "work", "a"));
  EXPECT_EQ(answer["b"]["total"], 20'000'000);
  EXPECT_EQ(answer["files"][0]["cost"][0]["b_self"], 20'000'000);
  EXPECT_EQ(answer["files"][0]["cost"][1]["b_self"], 0);
  const Json fresh = asking.json("source?a=a&b=b&key=" + key_of(asking, "fresh", "b"));
  EXPECT_EQ(fresh["instructions_of"], "b");
  EXPECT_EQ(fresh["total"], 0);
  EXPECT_EQ(fresh["files"][0]["found"], false);
  EXPECT_EQ(fresh["files"][0]["tried"][0], "/elsewhere/src/fresh.cc");
  EXPECT_NE(fresh["no_code_reason"], "");
  EXPECT_EQ(asking.error("source?key=00000000000000aa"),
            "404 no function has the key 00000000000000aa");
  EXPECT_EQ(asking.error("source?weight=spans&key=00000000000000aa").substr(0, 11), "400 weight:");
}

TEST(FilesEndpoint, HotFilesOfBoth) {
  Asking asking({{"a", kText}, {"b", "main@src/main.cc:9;fresh@src/fresh.cc:7 2"}});
  asking.context().find_source = &find;
  const Json answer = asking.json("files?a=a&b=b");
  ASSERT_EQ(answer["files"].size(), 4u) << answer.dump(1);
  EXPECT_EQ(answer["files"][0]["file"], "src/work.cc");
  EXPECT_EQ(answer["files"][0]["self"], 6'000'000);
  EXPECT_EQ(answer["files"][0]["share"], 0.6);
  EXPECT_EQ(answer["files"][0]["found"], true);
  EXPECT_EQ(answer["files"][0]["functions"][0]["name"], "work");
  EXPECT_EQ(answer["files"][1]["file"], "inc/vec.h");
  EXPECT_EQ(answer["files"][3]["file"], "src/fresh.cc");
  EXPECT_EQ(answer["files"][3]["self"], 0);
  EXPECT_EQ(answer["files"][3]["b_self"], 2'000'000);
  EXPECT_EQ(answer["files"][3]["found"], false);
}

TEST(FilesEndpoint, WithoutSourcesAndWithoutSamples) {
  const Asking asking({{"a", kText}, {"empty", "@process app"}});
  EXPECT_TRUE(asking.json("files")["files"][0]["found"].is_null());
  const Json empty = asking.json("files?a=empty");
  EXPECT_EQ(empty["files"].size(), 0u);
  EXPECT_NE(empty["absent"]["why"], "");
  const Json source = asking.json("source?key=" + key_of(asking, "work", "a"));
  EXPECT_EQ(source["source"], false);
  EXPECT_EQ(source["files"][0]["lines"].size(), 0u);
}

}  // namespace
}  // namespace hone::serve
