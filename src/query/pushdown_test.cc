// Conditions and orders that tables meet themselves: the same rows as an ordinary table of SQLite
// has, and few others looked at.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>

#include "query/test_support.h"

namespace hone::query {
namespace {

constexpr const char* kTables[] = {"spans", "samples", "plots",       "waits",  "messages",
                                   "locks", "threads", "frame_times", "tracks", "counters",
                                   "sites", "stacks",  "allocations", "meta"};

// The rows of every table, copied into tables of the same names and types.
class Oracle {
 public:
  explicit Oracle(Asked& asked) {
    sqlite3_open(":memory:", &db_);
    for (const char* table : kTables) copy(asked, table);
  }
  ~Oracle() { sqlite3_close(db_); }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  std::vector<std::string> rows(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
    std::vector<std::string> out;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      std::string row;
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        if (i > 0) row += '|';
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        row += text == nullptr ? "NULL" : text;
      }
      out.push_back(std::move(row));
    }
    sqlite3_finalize(statement);
    return out;
  }

 private:
  void run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
  }
  void copy(Asked& asked, const std::string& table) {
    auto from = asked.database().prepare("select * from " + table);
    std::string columns, places;
    for (size_t i = 0; i < from->column_count(); ++i) {
      columns += (i > 0 ? ", \"" : "\"") + std::string(from->column_name(i)) + "\" " +
                 std::string(from->column_type(i));
      places += i > 0 ? ", ?" : "?";
    }
    run("create table " + table + "(" + columns + ")");
    sqlite3_stmt* to = nullptr;
    const std::string sql = "insert into " + table + " values(" + places + ")";
    sqlite3_prepare_v2(db_, sql.c_str(), -1, &to, nullptr);
    while (from->step().value()) {
      for (size_t i = 0; i < from->column_count(); ++i) {
        const int at = static_cast<int>(i) + 1;
        switch (from->kind(i)) {
          case ValueKind::kNull:
            sqlite3_bind_null(to, at);
            break;
          case ValueKind::kInteger:
            sqlite3_bind_int64(to, at, from->integer(i));
            break;
          case ValueKind::kReal:
            sqlite3_bind_double(to, at, from->real(i));
            break;
          default:
            sqlite3_bind_text(to, at, from->text(i).data(), static_cast<int>(from->text(i).size()),
                              SQLITE_TRANSIENT);
        }
      }
      sqlite3_step(to);
      sqlite3_reset(to);
    }
    sqlite3_finalize(to);
  }
  sqlite3* db_ = nullptr;
};

struct Shape {
  bool id = false, ts = false, thread = false, name = false, end = false;
};
Shape shape_of(Asked& asked, const std::string& table) {
  auto rows = asked.database().prepare("select * from " + table);
  Shape out;
  for (size_t i = 0; i < rows->column_count(); ++i) {
    out.id = out.id || rows->column_name(i) == "id";
    out.ts = out.ts || rows->column_name(i) == "ts";
    out.end = out.end || rows->column_name(i) == "end";
    out.thread = out.thread || rows->column_name(i) == "thread";
    out.name = out.name || rows->column_name(i) == "name";
  }
  return out;
}

// Random statements.
class Author {
 public:
  explicit Author(uint32_t seed) : random_(seed) {}
  size_t below(size_t limit) { return random_() % limit; }
  template <size_t n>
  std::string one_of(const char* const (&words)[n]) {
    return words[below(n)];
  }

