#include <gtest/gtest.h>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

using Lines = std::vector<std::string>;

// "name self/total" a row, in ms.
Lines rows(const Json& answer) {
  Lines lines;
  for (const Json& row : answer["rows"]) {
    lines.push_back(row["name"].get<std::string>() + " " +
                    std::to_string(row["self"].get<int64_t>() / 1'000'000) + "/" +
                    std::to_string(row["total"].get<int64_t>() / 1'000'000));
  }
  return lines;
}

const std::string kText = R"(
  main;parse;[inlined]next 5
  main;parse 2 thread=io
  main;/usr/lib/libc.so.6!read;[kernel]copy 3
  main;sort 1
)";

TEST(FunctionsEndpoint, SortsFiltersAndPages) {
  const Asking asking({{"run", kText}});
  EXPECT_EQ(rows(asking.json("functions")),
            (Lines{"next 5/5", "copy 3/3", "parse 2/7", "sort 1/1", "main 0/11", "read 0/3"}));
  EXPECT_EQ(rows(asking.json("functions?sort=total&limit=2&offset=1")),
            (Lines{"parse 2/7", "next 5/5"}));
  EXPECT_EQ(rows(asking.json("functions?sort=name")),
            (Lines{"copy 3/3", "main 0/11", "next 5/5", "parse 2/7", "read 0/3", "sort 1/1"}));
  EXPECT_EQ(rows(asking.json("functions?sort=name&order=desc&limit=1")), (Lines{"sort 1/1"}));
  EXPECT_EQ(rows(asking.json("functions?filter=R%65A")), (Lines{"read 0/3"}));
  EXPECT_EQ(rows(asking.json("functions?filter=/^(ne|s)/")), (Lines{"next 5/5", "sort 1/1"}));
  EXPECT_EQ(rows(asking.json("functions?filter=libc")), (Lines{"read 0/3"}));
  EXPECT_EQ(rows(asking.json("functions?kind=system")), (Lines{"copy 3/3", "read 0/3"}));
  EXPECT_EQ(rows(asking.json("functions?kind=inlined")), (Lines{"next 5/5"}));
  EXPECT_EQ(rows(asking.json("functions?thread=io")), (Lines{"parse 2/2", "main 0/2"}));
  EXPECT_EQ(rows(asking.json("functions?by=thread")), (Lines{"main 9/9", "io 2/2"}));
  EXPECT_EQ(rows(asking.json("functions?kernel=0&filter=/^read$/")), (Lines{"read 3/3"}));
  const Json past = asking.json("functions?offset=100");
  EXPECT_EQ(past["rows"].size(), 0u);
  EXPECT_EQ(past["rows_total"], 6);
  EXPECT_EQ(past["total"], 11'000'000);
  EXPECT_EQ(past["samples"], 11);
  EXPECT_TRUE(past["total_b"].is_null());
}

const std::string kWaiting = R"(
  main;parse 5
  main;read 3
  main;idle 4
  @wait main;read;[kernel]vfs_read start=0 ns=20000000
  @wait main;parse;read;[kernel]vfs_read start=30000000 ns=7000000
)";

// "name self/total" of one column, in ms; "-" where it was not recorded.
Lines column(const Json& answer, const std::string& id, bool of_b = false) {
  Lines lines;
  for (const Json& row : answer["rows"]) {
    const Json& of = of_b ? row["b"]["counters"][id] : row["counters"][id];
    const auto ms = [&](const char* of_what) {
      return std::to_string(of[of_what].get<int64_t>() / 1'000'000);
    };
    lines.push_back(row["name"].get<std::string>() + " " +
                    (of.is_null() ? "-" : ms("self") + "/" + ms("total")));
  }
  return lines;
}

TEST(FunctionsEndpoint, FurtherWeightsAsColumns) {
  const Asking asking({{"run", kWaiting}, {"idle", "main;parse 5"}});
  const Json answer = asking.json("functions?columns=off-cpu,lock-wait,off-cpu&sort=total.off-cpu");
  ASSERT_EQ(answer["columns"].size(), 2u) << answer.dump(1);
  EXPECT_EQ(answer["columns"][0]["id"], "off-cpu");
  EXPECT_EQ(answer["columns"][0]["total"], 27'000'000);
  // Rows are those that ran: the kernel's vfs_read only waited.
  EXPECT_EQ(column(answer, "off-cpu"), (Lines{"main 0/27", "read 0/27", "parse 0/7", "idle 0/0"}));
  EXPECT_EQ(rows(asking.json("functions?columns=off-cpu&sort=total.off-cpu&order=asc&limit=1")),
            (Lines{"idle 4/4"}));
  // By self: all are 0, and go by their names.
  EXPECT_EQ(rows(asking.json("functions?columns=off-cpu&sort=self.off-cpu&limit=1")),
            (Lines{"idle 4/4"}));
  // The other way round: of what waits, CPU time.
  EXPECT_EQ(column(asking.json("functions?weight=off-cpu&columns=cpu&sort=name"), "cpu"),
            (Lines{"main 0/12", "parse 5/5", "read 3/3", "vfs_read 0/0"}));
  EXPECT_EQ(column(asking.json("functions?by=module&columns=off-cpu&sort=name"), "off-cpu")[0],
            "/usr/bin/app 0/27");
}

