#include "query/database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "query/test_support.h"

namespace hone::query {
namespace {

// Never comes to an end by itself.
constexpr std::string_view kEndless =
    "with recursive t(x) as (select 1 union all select x + 1 from t) select count(*) from t";

TEST(Database, AnswersOfOneRecording) {
  Asked asked(64);
  EXPECT_EQ(asked.one("select count(*) from samples"),
            std::to_string(asked.profile().samples().size()));
  EXPECT_EQ(asked.one("select count(*) from main.samples"),
            asked.one("select count(*) from samples"));
  EXPECT_EQ(asked.rows("select name, tid from threads order by tid"),
            (std::vector<std::string>{"main|1", "worker|2", "io|3"}));
}

TEST(Database, AnswersOfSeveralRecordings) {
  const auto few = profile::profile_of_text("main;a 3");
  const auto many = profile::profile_of_text("main;b 5");
  const Source first(few), second(many);
  auto database = Database::open({{"old", &first}, {"new", &second}});
  ASSERT_TRUE(database);
  auto rows = database->prepare(
      "select (select count(*) from old.samples), (select count(*) from new.samples), "
      "(select count(*) from samples), stack_text(2), stack_text(2, 'new')");
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_TRUE(rows->step().value());
  EXPECT_EQ(rows->integer(0), 3);
  EXPECT_EQ(rows->integer(1), 5);
  EXPECT_EQ(rows->integer(2), 3);
  EXPECT_EQ(rows->text(3), "main;a");
  EXPECT_EQ(rows->text(4), "main;b");
  EXPECT_FALSE(rows->step().value());
}

TEST(Database, RefusesNamesThatAreNone) {
  const auto profile = profile::profile_of_text("main 1");
  const Source source(profile);
  EXPECT_FALSE(Database::open({}));
  for (const char* name : {"", "1a", "a b", "a\"b", "temp", "a;b"}) {
    EXPECT_FALSE(Database::open({{name, &source}})) << name;
  }
  EXPECT_FALSE(Database::open({{"a", &source}, {"A", &source}}));
  EXPECT_FALSE(Database::open({{"a", &source}, {"main", &source}}));
  std::vector<Database::Named> ten, eleven;
  for (int i = 0; i < 11; ++i) {
    if (i < 10) ten.push_back({"r" + std::to_string(i), &source});
    eleven.push_back({"r" + std::to_string(i), &source});
  }
  EXPECT_TRUE(Database::open(ten));
  EXPECT_FALSE(Database::open(eleven));
}

TEST(Database, SaysWhereAStatementIsWrong) {
  Asked asked(8);
  const auto error_of = [&](std::string_view sql) { return asked.database().prepare(sql).error(); };
  Error error = error_of("select name,\n  nme from spans");
  EXPECT_EQ(error.number, "E090");
  EXPECT_EQ(error.offset, 15u);
  EXPECT_EQ(error.excerpt, "nme from spans\n^");
  EXPECT_NE(error.message.find("Did you mean name?"), std::string::npos) << error.message;
  // Of the tables that are asked: "start" is a column of others.
  error = error_of("select start from waits");
  EXPECT_EQ(error.message.find("mean start"), std::string::npos) << error.message;
  error = error_of("select time from samples where duration > 3");
  EXPECT_NE(error.message.find("Did you mean ts?"), std::string::npos) << error.message;
  error = error_of("select 'spnas' from spnas");
  EXPECT_EQ(error.offset, 20u);
  EXPECT_NE(error.message.find("spans"), std::string::npos) << error.message;
  error = error_of("select p90(dur) from spans");
  EXPECT_NE(error.message.find("Did you mean p50?"), std::string::npos) << error.message;
  // A text in double quotes is a name that does not exist.
  EXPECT_EQ(error_of("select \"some text\" from spans").number, "E090");
  EXPECT_EQ(error_of("select 1 +").number, "E090");
  EXPECT_EQ(error_of(std::string_view("select 1\0, 2", 12)).offset, 8u);
  // The place is marked in long lines and behind what is no ASCII, too.
  const std::string wide = "select '" + std::string(300, 'x') + "', 'äöü', nme from spans";
  error = error_of(wide);
  const std::string mark = error.excerpt.substr(error.excerpt.find('\n') + 1);
  EXPECT_LT(error.excerpt.size(), 300u);
  std::string line = error.excerpt.substr(0, error.excerpt.find('\n'));
  for (const std::string umlaut : {"ä", "ö", "ü"}) line.replace(line.find(umlaut), 2, "?");
  EXPECT_EQ(line.substr(mark.size() - 1, 3), "nme") << error.excerpt;
}

TEST(Database, OnlyReads) {
  Asked asked(8);
  for (const char* sql : {"create table x(a)",
                          "create temp table x(a)",
                          "create view v as select 1",
                          "create virtual table x using hone(spans, 0)",
                          "drop table spans",
                          "insert into spans(name) values ('x')",
                          "update spans set name = 'x'",
                          "delete from samples",
                          "attach '/etc/passwd' as p",
                          "detach main",
                          "pragma journal_mode = wal",
                          "pragma temp_store_directory = '/'",
                          "pragma writable_schema = 1",
                          "begin",
                          "savepoint s",
                          "vacuum",
                          "vacuum into 'x.db'",
                          "analyze",
                          "alter table spans rename to y",
                          "select load_extension('x')",
                          "create trigger t after insert on spans begin select 1; end"}) {
    const auto statement = asked.database().prepare(sql);
    bool is_refused = !statement;
    if (statement) {
      auto copy = asked.database().prepare(sql);
      is_refused = !copy->step();
    }
    EXPECT_TRUE(is_refused) << sql;
  }
  EXPECT_EQ(asked.database().prepare("attach 'x' as y").error().number, "E092");
  // What only looks is no harm.
  EXPECT_GT(asked.rows("pragma table_info(spans)").size(), 5u)
      << asked.one("pragma table_info(spans)");
  EXPECT_GT(asked.rows("select name from pragma_table_list").size(), 20u);
  EXPECT_NE(asked.rows("explain query plan select * from spans").size(), 0u);
}

TEST(Database, EndsWhenItsTimeIsOver) {
  Asked asked(8);
  asked.database().set_time_limit(20'000'000);
  auto statement = asked.database().prepare(kEndless);
  ASSERT_TRUE(statement);
  const auto done = statement->step();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().number, "E091");
  EXPECT_EQ(done.error().code, Code::LimitExceeded);
  // The next one has its own time.
  EXPECT_EQ(asked.one("select 1"), "1");
}

// Whatever it was doing: no figure of a part is given out.
TEST(Database, NeverGivesAPartForTheWhole) {
  Asked asked(20'000);
  const std::vector<std::string> statements = {
      "select count(*) from spans",
      "select name, count(*), sum(dur) from spans group by name",
      "select count(*) from (select ts from spans order by ts)",
      "select count(*) from spans where name = 'AI::plan'",
      "select count(*) from span_samples",
      "select count(*) from samples where in_span = 'nothing'",
      "select count(*) from interval_join('select ts, dur, thread from spans', 'select ts, dur, "
      "thread from waits')"};
  for (const std::string& sql : statements) {
    const std::vector<std::string> whole = asked.rows(sql);
    for (const int64_t limit_ns : {1, 100'000, 1'000'000, 3'000'000, 10'000'000}) {
      asked.database().set_time_limit(limit_ns);
      const std::vector<std::string> rows = asked.rows(sql);
      const bool is_refused = rows.size() == 1 && rows[0].substr(0, 6) == "error:";
      EXPECT_TRUE(is_refused || rows == whole) << sql << " within " << limit_ns;
    }
    asked.database().set_time_limit(0);
  }
}

TEST(Database, IsCancelledFromAnotherThread) {
  Asked asked(8);
  auto statement = asked.database().prepare(kEndless);
  ASSERT_TRUE(statement);
  std::atomic<bool> is_over = false;
  std::jthread other([&] {
    while (!is_over) {
      asked.database().cancel();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const auto done = statement->step();
  is_over = true;
  other.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::Cancelled);
  EXPECT_EQ(asked.one("select count(*) from spans"), "error: the query was cancelled");
  asked.database().allow();
  EXPECT_EQ(asked.one("select 1"), "1");
}

TEST(Database, SharesSourcesBetweenThreads) {
  Asked asked(256);
  const std::string expected = asked.one("select count(*), sum(dur) from spans where ts > 5000");
  std::vector<std::jthread> threads;
  std::atomic<int> equal = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto database = Database::open({{"main", &asked.source()}});
      auto rows = database->prepare(
          "select count(*) || '|' || sum(dur) from spans where ts > 5000 union all "
          "select count(*) from samples where in_span = 'AI::*' and thread = 2 union all "
          "select count(*) from span_stats union all select sum(self_time) from functions "
          "union all select count(*) from plots where name = 'entities' order by 1");
      std::vector<std::string> all;
      while (rows->step().value()) all.emplace_back(rows->text(0));
      equal += std::find(all.begin(), all.end(), expected) != all.end() ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(equal, 4);
}

TEST(Database, TakesStatementsOneByOne) {
  Asked asked(8);
  std::string_view sql = "select 1; -- one\n select 2";
  size_t used = 0;
  auto first = asked.database().prepare(sql, &used);
  ASSERT_TRUE(first && first->is_any());
  EXPECT_EQ(used, 9u);
  auto second = asked.database().prepare(sql.substr(used), &used);
  ASSERT_TRUE(second && second->is_any());
  EXPECT_TRUE(second->step().value());
  EXPECT_EQ(second->integer(0), 2);
  const auto none = asked.database().prepare(" -- nothing\n", &used);
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->is_any());
  EXPECT_TRUE(is_complete("select ';';"));
  EXPECT_FALSE(is_complete("select ';"));
}

TEST(Database, ValuesKeepTheirKinds) {
  Asked asked(8);
  auto rows = asked.database().prepare("select 7, 0.5, 'a', x'00ff', null, name from threads");
  ASSERT_TRUE(rows && rows->step().value());
  const ValueKind kinds[] = {ValueKind::kInteger, ValueKind::kReal, ValueKind::kText,
                             ValueKind::kBlob,    ValueKind::kNull, ValueKind::kText};
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(rows->kind(i), kinds[i]) << i;
  EXPECT_EQ(rows->blob(3).size(), 2u);
  EXPECT_EQ(rows->column_type(5), "TEXT");
  EXPECT_EQ(rows->column_name(5), "name");
}

}  // namespace
}  // namespace hone::query
