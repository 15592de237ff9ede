// Statements of whoever may ask, over a small recording, which the first two bytes may damage.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "profile/loader.h"
#include "query/database.h"
#include "query/test_rows.h"

namespace {

using namespace hone;

constexpr int64_t kTimeNs = 100'000'000;
constexpr int kRowsMax = 1000;

profile::Tables small_tables() {
  profile::Tables t;
  const auto name = [&](std::string_view text) {
    return StringId{t.append(recording::StringRow{.text = text})};
  };
  t.append(recording::ModuleRow{.path = name("/usr/bin/app"), .kind = 1, .arch = 1});
  t.append(recording::ProcessRow{.pid = 7, .name = name("app")});
  for (uint32_t i = 1; i <= query::kTestThreads; ++i) {
    t.append(recording::ThreadRow{.process = ProcessId{1}, .tid = i, .name = name("worker")});
    t.append(recording::FrameRow{.module = ModuleId{1}, .address = i});
    t.append(recording::StackRow{.parent = StackId{i - 1}, .frame = FrameId{i}});
  }
  query::add_test_rows(t, 1, 16);
  return t;
}

struct Small {
  explicit Small(uint32_t seed) {
    profile::Tables tables = small_tables();
    if (seed != 0) query::damage(tables, seed);
    profile = std::make_unique<profile::Profile>(
        profile::Loader::build(std::move(tables), nullptr).value());
    source = std::make_unique<query::Source>(*profile);
  }
  std::unique_ptr<profile::Profile> profile;
  std::unique_ptr<query::Source> source;
};

void run(query::Database& database, std::string_view sql) {
  for (size_t used = 0; !sql.empty(); sql.remove_prefix(used)) {
    auto statement = database.prepare(sql, &used);
    if (!statement) {
      const uint64_t offset = statement.error().offset;
      if (offset != Error::kNoOffset && offset > sql.size()) __builtin_trap();
      return;
    }
    if (used == 0) return;
    volatile size_t read = 0;
    for (int row = 0; row < kRowsMax; ++row) {
      const auto more = statement->step();
      if (!more || !*more) break;
      for (size_t i = 0; i < statement->column_count(); ++i) {
        read = read + statement->text(i).size() + statement->column_name(i).size();
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  if (bytes < 2) return 0;
  static const Small whole(0);
  const uint32_t seed = data[0] | static_cast<uint32_t>(data[1] - '0') << 8;
  const std::string_view sql(reinterpret_cast<const char*>(data + 2), bytes - 2);
  const bool is_whole = data[0] == '0' && data[1] == '0';
  std::unique_ptr<Small> damaged;
  if (!is_whole) damaged = std::make_unique<Small>(seed);
  const query::Source& source = is_whole ? *whole.source : *damaged->source;
  auto database = query::Database::open({{"a", &source}, {"b", whole.source.get()}});
  if (!database) __builtin_trap();
  database->set_time_limit(kTimeNs);
  run(*database, sql);
  // It can be asked again, whatever happened.
  auto again = database->prepare("select 1");
  if (!again || !again->step()) __builtin_trap();
  return 0;
}