TEST(FunctionsEndpoint, ColumnsThatThereAreNot) {
  const Asking asking({{"run", kWaiting}, {"idle", "main;parse 5"}});
  EXPECT_EQ(asking.error("functions?columns=cpu,nothing"),
            "400 columns: 'nothing' is no weight of stacks");
  EXPECT_EQ(asking.error("functions?columns=spans"), "400 columns: 'spans' is no weight of stacks");
  // What nobody recorded is no column, and what sorts by it falls back.
  const Json none = asking.json("functions?a=idle&columns=off-cpu&sort=self.off-cpu");
  EXPECT_EQ(none["columns"].size(), 0u);
  EXPECT_EQ(none["rows"][0]["name"], "parse");
  EXPECT_FALSE(none["rows"][0].contains("counters"));
  EXPECT_EQ(asking.json("functions?by=thread&columns=off-cpu")["columns"].size(), 0u);
  // Not recorded is not 0.
  const Json two =
      asking.json("functions?a=run&b=idle&columns=off-cpu&sort=total.off-cpu&order=asc");
  EXPECT_TRUE(two["columns"][0]["total_b"].is_null());
  EXPECT_EQ(two["columns"][0]["total"], 27'000'000);
  // Sorted by the difference: what B saves most first.
  EXPECT_EQ(column(two, "off-cpu"), (Lines{"main 0/27", "read 0/27", "parse 0/7", "idle 0/0"}));
  EXPECT_EQ(two["rows"][2]["b"]["counters"]["off-cpu"], nullptr);
}

