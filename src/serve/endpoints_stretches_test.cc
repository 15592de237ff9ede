#include <gtest/gtest.h>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

using Lines = std::vector<std::string>;

// "thread start-end samples", the longest first, of the function of that name.
Lines stretches(const Asking& asking, const std::string& function, const std::string& more = "") {
  const Json table = asking.json("functions?filter=" + function);
  const Json answer =
      asking.json("stretches?key=" + table["rows"][0]["key"].get<std::string>() + more);
  EXPECT_EQ(answer["name"], function);
  Lines out{answer["stretches_total"].dump() + " of " + answer["samples"].dump()};
  for (const Json& run : answer["stretches"]) {
    out.push_back(run["thread"]["name"].get<std::string>() + " " + run["start"].dump() + "-" +
                  run["end"].dump() + " " + run["samples"].dump());
  }
  return out;
}

// Samples stand for 1,000 ns each, but for the last of each thread.
const std::string kText = R"(
  @meta run.start_ns 1000000
  @meta run.wall_ns 100000
  @thread main tid=7
  @thread io tid=8
  main;work 1 time=1001000 weight=1000
  main;work;[inlined]step 1 time=1002000 weight=1000
  main;rest 1 time=1003000 weight=1000
  main;work 1 time=1004000 weight=1000
  main;work 1 time=1009000 weight=1000
  work 1 time=1051000 weight=1000 thread=io
  work 1 time=1052500 weight=1000 thread=io
  work 1 time=1053000 weight=2000 thread=io
)";

TEST(StretchesEndpoint, RunsOfSamplesTheLongestFirst) {
  const Asking asking({{"run", kText}});
  // What lies between two samples that are 5,000 ns apart nobody saw.
  EXPECT_EQ(stretches(asking, "work"), (Lines{"4 of 7", "io 50000-53000 3", "main 0-2000 2",
                                              "main 3000-4000 1", "main 8000-9000 1"}));
  EXPECT_EQ(stretches(asking, "step"), (Lines{"1 of 1", "main 1000-2000 1"}));
  EXPECT_EQ(stretches(asking, "rest"), (Lines{"1 of 1", "main 2000-3000 1"}));
}

TEST(StretchesEndpoint, OfWhatIsSelected) {
  const Asking asking({{"run", kText}});
  EXPECT_EQ(stretches(asking, "work", "&threads=1&t=0-4000"),
            (Lines{"2 of 3", "main 0-2000 2", "main 3000-4000 1"}));
  EXPECT_EQ(stretches(asking, "work", "&thread=nobody"), (Lines{"0 of 0"}));
}

TEST(StretchesEndpoint, LeadsToItsFirstSample) {
  const Asking asking({{"run", kText}});
  const Json table = asking.json("functions?filter=work");
  const Json run = asking.json("stretches?key=" + table["rows"][0]["key"].get<std::string>());
  const Json event = asking.json("event?track=" + run["stretches"][0]["track"].get<std::string>() +
                                 "&event=" + run["stretches"][0]["event"].dump());
  EXPECT_EQ(event["name"], "work");
  EXPECT_EQ(event["start"], 51'000);
}

TEST(StretchesEndpoint, RefusesKeysOfNothing) {
  const Asking asking({{"run", kText}, {"none", ""}});
  EXPECT_EQ(asking.error("stretches?key=0123456789abcdef"),
            "404 no function has the key 0123456789abcdef");
  EXPECT_EQ(asking.ask("stretches?key=work").status, 400);
  EXPECT_EQ(asking.ask("stretches").status, 400);
  EXPECT_EQ(asking.ask("stretches?a=none&key=0123456789abcdef").status, 404);
}

// Times and weights that cannot be do not harm.
TEST(StretchesEndpoint, DamagedTimes) {
  const Asking asking({{"run", R"(
    work 1 time=-9223372036854775807 weight=9223372036854775807
    work 1 time=9223372036854775807 weight=9223372036854775807
    work 1 time=5 weight=-9223372036854775807
    work 1 time=6 weight=9223372036854775807
  )"}});
  const Json table = asking.json("functions?filter=work");
  const Json all = asking.json("stretches?key=" + table["rows"][0]["key"].get<std::string>());
  EXPECT_GE(all["cpu_ns"], 0);
  for (const Json& run : all["stretches"]) EXPECT_LE(run["start"], run["end"]);
}

}  // namespace
}  // namespace hone::serve
