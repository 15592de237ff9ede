#include "query/tables.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/host/file.h"
#include "query/schema.h"
#include "query/test_support.h"

namespace hone::query {
namespace {

std::vector<std::string> column_names(Asked& asked, std::string_view table) {
  auto rows = asked.database().prepare("select * from " + std::string(table));
  std::vector<std::string> out;
  for (size_t i = 0; i < rows->column_count(); ++i) out.emplace_back(rows->column_name(i));
  return out;
}

TEST(Tables, AreAllThereAsTheSchemaSaysThem) {
  Asked asked(64);
  for (const SchemaTable& table : schema_tables()) {
    EXPECT_FALSE(table.doc.empty()) << table.name;
    std::vector<std::string> expected;
    for (const SchemaColumn& column : table.columns) {
      EXPECT_FALSE(column.doc.empty()) << table.name << "." << column.name;
      if (!column.hidden) expected.emplace_back(column.name);
    }
    if (table.is_function) continue;
    EXPECT_EQ(column_names(asked, table.name), expected) << table.name;
  }
}

// Each value is of the kind that its column says, or NULL.
TEST(Tables, ValuesAreOfTheirTypes) {
  Asked asked(64);
  for (const TableSpec* table : tables()) {
    if (table->is_function) continue;
    for (const ColumnSpec& column : table->columns) {
      const std::string name = "\"" + std::string(column.name) + "\"";
      if (column.hidden || (table->name == "span_arguments" && column.name == "value")) continue;
      std::string type(type_name(column.type));
      for (char& c : type) c = static_cast<char>(std::tolower(c));
      EXPECT_EQ(asked.one("select count(*) from " + std::string(table->name) + " where typeof(" +
                          name + ") not in ('null', '" + type + "')"),
                "0")
          << table->name << "." << column.name;
    }
  }
}

TEST(Tables, HaveTheRowsOfTheRecording) {
  Asked asked(64);
  const profile::Profile& p = asked.profile();
  const auto count = [&](const char* table) {
    return asked.one("select count(*) from " + std::string(table));
  };
  EXPECT_EQ(count("spans"),
            std::to_string(p.instrumentation().spans.size() + p.instrumentation().loose.size()));
  EXPECT_EQ(count("plots"), "64");
  EXPECT_EQ(count("waits"), "64");
  EXPECT_EQ(count("counters"), "4");
  EXPECT_EQ(count("diagnostics"), std::to_string(p.diagnostics().size()));
  EXPECT_EQ(
      asked.rows("select t.name, c.ts, c.value from counters c join tracks t on t.id = c.track"),
      (std::vector<std::string>{"memory.resident|1000|4096.0", "memory.resident|9000|8192.0",
                                "cpu.busy|2000|2.5", "cpu.busy|3000|3.5"}));
  EXPECT_EQ(asked.one("select name from messages limit 1"), "it's <b>late</b>");
  EXPECT_EQ(asked.one("select ts from threads where name = 'io'"), "500");
}

TEST(Tables, HowStacksEnd) {
  profile::Tables tables = profile::tables_of_text("main;a 1\nmain;b 1\nmain;c 1\n");
  tables.samples.end[1] = 5;
  tables.samples.end[2] = 255;
  Asked asked(std::move(tables));
  EXPECT_EQ(asked.rows("select name, stack_end from samples order by 1"),
            (std::vector<std::string>{"a|complete", "b|stack end", "c|not known"}));
}

TEST(Tables, CodeIsTied) {
  Asked asked(profile::tables_of_text(R"(
    main;work@a.cc:3;[inlined]helper 3
    main;libc.so.6!memcpy 1
  )"));
  EXPECT_EQ(
      asked.rows("select name, self_samples, total_samples from functions order by 3 desc, 1"),
      (std::vector<std::string>{"main|0|4", "helper|3|3", "work|0|3", "memcpy|1|1"}));
  EXPECT_EQ(asked.rows("select distinct name, stack_text(stack) from samples order by 1"),
            (std::vector<std::string>{"helper|main;work;helper", "memcpy|main;memcpy"}));
  EXPECT_EQ(asked.one("select l.name || l.level || l.inlined from lines l join frames f on "
                      "f.id = l.frame where f.name = 'helper' and l.inlined"),
            "helper01");
  EXPECT_EQ(asked.one("select m.name from functions f join modules m on m.id = f.module where "
                      "f.name = 'memcpy'"),
            "libc.so.6");
  EXPECT_EQ(asked.one("select max(depth) from stacks"), "2");
  EXPECT_EQ(asked.one("select count(*) from findings where json_valid(evidence)"),
            asked.one("select count(*) from findings"));
}

TEST(Schema, PageIsGenerated) {
  const std::string path = std::string(HONE_TEST_DATA) + "/../docs/reference/sql.md";
  if (std::getenv("HONE_UPDATE_DOCS")) {
    ASSERT_TRUE(base::write_file_atomically(path, base::as_bytes(schema_markdown())));
  }
  const auto page = base::read_file(path);
  ASSERT_TRUE(page) << path;
  EXPECT_EQ(*page, schema_markdown())
      << "src/query changed: run HONE_UPDATE_DOCS=1 hone_query_test --gtest_filter='Schema.*'";
}

// What is documented can be called, with that many arguments, and all that can be is documented.
TEST(Schema, FunctionsAreThose) {
  Asked asked(8);
  std::multiset<std::string> there, told;
  constexpr const char* kList =
      "select name || '/' || narg from pragma_function_list where builtin = 0";
  for (const std::string& row : asked.rows(kList)) there.insert(row);
  // Extensions that this SQLite was built with.
  sqlite3* bare = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &bare), SQLITE_OK);
  sqlite3_exec(
      bare, kList,
      [](void* rows, int, char** values, char**) {
        static_cast<std::multiset<std::string>*>(rows)->erase(values[0]);
        return 0;
      },
      &there, nullptr);
  sqlite3_close(bare);
  for (const SchemaFunction& function : schema_functions()) {
    const size_t open = function.signature.find('('), option = function.signature.find('[');
    const std::string name(function.signature.substr(0, open));
    const auto commas = [](std::string_view text) {
      return std::to_string(1 + std::count(text.begin(), text.end(), ','));
    };
    const std::string_view arguments = function.signature.substr(open);
    told.insert(name + "/" + commas(arguments));
    if (option == std::string_view::npos) continue;
    told.insert(name + "/" + commas(function.signature.substr(open, option - open)));
  }
  EXPECT_EQ(there, told);
}

TEST(Schema, TextOfATable) {
  EXPECT_NE(schema_text("").find("span_stats("), std::string::npos);
  EXPECT_NE(schema_text("samples").find("in_span"), std::string::npos);
  EXPECT_NE(schema_text("p99").find("95"), schema_text("p95").find("95"));
  EXPECT_EQ(schema_text("spnas"), "");
}

TEST(Schema, CompletesNames) {
  Asked asked(8);
  const auto offers = [&](std::string_view text, std::string_view name) {
    const std::vector<std::string> all = asked.database().completions(text);
    return std::find(all.begin(), all.end(), name) != all.end();
  };
  EXPECT_TRUE(offers("sel", "select"));
  EXPECT_TRUE(offers("select * from sp", "spans"));
  EXPECT_TRUE(offers("select * from main.sp", "spans"));
  EXPECT_FALSE(offers("select * from main.sp", "span"));
  EXPECT_TRUE(offers("select * from spans where na", "name"));
  EXPECT_TRUE(offers("select s. from spans s where s.thr", "thread_name"));
  EXPECT_FALSE(offers("select * from spans where we", "weight"));  // of samples
  EXPECT_TRUE(offers("select st", "stack_text("));
  EXPECT_TRUE(asked.database().completions("select zzz").empty());
}

}  // namespace
}  // namespace hone::query
