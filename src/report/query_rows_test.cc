#include "report/query_rows.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>
#include <string>

#include "profile/stack_text.h"
#include "report/escape.h"

namespace hone::report {
namespace {

class Rows : public testing::Test {
 protected:
  Rows()
      : profile_(profile::profile_of_text("main 1")),
        source_(profile_),
        database_(query::Database::open({{"main", &source_}}).value()) {}

  std::string written(std::string_view sql, RowOptions options) {
    auto statement = database_.prepare(sql);
    EXPECT_TRUE(statement) << sql;
    std::string out;
    const auto put = [&](std::string_view text) -> Result<void> {
      out += text;
      return {};
    };
    auto done = write_rows(*statement, options, put);
    if (!done) return "error: " + done.error().message;
    last_ = *done;
    return out;
  }

  profile::Profile profile_;
  query::Source source_;
  query::Database database_;
  RowsWritten last_;
};

constexpr std::string_view kEach =
    "select 'a,\"b\"' as text, 12 as whole, 0.1 as real, null as none, x'00ff' as bytes "
    "union all select 'é', -3, 1e300, null, x''";

TEST_F(Rows, Table) {
  EXPECT_EQ(written(kEach, {}),
            "text   whole    real  none  bytes\n"
            "a,\"b\"     12     0.1  NULL  x'00ff'\n"
            "é         -3  1e+300  NULL  x''\n");
  EXPECT_EQ(written("select 1 as a where 0", {}), "a\n");
}

TEST_F(Rows, HostileTextIsHarmless) {
  const std::string text =
      written("select char(27) || '[31m' || char(10) || cast(x'ff' as text) as t", {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(written("select char(10) || '\"' as t", {.format = RowFormat::kCsv}),
            "t\r\n\"\n\"\"\"\r\n");
  const auto json = nlohmann::json::parse(
      written("select cast(x'ff00' as text) as \"a\"\"b\"", {.format = RowFormat::kNdjson}));
  EXPECT_TRUE(json.contains("a\"b"));
}

TEST_F(Rows, LongTextsGiveWay) {
  const std::string_view sql =
      "select 'f<' || printf('%.*c', 200, 'x') || '>(int)' as name, 7 as n, printf('%.*c', 90, "
      "'y') as t";
  const auto widest = [](const std::string& text) {
    size_t most = 0;
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at);
      most = std::max(most, display_width(std::string_view(text).substr(at, end - at)));
      at = end + 1;
    }
    return most;
  };
  const std::string fitted = written(sql, {.style = {.width = 80}});
  EXPECT_EQ(widest(fitted), 80u) << fitted;
  EXPECT_NE(fitted.find("f<…>(int)"), std::string::npos) << fitted;
  EXPECT_GT(widest(written(sql, {.style = {.width = 80, .full_names = true}})), 290u);
  EXPECT_GT(widest(written(sql, {.style = {.width = 0}})), 290u);
  // Numbers are never cut.
  const std::string numbers =
      written("select 1234567890123456789 as a, 1234567890123456789 as b, 1234567890123456789 as c",
              {.style = {.width = 30}});
  EXPECT_NE(numbers.find("1234567890123456789  1234567890123456789  1234567890123456789"),
            std::string::npos);
}

TEST_F(Rows, Csv) {
  EXPECT_EQ(written(kEach, {.format = RowFormat::kCsv}),
            "text,whole,real,none,bytes\r\n\"a,\"\"b\"\"\",12,0.1,,00ff\r\né,-3,1e+300,,\r\n");
}

TEST_F(Rows, Json) {
  const auto json =
      nlohmann::json::parse(written(kEach, {.format = RowFormat::kJson, .version = "1.2"}));
  EXPECT_EQ(json["schema"], "hone.query/1");
  EXPECT_EQ(json["version"], "1.2");
  EXPECT_EQ(json["columns"], (std::vector<std::string>{"text", "whole", "real", "none", "bytes"}));
  EXPECT_EQ(json["rows"].dump(), R"([["a,\"b\"",12,0.1,null,"00ff"],["é",-3,1e+300,null,""]])");
  EXPECT_EQ(json["row_count"], 2);
  EXPECT_EQ(json["truncated"], false);
  EXPECT_EQ(nlohmann::json::parse(written("select 1 where 0", {.format = RowFormat::kJson}))["rows"]
                .size(),
            0u);
  EXPECT_TRUE(
      nlohmann::json::parse(written("select 9e999 as x", {.format = RowFormat::kNdjson}))["x"]
          .is_null());
}

TEST_F(Rows, LimitIsSaid) {
  const std::string_view sql = "select column1 from (values (1), (2), (3))";
  EXPECT_EQ(written(sql, {.limit = 2}), "column1\n      1\n      2\n");
  EXPECT_TRUE(last_.is_cut);
  EXPECT_EQ(last_.rows, 2u);
  (void)written(sql, {.limit = 3});
  EXPECT_FALSE(last_.is_cut);
  (void)written(sql, {});
  EXPECT_EQ(last_.rows, 3u);
  const auto json = nlohmann::json::parse(written(sql, {.format = RowFormat::kJson, .limit = 1}));
  EXPECT_EQ(json["truncated"], true);
}

TEST_F(Rows, WideTablesGoOnBehindWhatWasMeasured) {
  const std::string text = written(
      "with recursive t(x) as (select 1 union all select x * 2 from t limit 40) "
      "select a.x as x, 'n' || b.x as t from t a, t b",
      {});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1601);
}

TEST_F(Rows, ErrorsWriteNothing) {
  EXPECT_EQ(written("select quantile(1, 7)", {.format = RowFormat::kJson}).substr(0, 6), "error:");
}

}  // namespace
}  // namespace hone::report
