// Functions and table functions, against the same worked out the long way.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/spans.h"
#include "query/intervals.h"
#include "query/test_support.h"

namespace hone::query {
namespace {

TEST(Functions, Overlap) {
  Asked asked(8);
  EXPECT_EQ(asked.one("select overlap(0, 10, 5, 10), overlap(0, 10, 10, 5), overlap(5, 1, 0, 100), "
                      "overlap(0, null, 1, 1), overlap(9e18, 9e18, 9e18, 9e18)"),
            "5|0|1|NULL|9000000000000000000");
}

TEST(Functions, StackText) {
  Asked asked(profile::tables_of_text("main;work;[inlined]helper 1"));
  EXPECT_EQ(asked.one("select stack_text(2), stack_text(1), stack_text(0), stack_text(99), "
                      "stack_text(-1), stack_text(null)"),
            "main;work;helper|main||NULL|NULL|NULL");
  EXPECT_EQ(asked.one("select stack_text(2, 'b')"), "error: no recording is named 'b'");
}

TEST(Functions, SelfTimeIsThatOfReports) {
  Asked asked(200);
  const analysis::SpanReport report = analysis::span_report(asked.profile(), {}, {});
  std::map<std::string, int64_t> expected;
  for (const analysis::SpanStats& each : report.spans) expected[each.name] += each.self_ns;
  ASSERT_FALSE(expected.empty());
  for (const auto& [name, self_ns] : expected) {
    const std::string where = " from spans where not open and name = '" + name + "'";
    EXPECT_EQ(asked.one("select sum(self_time)" + where), std::to_string(self_ns)) << name;
    EXPECT_EQ(asked.one("select sum(self_time(id))" + where), std::to_string(self_ns)) << name;
  }
  EXPECT_EQ(asked.one("select self_time(0), self_time(1e9), self_time(null)"), "NULL|NULL|NULL");
}

TEST(Functions, QuantilesAreExact) {
  Asked asked(8);
  std::mt19937_64 random(5);
  for (int round = 0; round < 40; ++round) {
    std::vector<double> values;
    std::string list;
    const bool reals = round % 3 == 1;
    for (size_t i = 1 + random() % 60; i > 0; --i) {
      int64_t value = static_cast<int64_t>(random() % 100);
      if (random() % 4 == 0) value = static_cast<int64_t>(random() % (1ull << 45)) - (1ll << 44);
      values.push_back(static_cast<double>(value) + (reals ? (value < 0 ? -0.5 : 0.5) : 0));
      list += (list.empty() ? "(" : ", (") + std::to_string(value) + (reals ? ".5)" : ")");
    }
    std::sort(values.begin(), values.end());
    for (const double q : {0.0, 0.5, 0.95, 0.99, 1.0, 0.3}) {
      const auto rank =
          static_cast<size_t>(std::max(1.0, std::ceil(q * static_cast<double>(values.size()))));
      auto rows =
          asked.database().prepare("select quantile(column1, " + std::to_string(q) +
                                   "), p50(column1), p99(column1) from (values " + list + ")");
      ASSERT_TRUE(rows) << rows.error().message;
      ASSERT_TRUE(rows->step().value());
      EXPECT_EQ(rows->real(0), values[rank - 1]) << q << " of " << list;
      EXPECT_EQ(rows->kind(0), reals ? ValueKind::kReal : ValueKind::kInteger);
    }
  }
  EXPECT_EQ(
      asked.one("select p50(column1), quantile(column1, 1) from (values (null), (3), (null))"),
      "3|3");
  EXPECT_EQ(asked.one("select p50(1) from (select 1 where 0)"), "NULL");
  EXPECT_EQ(asked.one("select p50('text')"), "NULL");
  EXPECT_EQ(asked.one("select quantile(1, 2)").substr(0, 6), "error:");
  EXPECT_EQ(asked.one("select quantile(1, null)").substr(0, 6), "error:");
  EXPECT_EQ(
      asked.one("select quantile(column1, column1 / 10.0) from (values (1), (2))").substr(0, 6),
      "error:");
}

TEST(Functions, InSpanAgreesThreeWays) {
  Asked asked(200);
  for (const char* pattern : {"AI::*", "Physics::step", "nothing", "*", "?I::plan"}) {
    const std::string p = "'" + std::string(pattern) + "'";
    const std::string expected = asked.one(
        "select count(*) from samples x where exists (select 1 from spans s where s.thread = "
        "x.thread and s.ts <= x.ts and s.\"end\" >= x.ts and s.name glob " +
        p + ")");
    EXPECT_EQ(asked.one("select count(*) from samples where in_span = " + p), expected) << p;
    EXPECT_EQ(asked.one("select count(*) from samples where in_span(thread, ts, " + p + ")"),
              expected);
    EXPECT_EQ(asked.one("select count(*) from samples x where exists (select 1 from in_span(" + p +
                        ") i where i.thread = x.thread and x.ts between i.ts and i.\"end\")"),
              expected);
    EXPECT_EQ(asked.one("select count(distinct sample) from span_samples(" + p + ")"), expected);
  }
  EXPECT_EQ(asked.one("select count(*) from samples where in_span = null"), "0");
  EXPECT_EQ(asked.one("select in_span(1, 1, null), in_span(99, 1, '*'), in_span(-1, 1, '*')"),
            "NULL|0|0");
}

TEST(Functions, SpanStatsAreThoseOfReports) {
  Asked asked(200);
  EXPECT_EQ(
      asked.rows("select name, sum(count), sum(total) from span_stats group by name order by 1"),
      asked.rows(
          "select name, count(*), sum(dur) from spans where not open group by name order by 1"));
  EXPECT_EQ(
      asked.rows("select count, total, p50, p99, max, mean from span_stats('Physics::step')"),
      asked.rows("select count(*), sum(dur), p50(dur), p99(dur), max(dur), avg(dur) from spans "
                 "where name = 'Physics::step' and not open"));
  EXPECT_EQ(
      asked.one("select sum(count) from span_stats('*', 2000, 30000)"),
      asked.one("select count(*) from spans where not open and \"end\" between 2000 and 30000"));
  EXPECT_EQ(asked.one("select count(*) from span_stats(null)"), "0");
  EXPECT_EQ(asked.one("select count(*) from sites s join span_stats(s.name) t on t.site = s.id"),
            asked.one("select count(*) from span_stats"));
}

TEST(Functions, SpanSamplesAreEverySpanAroundEachSample) {
  Asked asked(120);
  // Of two spans of one depth that meet, one ends as the other begins: such a sample is in one.
  EXPECT_EQ(
      asked.rows("select sample, span from span_samples order by 1, 2"),
      asked.rows("select x.id, s.id from samples x join spans s on s.thread = x.thread and s.ts "
                 "<= x.ts and s.\"end\" >= x.ts where not exists (select 1 from spans o where "
                 "s.nested and o.nested and o.thread = s.thread and o.depth <= s.depth and o.ts = "
                 "x.ts and "
                 "o.id > s.id and o.ts >= s.\"end\") order by 1, 2"));
  EXPECT_EQ(
      asked.one("select max(n) from (select count(*) n from span_samples where innermost group "
                "by sample)"),
      "1");
  EXPECT_EQ(asked.one("select count(*) from span_samples('AI::tick') where name <> 'AI::tick'"),
            "0");
}

TEST(IntervalJoin, AgreesWithComparingEachWithEach) {
  Asked asked(60);
  const auto both = [&](const std::string& left, const std::string& right) {
    const auto quoted = [](std::string text) {
      for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2)
        text.insert(at, "'");
      return "'" + text + "'";
    };
    EXPECT_EQ(asked.rows("select left_value, right_value, ts, dur from interval_join(" +
                         quoted(left) + ", " + quoted(right) + ") order by 1, 2"),
              asked.rows("select l.v, r.v, max(l.ts, r.ts), case when l.dur > 0 and r.dur > 0 then "
                         "overlap(l.ts, l.dur, r.ts, r.dur) else 0 end from (" +
                         left + ") l join (" + right +
                         ") r on l.k is r.k and l.ts < r.ts + max(r.dur, 1) and r.ts < l.ts + "
                         "max(l.dur, 1) order by 1, 2"))
        << left << " x " << right;
  };
  const std::string spans = "select ts, dur, thread as k, id as v from spans";
  both(spans, "select ts, 0 as dur, thread as k, id as v from samples");
  both(spans, "select ts, dur, thread as k, id as v from waits");
  both("select ts, dur, name as k, id as v from spans where depth = 2",
       "select ts, dur, name as k, id as v from spans where depth = 2");
  both("select ts, dur, 'a' as k, id as v from waits",
       "select ts, dur, 'a' as k, id as v from frame_times");
  both(spans + " where 0", spans);
  both("select ts, 0 as dur, 1 as k, id as v from samples",
       "select ts, 0 as dur, 1 as k, id as v from samples");
}

TEST(IntervalJoin, SaysWhatIsWrong) {
  Asked asked(8);
  const auto error = [&](const std::string& arguments) {
    return asked.one("select count(*) from interval_join(" + arguments + ")");
  };
  EXPECT_NE(error("'select 1'").find("two statements"), std::string::npos);
  EXPECT_NE(error("'select 1', 'select 1, 2'").find("ts, dur"), std::string::npos);
  EXPECT_NE(error("'selec', 'select 1, 2'").find("syntax error"), std::string::npos);
  EXPECT_NE(error("'attach ''x'' as y', 'select 1, 2'").find("error"), std::string::npos);
  EXPECT_EQ(error("'select 1, 2', 'select 2, 2'"), "1");
  EXPECT_EQ(error("'select 1, 2, null', 'select 2, 2, null'"), "0");
  EXPECT_EQ(error("null, 'select 2, 2'"), "0");
  EXPECT_EQ(asked.one("select left_value, right_value, key from interval_join("
                      "'select 1, 2, ''k'', 0.5', 'select 1, 2, ''k'', ''text''')"),
            "0.5|text|k");
  // Ends of the range are no danger.
  EXPECT_EQ(error("'select 9223372036854775807, 9223372036854775807', 'select "
                  "-9223372036854775807, 5'"),
            "0");
}

}  // namespace
}  // namespace hone::query
