#include <gtest/gtest.h>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

using Lines = std::vector<std::string>;

// Lengths in ms around `ms`, so many of them.
std::string lengths(int ms, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += (i == 0 ? "" : ",") + std::to_string(ms * 1'000'000 + i % 7 * 10'000 * ms);
  }
  return out;
}

// Steps of 10 ms with a solve inside, and drawing that takes `draw_ms`.
std::string text(int draw_ms) {
  return "@meta run.start_ns 1000000000\n@meta run.wall_ns 9000000000\n"
         "@span step start=1000000000 every=20000000 ns=" +
         lengths(10, 100) +
         "\n"
         "@span solve start=1001000000 every=20000000 depth=1 ns=" +
         lengths(4, 100) +
         "\n"
         "@span draw start=4000000000 every=20000000 thread=gl ns=" +
         lengths(draw_ms, 100) + "\nmain 1 time=1000000000\n";
}

TEST(SpansEndpoint, StatisticsByName) {
  const Asking asking({{"run", text(2)}});
  const Json answer = asking.json("spans");
  ASSERT_EQ(answer["rows"].size(), 3u) << answer.dump(1);
  const Json& step = answer["rows"][0];
  EXPECT_EQ(step["name"], "step");
  EXPECT_EQ(step["count"], 100);
  EXPECT_EQ(step["min"], 10'000'000);
  EXPECT_EQ(step["max"], 10'600'000);
  EXPECT_LE(step["p50_low"], step["p50"]);
  EXPECT_GE(step["p50_high"], step["p50"]);
  EXPECT_EQ(step["self"].get<int64_t>(),
            step["total"].get<int64_t>() - answer["rows"][1]["total"].get<int64_t>());
  EXPECT_EQ(answer["rows"][1]["name"], "solve");
  EXPECT_TRUE(step["b"].is_null());
  EXPECT_EQ(step["verdict"], "");
  EXPECT_EQ(asking.json("spans?sort=name&limit=1")["rows"][0]["name"], "draw");
  EXPECT_EQ(asking.json("spans?filter=SOL")["rows_total"], 1);
  EXPECT_EQ(asking.json("spans?thread=gl")["rows_total"], 1);
  EXPECT_EQ(asking.json("spans?threads=2")["rows_total"], 1);
}

TEST(SpansEndpoint, ComparesAndFindsAPlantedRegression) {
  const Asking asking({{"a", text(2)},
                       {"b", text(3) + "@span fresh ns=5\n"},
                       {"few", "@span draw ns=1000,2000\n"}});
  const Json answer = asking.json("spans?a=a&b=b&sort=ratio");
  ASSERT_EQ(answer["rows"].size(), 4u);
  const Json& draw = answer["rows"][0];
  EXPECT_EQ(draw["name"], "draw");
  EXPECT_EQ(draw["verdict"], "regressed");
  EXPECT_NEAR(draw["ratio"].get<double>(), 1.5, 0.01);
  EXPECT_GT(draw["interval"][0].get<double>(), 1.45);
  EXPECT_LT(draw["interval"][1].get<double>(), 1.55);
  std::string verdicts;
  for (const Json& row : answer["rows"]) {
    verdicts += row["name"].get<std::string>() + " " + row["verdict"].get<std::string>() + ", ";
  }
  EXPECT_EQ(verdicts, "draw regressed, solve no change, step no change, fresh only in b, ");
  EXPECT_EQ(answer["rows"][3]["here"], false);
  const Json few = asking.json("spans?a=a&b=few&filter=draw")["rows"][0];
  EXPECT_EQ(few["verdict"], "inconclusive");
  EXPECT_TRUE(few["interval"].is_null());
  EXPECT_EQ(asking.json("spans?a=few&b=a&filter=step")["rows"][0]["verdict"], "only in b");
}

