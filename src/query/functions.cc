// Functions of one row: stacks as text, self times, overlaps of intervals.
#include <sqlite3.h>

#include <algorithm>
#include <string>

#include "base/host/text.h"
#include "query/connection.h"
#include "query/schema.h"
#include "query/span_scan.h"
#include "query/stretches.h"

namespace hone::query {
namespace {

std::string_view text_of(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (text == nullptr) return "";
  return {text, static_cast<size_t>(sqlite3_value_bytes(value))};
}

// The recording that the optional last argument names; null after an error was said.
const Source* source_of(sqlite3_context* to, int count, sqlite3_value** values, int needed) {
  const auto& connection = *static_cast<const Connection*>(sqlite3_user_data(to));
  const std::string_view name = count > needed ? text_of(values[needed]) : std::string_view("");
  const Source* source = connection.source(name);
  if (source == nullptr) {
    sqlite3_result_error(to, ("no recording is named '" + std::string(name) + "'").c_str(), -1);
  }
  return source;
}

// Functions from the outermost on, inlined calls expanded: "main;work;memcpy".
std::string stack_text(const Source& source, uint32_t stack) {
  const profile::Profile& p = source.profile();
  std::vector<std::string_view> names;
  for (; stack != 0; stack = raw(p.stacks().parent[stack])) {
    const uint32_t frame = raw(p.stacks().frame[stack]);
    for (uint32_t row = p.frames().first_line[frame]; row < p.frames().first_line[frame + 1];
         ++row) {
      names.push_back(p.string(p.functions()[raw(p.lines().function[row])].name));
    }
  }
  std::string out;
  for (size_t i = names.size(); i-- > 0;) {
    out += names[i];
    if (i > 0) out += ';';
  }
  return out;
}

void run_stack_text(sqlite3_context* to, int count, sqlite3_value** values) {
  const Source* source = source_of(to, count, values, 1);
  if (source == nullptr || sqlite3_value_type(values[0]) == SQLITE_NULL) return;
  const int64_t id = sqlite3_value_int64(values[0]);
  if (id < 0 || static_cast<size_t>(id) >= source->profile().stacks().size()) return;
  Cell(to).copied(stack_text(*source, static_cast<uint32_t>(id)));
}

void run_self_time(sqlite3_context* to, int count, sqlite3_value** values) {
  const Source* source = source_of(to, count, values, 1);
  if (source == nullptr || sqlite3_value_type(values[0]) == SQLITE_NULL) return;
  const int64_t id = sqlite3_value_int64(values[0]);
  const size_t all = source->marks().spans.size() + source->marks().loose.size();
  if (id < 1 || static_cast<size_t>(id) > all) return;
  Watch watch;
  SpanScan scan(*source, watch);
  scan.begin({}, static_cast<size_t>(id - 1), static_cast<size_t>(id), SpanOrder::kByNumber);
  if (!scan.at_end()) sqlite3_result_int64(to, scan.self_ns());
}

// How long two intervals have in common.
void run_overlap(sqlite3_context* to, int, sqlite3_value** values) {
  for (int i = 0; i < 4; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_NULL) return;
  }
  __int128 from[2], until[2];
  for (int i = 0; i < 2; ++i) {
    from[i] = sqlite3_value_int64(values[2 * i]);
    until[i] = from[i] + sqlite3_value_int64(values[2 * i + 1]);
  }
  const __int128 both = std::min(until[0], until[1]) - std::max(from[0], from[1]);
  sqlite3_result_int64(to, static_cast<int64_t>(std::clamp<__int128>(both, 0, INT64_MAX)));
}

// in_span(thread, ts, 'AI::*')
void run_in_span(sqlite3_context* to, int count, sqlite3_value** values) {
  const Source* source = source_of(to, count, values, 3);
  if (source == nullptr) return;
  for (int i = 0; i < 3; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_NULL) return;
  }
  // Looking the name up takes longer than the rest, and is the same for every row.
  using Kept = std::shared_ptr<const ThreadStretches>;
  auto* kept = static_cast<Kept*>(sqlite3_get_auxdata(to, 2));
  Kept now;
  if (kept == nullptr) {
    now = source->stretches(text_of(values[2]));
  } else {
    now = *kept;
  }
  const bool inside = now->holds(sqlite3_value_int64(values[0]), sqlite3_value_int64(values[1]));
  sqlite3_result_int(to, inside ? 1 : 0);
  if (kept == nullptr) {
    sqlite3_set_auxdata(to, 2, new Kept(now), [](void* data) { delete static_cast<Kept*>(data); });
  }
}

void run_duration_text(sqlite3_context* to, int, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
  Cell(to).copied(base::duration_text(DurationNs{sqlite3_value_int64(values[0])}));
}
void run_bytes_text(sqlite3_context* to, int, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
  const int64_t bytes = sqlite3_value_int64(values[0]);
  Cell(to).copied(base::bytes_text(bytes > 0 ? static_cast<uint64_t>(bytes) : 0));
}

struct Scalar {
  const char* name;
  int count;
  void (*run)(sqlite3_context*, int, sqlite3_value**);
};
constexpr Scalar kScalars[] = {
    {"stack_text", 1, &run_stack_text}, {"stack_text", 2, &run_stack_text},
    {"self_time", 1, &run_self_time},   {"self_time", 2, &run_self_time},
    {"overlap", 4, &run_overlap},       {"in_span", 3, &run_in_span},
    {"in_span", 4, &run_in_span},       {"duration_text", 1, &run_duration_text},
    {"bytes_text", 1, &run_bytes_text},
};

}  // namespace

Result<void> add_functions(Connection& connection) {
  for (const Scalar& each : kScalars) {
    const int status = sqlite3_create_function_v2(
        connection.db, each.name, each.count, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
        &connection, each.run, nullptr, nullptr, nullptr);
    if (status != SQLITE_OK) return fail(Code::Internal, "SQLite takes no functions");
  }
  return {};
}

}  // namespace hone::query