  std::string time() {
    switch (below(8)) {
      case 0:
        return std::to_string(below(100'000)) + ".5";
      case 1:
        return "'" + std::to_string(below(50'000)) + "'";
      case 2:
        return one_of({"null", "-5", "0", "1e30", "-1e30", "9223372036854775807", "'x'", "x'31'"});
      default:
        return std::to_string(below(60'000));
    }
  }
  std::string id() {
    return below(6) == 0 ? one_of({"null", "0", "-1", "2.5", "3.0", "'4'", "1e9", "'x'"})
                         : std::to_string(below(80));
  }
  std::string name() {
    return one_of({"'AI::plan'", "'AI::tick'", "'ai::PLAN'", "'entities'", "'nothing'", "''",
                   "null", "5", "'memory.resident'", "'worker'"});
  }
  std::string comparison() { return one_of({"=", "<", "<=", ">", ">=", "<>", "is"}); }

  std::string condition(const Shape& shape) {
    while (true) {
      const size_t kind = below(8);
      if (kind <= 1 && shape.ts) {
        return kind == 0 ? "ts " + comparison() + " " + time()
                         : "ts between " + time() + " and " + time();
      }
      if (kind == 2 && shape.id) return "id " + comparison() + " " + id();
      if (kind == 3 && shape.thread) {
        return below(3) == 0
                   ? "thread in (1, 3, 9)"
                   : "thread " + comparison() + " " + one_of({"1", "2", "7", "null", "'2'", "1.5"});
      }
      if (kind == 4 && shape.name) {
        const std::string more = below(5) == 0 ? " collate nocase" : "";
        return below(3) == 0 ? "name in (" + name() + ", " + name() + ")"
                             : "name " + comparison() + " " + name() + more;
      }
      if (kind == 5 && shape.end) return "\"end\" " + comparison() + " " + time();
      if (kind == 6 && shape.name) {
        return "name " + one_of({"glob '*P*'", "glob 'AI::[pt]*'", "like 'ai::p%'", "like '%step'",
                                 "not like 'ai%'", "glob null", "like 'a_::%' escape '!'"});
      }
      if (kind == 7) return "rowid > " + id();
    }
  }

  std::string where(const Shape& shape) {
    std::string out;
    for (size_t i = below(4); i > 0; --i) {
      const std::string one = below(6) == 0
                                  ? "(" + condition(shape) + " or " + condition(shape) + ")"
                                  : condition(shape);
      out += (out.empty() ? " where " : " and ") + one;
    }
    return out;
  }
  // Columns to order by, that this table has.
  std::vector<std::string> order(const Shape& shape) {
    std::vector<std::string> all;
    if (shape.ts) all.emplace_back("ts");
    if (shape.thread) all.emplace_back("thread");
    if (shape.name) all.emplace_back("name");
    if (shape.id) all.emplace_back("id");
    std::shuffle(all.begin(), all.end(), random_);
    all.resize(std::min(all.size(), below(3)));
    const bool backwards = below(3) == 0;
    for (std::string& column : all) {
      if (backwards || below(8) == 0) column += " desc";
    }
    return all;
  }

 private:
  std::mt19937 random_;
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}
std::string bare(std::string_view ordered) {
  return std::string(ordered.substr(0, ordered.find(' ')));
}

void expect_same(Asked& asked, const Oracle& oracle, const std::string& sql, bool in_order) {
  std::vector<std::string> ours = asked.rows(sql), theirs = oracle.rows(sql);
  if (!in_order) {
    std::sort(ours.begin(), ours.end());
    std::sort(theirs.begin(), theirs.end());
  }
  ASSERT_EQ(ours, theirs) << sql;
}

TEST(Pushdown, AgreesWithAnOrdinaryTable) {
  Asked asked(16);
  const Oracle oracle(asked);
  for (const char* table : kTables) {
    const Shape shape = shape_of(asked, table);
    Author author(7);
    const int rounds = std::string_view(table) == "spans" ? 400 : 80;
    for (int i = 0; i < rounds; ++i) {
      const std::string rest = " from " + std::string(table) + author.where(shape);
      expect_same(asked, oracle, "select *" + rest, false);
      const std::vector<std::string> order = author.order(shape);
      std::vector<std::string> shown;
      for (const std::string& column : order) shown.push_back(bare(column));
      if (!order.empty()) {
        expect_same(asked, oracle, "select " + joined(shown) + rest + " order by " + joined(order),
                    true);
        // The order of the rows is theirs, and so are the rows.
        expect_same(asked, oracle,
                    "select * from (select *" + rest + " order by " + joined(order) + ")", false);
        expect_same(asked, oracle,
                    "select " + joined(shown) + rest + " order by " + joined(order) + " limit 5",
                    true);
        expect_same(asked, oracle,
                    "select " + joined(shown) + ", count(*)" + rest + " group by " + joined(shown),
                    false);
        expect_same(asked, oracle, "select distinct " + joined(shown) + rest + " order by 1",
                    false);
      }
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

// Every value of a span, by each way in which it is come by.
TEST(Pushdown, SpansGroupedByNameHaveTheirValues) {
  Asked asked(64);
  const Oracle oracle(asked);
  for (const char* column : {"id", "ts", "dur", "\"end\"", "category", "thread", "thread_name",
                             "depth", "self_time", "site", "nested", "open"}) {
    for (const char* where : {"", " where ts > 3000", " where thread = 2 and ts < 9000"}) {
      const std::string c(column);
      expect_same(asked, oracle,
                  "select name, count(*), min(" + c + "), max(" + c + "), total(" + c +
                      ") from spans" + where + " group by name order by name",
                  true);
      expect_same(asked, oracle, "select id, " + c + " from spans" + where + " order by ts, id",
                  true);
    }
  }
  expect_same(asked, oracle,
              "select a.id, b.id from spans a join spans b on b.thread = a.thread and "
              "b.ts between a.ts and a.\"end\" and b.depth = a.depth + 1 where a.name = 'AI::tick'",
              false);
  expect_same(asked, oracle,
              "select p.ts, (select count(*) from spans s where s.thread = p.thread "
              "and s.ts <= p.ts and s.\"end\" > p.ts) from plots p",
              false);
}

TEST(Pushdown, ARangeOfTimeTouchesOnlyThatRange) {
  Asked asked(40'000);
  const auto rows_of = [&](const std::string& sql) {
    return static_cast<uint64_t>(std::stoll(asked.one(sql)));
  };
  const uint64_t all_spans = rows_of("select count(*) from spans");
  EXPECT_GE(asked.touched(), all_spans);
  ASSERT_GT(all_spans, 100'000u);
  // Spans are looked at by granules of some hundred, a few for each thread.
  const uint64_t some = rows_of("select count(*) from spans where ts between 2000000 and 2050000");
  EXPECT_GT(some, 10u);
  EXPECT_LT(asked.touched(), some + 12 * 256 + asked.profile().instrumentation().loose.size());
  EXPECT_LT(asked.touched(), all_spans / 5);
  (void)asked.rows("select id from spans order by ts limit 10");
  EXPECT_LT(asked.touched(), all_spans / 5);
  (void)asked.rows("select id from spans order by ts desc limit 10");
  EXPECT_LT(asked.touched(), all_spans / 5);
  (void)asked.rows("select ts from spans where id = 70000");
  EXPECT_EQ(asked.touched(), 1u);
  (void)asked.rows("select ts from spans where id between 70000 and 70009");
  EXPECT_EQ(asked.touched(), 10u);
  for (const char* table : {"samples", "plots", "waits", "messages"}) {
    const std::string from = std::string(" from ") + table + " where ";
    uint64_t found = rows_of("select count(*)" + from + "ts >= 2000000 and ts < 2400000");
    EXPECT_GT(found, 10u) << table;
    EXPECT_LE(asked.touched(), found + 2) << table;
    found = rows_of("select count(*)" + from + "thread = 2 and ts between 2000000 and 2400000");
    EXPECT_LE(asked.touched(), found) << table;
    EXPECT_GT(found, 3u) << table;
    (void)asked.rows("select ts from " + std::string(table) + " order by ts desc limit 3");
    EXPECT_LE(asked.touched(), 4u) << table;
  }
  (void)asked.rows("select * from samples where id = 5");
  EXPECT_EQ(asked.touched(), 1u);
  EXPECT_EQ(rows_of("select count(*) from sites where name = 'AI::plan'"), 2u);
  EXPECT_EQ(asked.touched(), 2u);
}

TEST(Pushdown, ExplainShowsIt) {
  Asked asked(64);
  const auto plan = [&](const std::string& sql) {
    const std::vector<std::string> rows = asked.rows("explain query plan " + sql);
    return joined(rows);
  };
  const auto has = [&](const std::string& sql, std::string_view words) {
    const std::string text = plan(sql);
    EXPECT_NE(text.find(words), std::string::npos) << sql << ": " << text;
  };
  has("select * from samples where ts between 1 and 2", "by time ts>? ts<?");
  has("select * from samples where ts > 1 and thread = 2", "by thread thread=? ts>?");
  has("select * from samples order by ts", "by time in order");
  has("select * from spans where ts < 5 and thread = 1 order by ts", "by time thread=? ts<?");
  has("select * from spans where name = 'x'", "name=?");
  has("select * from spans where name glob 'x*' and ts > 5", "name glob ? ts>?");
  has("select name, count(*) from spans group by name", "by name");
  has("select * from threads where id = 3", "by id id=?");
  for (const char* sql :
       {"select * from samples order by ts", "select * from spans order by ts desc",
        "select name, count(*) from spans group by name",
        "select thread, count(*) from samples group by thread",
        "select distinct name from plots order by name"}) {
    EXPECT_EQ(plan(sql).find("TEMP B-TREE"), std::string::npos) << sql << ": " << plan(sql);
  }
}

TEST(Pushdown, NothingAtAll) {
  Asked asked(profile::Tables{});
  for (const char* table : kTables) {
    const Shape shape = shape_of(asked, table);
    Author author(3);
    for (int i = 0; i < 20; ++i) {
      const std::string from = " from " + std::string(table) + author.where(shape);
      EXPECT_EQ(asked.one("select count(*)" + from), "0") << from;
      const std::vector<std::string> order = author.order(shape);
      if (order.empty()) continue;
      EXPECT_TRUE(asked.rows("select *" + from + " order by " + joined(order)).empty()) << from;
    }
  }
}

}  // namespace
}  // namespace hone::query
