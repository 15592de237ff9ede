#include "serve/api.h"

#include <gtest/gtest.h>

#include <set>

#include "serve/asking_test.h"

namespace hone::serve {
namespace {

const std::string kText = R"(
  @meta sampler.name perf
  main;parse 50
  main;sort 5 thread=io
)";

Response post(Context& context, const std::string& target, const std::string& body) {
  Request request = parse_target("/api/1/" + target);
  request.method = "POST";
  request.body = body;
  return Api(context).answer(request);
}

TEST(Api, NoTwoEndpointsAreTheSame) {
  std::set<std::string> seen;
  for (const Endpoint* endpoint : endpoints()) {
    EXPECT_TRUE(
        seen.insert(std::string(endpoint->method) + " " + std::string(endpoint->path)).second)
        << endpoint->path;
    EXPECT_NE(endpoint->answer, nullptr);
    EXPECT_FALSE(endpoint->summary.empty());
    EXPECT_FALSE(endpoint->returns.empty());
  }
}

// Any endpoint with any value gives an answer or an error that says what is wrong.
TEST(Api, BearsWhateverIsAsked) {
  Asking asking({{"run", kText}});
  const std::string values[] = {
      "",    "x",     "-1",      "99999999999999999999", "%00",    "1-2",
      "2-1", "-5--1", "a&b=run", std::string(5000, 'x'), "%ff%fe", "0,1,,2"};
  for (const Endpoint* endpoint : endpoints()) {
    std::vector<std::string> names = {"a",       "b",      "t",  "threads",
                                      "process", "thread", "in", "kernel"};
    for (const Parameter& parameter : endpoint->parameters) names.emplace_back(parameter.name);
    for (const std::string& name : names) {
      for (const std::string& value : values) {
        Request request =
            parse_target("/api/1/" + std::string(endpoint->path) + "?" + name + "=" + value);
        request.method = std::string(endpoint->method);
        const Response response = Api(asking.context()).answer(request);
        if (response.status == 200) continue;
        ASSERT_GE(response.status, 400) << endpoint->path << " " << name << "=" << value;
        EXPECT_LT(response.status, 500)
            << endpoint->path << " " << name << "=" << value << " " << response.body;
        EXPECT_TRUE(Json::parse(response.body, nullptr, false)["error"].contains("message"));
      }
    }
  }
}

TEST(Api, SaysWhenThereIsNothing) {
  const Asking asking({{"run", kText}});
  EXPECT_EQ(asking.error("nothing"), "404 the API has nothing at GET /api/1/nothing");
  EXPECT_EQ(asking.error("overview?a=none"), "404 there is no recording 'none' here");
}

TEST(Overview, HasNumbersFindingsAndLinks) {
  Asking asking({{"a", kText}, {"b", "main;parse 80\n main;sort 5 thread=io"}});
  const Json answer = asking.json("overview?a=a&b=b");
  EXPECT_EQ(answer["a"]["functions"][0]["name"], "parse");
  EXPECT_EQ(answer["b"]["functions"][0]["self_samples"], 80);
  const Json& finding = answer["a"]["findings"][0];
  EXPECT_EQ(finding["id"], "dominating-function");
  EXPECT_EQ(finding["links"][0]["page"], "source");
  EXPECT_EQ(finding["links"][0]["state"]["key"], answer["a"]["functions"][0]["key"]);
  EXPECT_EQ(asking.json("overview")["b"], nullptr);
}

TEST(Overview, FollowsTheSelection) {
  Asking asking({{"a", kText}});
  const Json threads = asking.json("functions?thread=io");
  EXPECT_EQ(threads["rows"][0]["name"], "sort");
  EXPECT_EQ(asking.json("overview?thread=io")["a"]["functions"][0]["name"], "sort");
}

TEST(Query, GivesRowsOfBothRecordings) {
  Asking asking({{"a", kText}, {"b", "main;other 3"}});
  Context& context = asking.context();
  const Response both = post(context, "query?a=a&b=b",
                             "select (select count(*) from a.samples) as a, "
                             "(select count(*) from b.samples) as b");
  EXPECT_EQ(both.status, 200) << both.body;
  const Json rows = Json::parse(both.body);
  EXPECT_EQ(rows["rows"], Json::array({Json::array({55, 3})}));
  EXPECT_EQ(rows["columns"][1]["name"], "b");

  const Json cut = Json::parse(post(context, "query?limit=2", "select 1 from samples").body);
  EXPECT_EQ(cut["row_count"], 2);
  EXPECT_EQ(cut["cut"], true);
  EXPECT_EQ(post(context, "query?format=csv", "select 1 as x, 'a,b' as y").body,
            "x,y\r\n1,\"a,b\"\r\n");
}

TEST(Query, WritesNothingAndEnds) {
  Asking asking({{"a", kText}});
  Context& context = asking.context();
  const auto code = [&](const std::string& target, const std::string& sql) {
    const Response response = post(context, target, sql);
    return std::to_string(response.status) + " " +
           Json::parse(response.body)["error"]["code"].get<std::string>();
  };
  EXPECT_EQ(code("query", "selec"), "400 E090");
  EXPECT_EQ(code("query", "attach '/tmp/x' as y"), "403 E092");
  EXPECT_EQ(code("query", ""), "400 ");
  EXPECT_EQ(code("query", "select 1; select 2"), "400 ");
  EXPECT_EQ(code("query?timeout_ms=20",
                 "with recursive n(i) as (select 1 union all select i + 1 from n) "
                 "select count(*) from n"),
            "422 E091");
}

TEST(Query, SendsLargeNumbersAsText) {
  Asking asking({{"a", kText}});
  const Response response =
      post(asking.context(), "query", "select 9007199254740993 as x, x'00ff' as y, null as z");
  EXPECT_EQ(Json::parse(response.body)["rows"][0],
            Json::array({"9007199254740993", "x'00ff'", nullptr}));
}

}  // namespace
}  // namespace hone::serve