TEST(FunctionsEndpoint, ComparesAndFindsAPlantedRegression) {
  const Asking asking({{"before", "main;parse 1000\nmain;draw 3000\nmain;gone 50"},
                       {"after", "main;parse 1600\nmain;draw 3000\nmain;come 50"}});
  const Json answer = asking.json("functions?a=before&b=after&sort=delta");
  ASSERT_EQ(answer["rows"].size(), 5u);
  const Json& first = answer["rows"][0];
  EXPECT_EQ(first["name"], "parse");
  EXPECT_EQ(first["verdict"], "regressed");
  EXPECT_NEAR(first["delta_self"].get<double>(), 1600.0 / 4650 - 1000.0 / 4050, 1e-9);
  EXPECT_EQ(first["b"]["self"], 1'600'000'000);
  EXPECT_LT(first["self_low"].get<double>(), 1000.0 / 4050);
  std::map<std::string, std::string> verdicts;
  for (const Json& row : answer["rows"]) verdicts[row["name"]] = row["verdict"];
  EXPECT_EQ(verdicts["gone"], "only in a");
  EXPECT_EQ(verdicts["come"], "only in b");
  EXPECT_EQ(verdicts["draw"], "improved");  // as a share
  const Json by_total = asking.json("functions?a=before&b=after&per=total&filter=draw");
  EXPECT_NE(by_total["rows"][0]["verdict"], "improved");
  EXPECT_EQ(by_total["rows"][0]["delta_self"], 0.0);
}

TEST(FunctionsEndpoint, SelectsThreadsOfTheOtherRecordingByName) {
  const Asking asking({{"a", "main;x 1\nmain;y 2 thread=io\nmain;z 4 thread=late"},
                       {"b", "main;q 1 thread=new\nmain;y 5 thread=io\nmain;x 3"}});
  // Threads are numbered as they are met: io is 2 of a and 2 of b, late is 3 of a, io only by name.
  const Json answer = asking.json("functions?a=a&b=b&threads=2&sort=name");
  ASSERT_EQ(answer["rows"].size(), 2u) << answer.dump(1);
  EXPECT_EQ(answer["rows"][1]["name"], "y");
  EXPECT_EQ(answer["rows"][1]["self"], 2'000'000);
  EXPECT_EQ(answer["rows"][1]["b"]["self"], 5'000'000);
  EXPECT_EQ(asking.error("functions?threads=x"), "400 threads: 'x' is no whole number");
}

TEST(FunctionsEndpoint, WeightsSayWhatIsThereAndWhatWouldRecordTheRest) {
  const Asking asking({{"run", kText}, {"empty", "@process app"}});
  const Json weights = asking.json("weights")["weights"];
  std::map<std::string, Json> by_id;
  for (const Json& weight : weights) by_id[weight["id"]] = weight;
  EXPECT_EQ(by_id.size(), 18u);
  EXPECT_EQ(by_id["cpu"]["total"], 11'000'000);
  EXPECT_EQ(by_id["samples"]["total"], 11);
  EXPECT_TRUE(by_id["cpu"]["absent"].is_null());
  EXPECT_TRUE(by_id["off-cpu"]["total"].is_null());
  EXPECT_EQ(by_id["off-cpu"]["absent"]["command"], "hone record -- ./app");
  EXPECT_NE(by_id["live-bytes"]["absent"]["why"], "");
  const Json quick = asking.json("weights?totals=0")["weights"];
  ASSERT_EQ(quick.size(), 18u);
  EXPECT_TRUE(quick[0]["total"].is_null());
  EXPECT_TRUE(quick[0]["absent"].is_null());
  const Json empty = asking.json("weights?a=empty")["weights"][0];
  EXPECT_TRUE(empty["total"].is_null());
  EXPECT_NE(empty["absent"]["why"], "");
  const Json both = asking.json("weights?a=empty&b=run")["weights"][0];
  EXPECT_TRUE(both["total"].is_null());
  EXPECT_EQ(both["total_b"], 11'000'000);
  EXPECT_TRUE(both["absent"].is_null());
  const Json none = asking.json("functions?a=empty");
  EXPECT_EQ(none["rows"].size(), 0u);
  EXPECT_NE(none["absent"]["why"], "");
}

TEST(FunctionEndpoint, CallersAndCallees) {
  const Asking asking({{"a", kText}, {"b", "main;parse;alloc 2"}});
  const std::string key = asking.json("functions?filter=/^parse$/")["rows"][0]["key"];
  const Json answer = asking.json("function?a=a&b=b&key=" + key);
  EXPECT_EQ(answer["name"], "parse");
  EXPECT_EQ(answer["total"], 7'000'000);
  EXPECT_EQ(answer["all"], 11'000'000);
  EXPECT_EQ(answer["b"]["total"], 2'000'000);
  ASSERT_EQ(answer["callers"].size(), 1u);
  EXPECT_EQ(answer["callers"][0]["name"], "main");
  EXPECT_EQ(answer["callers"][0]["b"]["total"], 2'000'000);
  ASSERT_EQ(answer["callees"].size(), 2u);
  EXPECT_EQ(answer["callees"][0]["name"], "next");
  EXPECT_TRUE(answer["callees"][0]["b"].is_null());
}

TEST(FunctionsEndpoint, RefusesWhatCannotBe) {
  const Asking asking({{"run", kText}});
  EXPECT_EQ(asking.error("functions?weight=lies").substr(0, 36),
            "400 weight: 'lies' is none of cpu, s");
  EXPECT_EQ(asking.error("functions?by=zodiac").substr(0, 24), "400 by: 'zodiac' is none");
  EXPECT_EQ(asking.error("functions?limit=-1"), "400 limit: -1 is not from 0 to 5000");
  EXPECT_EQ(asking.error("functions?limit=99999999"), "400 limit: 99999999 is not from 0 to 5000");
  EXPECT_EQ(asking.error("functions?offset=1e3"), "400 offset: '1e3' is no whole number");
  EXPECT_EQ(asking.error("functions?t=5-1"), "400 t: it ends before it begins");
  EXPECT_EQ(asking.error("functions?filter=/(/").substr(0, 40),
            "400 the regular expression /(/ cannot be");
  EXPECT_EQ(asking.error("function?key=12").substr(0, 26), "400 key: '12' is no key: 1");
  EXPECT_EQ(asking.error("function?key=zzzzzzzzzzzzzzzz").substr(0, 8), "400 key:");
  EXPECT_EQ(asking.error("function?key=0123456789abcdef"),
            "404 no function has the key 0123456789abcdef");
  EXPECT_EQ(asking.error("functions?a=nobody").substr(0, 4), "404 ");
}

TEST(FunctionsEndpoint, NamesOfAnyLengthAndKind) {
  const std::string name(10'000, 'x');
  const Asking asking({{"run", "main;" + name + " 2\nmain;<b>\"&</b> 1\nmain;\xff\xfe 1"}});
  const Json answer = asking.json("functions");
  EXPECT_EQ(answer["rows"][0]["name"], name);
  EXPECT_EQ(asking.json("functions?filter=<b>")["rows"][0]["name"], "<b>\"&</b>");
  EXPECT_EQ(answer["rows_total"], 4);
}

}  // namespace
}  // namespace hone::serve
