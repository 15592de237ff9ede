// For tests of this room: a recording with rows in most tables, and queries as text.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "profile/loader.h"
#include "profile/stack_text.h"
#include "query/database.h"
#include "query/test_rows.h"

namespace hone::query {

inline profile::Tables test_tables(uint32_t seed, int trees) {
  profile::Tables t = profile::tables_of_text(R"(
    @meta run.start_ns 1000000000
    @meta run.wall_ns 1000000000
    @thread main process=app tid=1 start_ns=1000000000 end_ns=2000000000
    @thread worker process=app tid=2 start_ns=1000000000 end_ns=2000000000
    @thread io process=app tid=3 start_ns=1000000500 end_ns=1900000000
    @diagnostic samples_lost severity=3 count=2 detail=the ring was full
    @track memory.resident scope=4 kind=1 unit=2 values=1000001000:4096,1000009000:8192
    @track empty scope=4 kind=1 unit=2
    @track cpu.busy scope=1 kind=2 unit=3 divisor=2 values=1000002000:5,1000003000:7
    main;work;[inlined]helper 3 time=1000000100
    main;work@a.cc:3;libc.so.6!memcpy 5 time=1000007000 thread=worker
    main;[kernel]read 2 time=1000003000 thread=io
  )");
  add_test_rows(t, seed, trees);
  return t;
}

// A recording and a Database of it.
class Asked {
 public:
  explicit Asked(profile::Tables tables)
      : profile_(profile::Loader::build(std::move(tables), nullptr).value()), source_(profile_) {
    auto opened = Database::open({{"main", &source_}});
    EXPECT_TRUE(opened) << opened.error().message;
    database_.emplace(std::move(*opened));
  }
  explicit Asked(int trees) : Asked(test_tables(1, trees)) {}

  Database& database() { return *database_; }
  const Source& source() const { return source_; }
  const profile::Profile& profile() const { return profile_; }

  // Rows as text, a "|" between columns; of an error its message.
  std::vector<std::string> rows(std::string_view sql) {
    auto statement = database_->prepare(sql);
    if (!statement) return {"error: " + statement.error().message};
    std::vector<std::string> out;
    while (true) {
      const auto more = statement->step();
      if (!more) return {"error: " + more.error().message};
      if (!*more) break;
      std::string row;
      for (size_t i = 0; i < statement->column_count(); ++i) {
        if (i > 0) row += '|';
        row += statement->kind(i) == ValueKind::kNull ? "NULL" : std::string(statement->text(i));
      }
      out.push_back(std::move(row));
    }
    touched_ = statement->rows_touched();
    return out;
  }
  std::string one(std::string_view sql) {
    const std::vector<std::string> all = rows(sql);
    return all.size() == 1 ? all[0] : std::to_string(all.size()) + " rows";
  }
  uint64_t touched() const { return touched_; }  // by the last

 private:
  profile::Profile profile_;
  Source source_;
  std::optional<Database> database_;
  uint64_t touched_ = 0;
};

}  // namespace hone::query