TEST(SpanEndpoint, OneInDetail) {
  const Asking asking({{"a", text(2)}, {"b", text(3)}});
  const Json solve = asking.json("span?name=solve");
  EXPECT_EQ(solve["statistics"]["count"], 100);
  EXPECT_EQ(solve["by_parent"].size(), 1u);
  EXPECT_EQ(solve["by_parent"][0]["name"], "step");
  EXPECT_EQ(solve["by_thread"][0]["thread"]["name"], "main");
  ASSERT_EQ(solve["slowest"].size(), 10u);
  EXPECT_EQ(solve["slowest"][0]["duration"], 4'240'000);
  EXPECT_EQ(solve["slowest"][0]["start"], 1'000'000 + 6 * 20'000'000);
  EXPECT_EQ(solve["slowest"][0]["track"], "spans:1");
  uint64_t sum = 0;
  for (const Json& count : solve["histogram"]["counts"]) sum += count.get<uint64_t>();
  EXPECT_EQ(sum, 100u);
  EXPECT_EQ(solve["histogram"]["edges_ns"].size(), solve["histogram"]["counts"].size() + 1);
  EXPECT_LE(solve["histogram"]["edges_ns"][0], 4'000'000);
  EXPECT_EQ(solve["over_time"]["edges_ns"].size(), 121u);
  EXPECT_EQ(solve["over_time"]["edges_ns"][120], 9'000'000'000);
  EXPECT_TRUE(solve["over_time"]["p50"][119].is_null());
  EXPECT_EQ(solve["waits"]["recorded"], false);
  // A drag on the histogram.
  const Json long_ones = asking.json("span?name=solve&low=4200000");
  EXPECT_EQ(long_ones["statistics"]["count"], 28);
  sum = 0;
  for (const Json& count : long_ones["histogram"]["counts"]) sum += count.get<uint64_t>();
  EXPECT_EQ(sum, 100u);
  const Json draw = asking.json("span?name=draw&a=a&b=b");
  EXPECT_EQ(draw["verdict"], "regressed");
  EXPECT_EQ(draw["b"]["count"], 100);
  int64_t total_b = 0;
  for (const Json& total : draw["histogram"]["total_ns_b"]) total_b += total.get<int64_t>();
  EXPECT_EQ(total_b, draw["b"]["total"].get<int64_t>());
  EXPECT_EQ(draw["histogram"]["counts_b"].size(), draw["histogram"]["counts"].size());
}

TEST(SpanEndpoint, OneSpanAndNone) {
  const Asking asking({{"one", "@span only<b> start=5 ns=7\nmain 1"}, {"none", "main 1"}});
  const Json only = asking.json("span?name=only<b>");
  EXPECT_EQ(only["statistics"]["p50"], 7);
  EXPECT_FALSE(only["statistics"].contains("p50_low"));
  EXPECT_EQ(only["histogram"]["counts"].dump(), "[1]");
  EXPECT_EQ(only["histogram"]["edges_ns"].dump(), "[7,8]");
  EXPECT_EQ(asking.json("spans?a=none")["rows"].size(), 0u);
  EXPECT_NE(asking.json("spans?a=none")["absent"]["why"], "");
  EXPECT_EQ(asking.error("span?a=none&name=x"), "404 no span is named 'x'");
  EXPECT_EQ(asking.error("span"), "400 name: which span?");
  EXPECT_EQ(asking.error("span?name=only<b>&low=5&high=4"), "400 low: it is more than high");
  EXPECT_EQ(asking.error("span?name=x&low=-1").substr(0, 8), "400 low:");
  EXPECT_EQ(asking.error("spans?sort=luck").substr(0, 21), "400 sort: 'luck' is n");
}

TEST(FlameEndpoint, OfSpansAndFunctionsBySpan) {
  const Asking asking({{"run", text(2)}});
  const Json rows = asking.json("functions?weight=spans")["rows"];
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["name"], "step");
  EXPECT_EQ(rows[0]["total_samples"], 100);
  EXPECT_EQ(asking.ask("flame?weight=spans").status, 200);
  EXPECT_EQ(asking.ask("flame?weight=spans&mode=time&thread=1").status, 200);
  EXPECT_EQ(
      asking.json("weights")["weights"][6]["total"].get<int64_t>(),
      rows[0]["total"].get<int64_t>() +
          asking.json("functions?weight=spans&filter=draw")["rows"][0]["total"].get<int64_t>());
  const Json by_span = asking.json("functions?by=span")["rows"];
  ASSERT_EQ(by_span.size(), 1u);
  EXPECT_EQ(by_span[0]["name"], "step");
}

}  // namespace
}  // namespace hone::serve
