// Recordings in which any number may be wrong: every table is read by every way, and nothing
// happens.
#include <gtest/gtest.h>

#include "query/schema.h"
#include "query/test_support.h"

namespace hone::query {
namespace {

void ask_everything(Asked& asked) {
  for (const SchemaTable& table : schema_tables()) {
    const std::string name(table.name);
    if (name == "interval_join") continue;
    ASSERT_GE(asked.rows("select * from " + name).size(), 0u);
    const auto has = [&](std::string_view column) {
      return std::any_of(table.columns.begin(), table.columns.end(), [&](const SchemaColumn& each) {
        return each.name == column && !each.hidden;
      });
    };
    for (const char* column : {"ts", "thread", "name", "id"}) {
      if (!has(column)) continue;
      const std::string c(column);
      const std::string all = asked.one("select count(*) from " + name);
      EXPECT_EQ(asked.one("select count(*) from (select * from " + name + " order by " + c + ")"),
                all);
      (void)asked.rows("select * from " + name + " order by " + c + " desc limit 3");
      EXPECT_EQ(asked.one("select coalesce(sum(n), 0) from (select count(*) n from " + name +
                          " group by " + c + ")"),
                all);
    }
    if (has("ts")) (void)asked.rows("select * from " + name + " where ts between -9e18 and 9e18");
  }
  (void)asked.rows("select stack_text(stack), in_span(thread, ts, '*') from samples");
  (void)asked.rows("select sum(self_time(id)) from spans");
  (void)asked.rows("select * from samples where in_span = 'AI::*'");
  (void)asked.rows(
      "select * from interval_join('select ts, dur, thread, name from spans', "
      "'select ts, dur, thread, name from waits')");
  (void)asked.rows(
      "select * from interval_join('select ts, dur from spans', 'select ts, dur from frame_times') "
      "limit 1000");
}

TEST(Damaged, RecordingsAreReadAllTheSame) {
  for (uint32_t seed = 1; seed <= 24; ++seed) {
    profile::Tables tables = test_tables(seed, 16);
    damage(tables, seed);
    Asked asked(std::move(tables));
    ask_everything(asked);
  }
}

TEST(Damaged, NamesOfAnyKind) {
  profile::Tables tables = test_tables(1, 4);
  const std::string names[] = {
      std::string(10'000, 'x'), "<script>", "\xff\xfe", "a\nb", "'; drop", ""};
  for (const std::string& name : names) {
    const auto text = StringId{tables.append(recording::StringRow{.text = name})};
    const auto site =
        SiteId{tables.append(recording::SiteRow{.name = text, .kind = 1, .level = 3})};
    tables.append(recording::SpanRow{.thread = ThreadId{1},
                                     .end = TimeNs{kTestStart + 900'000},
                                     .duration = DurationNs{5},
                                     .site = site});
  }
  Asked asked(std::move(tables));
  EXPECT_EQ(asked.one("select count(distinct name) from spans where dur = 5 and ts = 899995"), "6");
  EXPECT_EQ(asked.one("select count(*) from spans where name = cast(x'fffe' as text)"), "1");
  EXPECT_EQ(asked.one("select max(length(name)) from spans"), "10000");
  EXPECT_EQ(asked.rows("select name from spans group by name").size(),
            asked.rows("select distinct name from spans").size());
}

}  // namespace
}  // namespace hone::query
