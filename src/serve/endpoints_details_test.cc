#include <gtest/gtest.h>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

std::string text(int wait_ms) {
  return "@meta run.start_ns 1000000000\n@meta run.wall_ns 2000000000\n"
         "@meta waits.tier looks at /proc\n@meta waits.wakers yes\n"
         "@track memory.resident scope=4 kind=1 unit=2 values=1000000000:5,1500000000:7\n"
         "@wait main;serve;[kernel]futex_do_wait start=1200000000 ns=" +
         std::to_string(wait_ms) + "000000\n" +
         "main;serve 300 time=1000000000\nmain 1 time=2900000000\n";
}

TEST(DetailsEndpoint, GivesThePartsOfTheReport) {
  const Asking asking({{"a", text(40)}, {"b", text(90)}});
  const Json answer = asking.json("details?a=a&b=b");
  const Json& waits = answer["a"]["waits"];
  ASSERT_TRUE(waits["recorded"].get<bool>()) << waits.dump(1);
  ASSERT_EQ(waits["sites"].size(), 1u) << waits.dump(1);
  EXPECT_EQ(waits["sites"][0]["function"], "serve");
  EXPECT_EQ(waits["sites"][0]["ns"], 40'000'000);
  EXPECT_EQ(answer["b"]["waits"]["sites"][0]["ns"], 90'000'000);
  EXPECT_EQ(waits["kind_texts"]["futex"], "lock (futex)");
  EXPECT_EQ(answer["a"]["start_ns"], 1'000'000'000);
  // The link of a row leads to that function, and a thread is selected by its number.
  const std::string key = waits["sites"][0]["key"];
  EXPECT_EQ(asking.json("function?a=a&weight=cpu&key=" + key)["name"], "serve");
  const std::string thread = std::to_string(waits["threads"][0]["id"].get<uint32_t>());
  EXPECT_EQ(asking.json("details?a=a&threads=" + thread)["a"]["waits"]["sites"].size(), 1u);
  EXPECT_EQ(asking.json("details?a=a&t=0-100000000")["a"]["waits"]["sites"].size(), 0u);
  const Json& tracks = answer["a"]["counters"]["tracks"];
  ASSERT_EQ(tracks.size(), 1u);
  EXPECT_EQ(tracks[0]["most"], 7);
  EXPECT_FALSE(tracks[0]["points"].empty());
  EXPECT_FALSE(answer["a"].contains("quality"));
  EXPECT_TRUE(asking.json("details?a=a")["b"].is_null());
}

TEST(DetailsEndpoint, SaysWhyAPartIsAbsent) {
  const Asking asking({{"a", "main;work 3"}});
  const Json side = asking.json("details?a=a")["a"];
  for (const char* part : {"waits", "locks", "pools", "counters", "gpu"}) {
    EXPECT_TRUE(side[part]["absent"]["why"].is_string()) << part << side[part].dump(1);
    EXPECT_TRUE(side[part]["absent"]["command"].is_string()) << part;
  }
}

TEST(DetailsEndpoint, LinksNoNameThatSeveralFunctionsHave) {
  std::string run = text(40);
  run += "liba.so!serve 1\nlibb.so!serve 1\n";
  const Asking asking({{"a", run}});
  EXPECT_TRUE(asking.json("details?a=a")["a"]["waits"]["sites"][0]["key"].is_null());
}

TEST(DetailsEndpoint, EndsLongTablesAndSaysSo) {
  std::string run = "@meta run.start_ns 0\n@meta run.wall_ns 9000000000\n";
  for (int i = 0; i < 1003; ++i) {
    run += "@track t" + std::to_string(i) + " scope=4 kind=1 unit=1 values=1000:1,2000:2\n";
  }
  const Asking asking({{"a", run + "main 1 time=100\n"}});
  const Json counters = asking.json("details?a=a")["a"]["counters"];
  EXPECT_EQ(counters["tracks"].size(), 1000u);
  EXPECT_EQ(counters["tracks_hidden"], 3);
}

TEST(DetailsEndpoint, PlotsByNameWithinWhatIsSelected) {
  const Asking asking({{"run",
                        "@plot bodies time=1000 value=4\n@plot bodies time=2000 value=10\n"
                        "@plot bodies time=3000 value=1\nmain 1 time=1000\n"
                        "@meta run.start_ns 1000\n@meta run.wall_ns 2000\n"},
                       {"bare", "main 1"}});
  const Json plots = asking.json("details?a=run")["a"]["plots"];
  ASSERT_EQ(plots["plots"].size(), 1u) << plots.dump(1);
  const Json& bodies = plots["plots"][0];
  EXPECT_EQ(bodies["name"], "bodies");
  EXPECT_EQ(bodies["count"], 3);
  EXPECT_EQ(bodies["least"], 1);
  EXPECT_EQ(bodies["mean"], 5);
  EXPECT_EQ(bodies["most"], 10);
  EXPECT_EQ(bodies["last"], 1);
  const Json some = asking.json("details?a=run&t=0-1500")["a"]["plots"]["plots"][0];
  EXPECT_EQ(some["count"], 2);
  EXPECT_EQ(some["last"], 10);
  const Json none = asking.json("details?a=bare")["a"]["plots"];
  EXPECT_TRUE(none["plots"].empty());
  EXPECT_EQ(none["absent"]["command"], "HONE_PLOT(\"bodies\", count);");
}

}  // namespace
}  // namespace hone::serve
