// What the page Functions shows: what can be weighed, the table, and one function's callers and
// callees.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "analysis/call_edges.h"
#include "analysis/text_match.h"
#include "serve/endpoints.h"
#include "serve/function_columns.h"
#include "serve/weights_asked.h"

namespace hone::serve {
namespace {

using analysis::DeltaOf;
using analysis::FunctionRow;
using analysis::FunctionTable;
using analysis::TableSums;

constexpr int64_t kRowsMax = 5000;      // of one answer
constexpr size_t kNeighboursMax = 500;  // callers or callees of one function

constexpr std::array<std::string_view, 7> kBy = {"function", "line",      "module", "thread",
                                                 "process",  "subsystem", "span"};
constexpr std::array<std::string_view, 5> kSorts = {"self", "total", "name", "delta", "samples"};
constexpr std::array<std::string_view, 2> kTotals = {"1", "0"};
constexpr std::array<std::string_view, 2> kOrders = {"desc", "asc"};
constexpr std::array<std::string_view, 2> kNameOrders = {"asc", "desc"};
constexpr std::array<std::string_view, 4> kKinds = {"all", "user", "system", "inlined"};
constexpr std::array<std::string_view, 2> kPer = {"share", "total"};

bool is_of_kind(const FunctionRow& row, std::string_view kind) {
  if (kind == "user") return row.kind == analysis::CodeKind::kUser;
  if (kind == "system") return row.kind != analysis::CodeKind::kUser;
  if (kind == "inlined") return row.inlined;
  return true;
}

// "self.off-cpu" and "total.off-cpu" sort by the columns of off-cpu.
struct ColumnSort {
  std::string_view id;  // "": by none
  bool of_total = false;
};
ColumnSort column_sort(std::string_view sort) {
  for (const std::string_view name : {"self.", "total."}) {
    if (sort.starts_with(name)) return {sort.substr(name.size()), name == "total."};
  }
  return {};
}

Result<std::string_view> sort_asked(const Call& call, std::span<const WeightColumn> columns) {
  const std::string_view sort = call.request.value("sort");
  const std::string_view id = column_sort(sort).id;
  if (id.empty()) return call.choice("sort", kSorts);
  const bool is_shown = std::any_of(columns.begin(), columns.end(),
                                    [&](const WeightColumn& one) { return one.weight.id == id; });
  // An address may name a column that is shown no more, or that this recording lacks.
  return is_shown ? sort : kSorts.front();
}

// The rows that are shown, in their order; ties by name and key, so that it is the same every time.
std::vector<uint32_t> ordered(const FunctionTable& table, std::span<const WeightColumn> columns,
                              const analysis::TextMatch& match, std::string_view kind,
                              std::string_view sort, bool ascending, DeltaOf per) {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < table.rows.size(); ++i) {
    const FunctionRow& row = table.rows[i];
    if (!is_of_kind(row, kind)) continue;
    if (match.is_empty() || match(row.name) || match(row.module) || match(row.file)) {
      order.push_back(i);
    }
  }
  const ColumnSort by_column = column_sort(sort);
  const auto sorted = std::find_if(columns.begin(), columns.end(), [&](const WeightColumn& one) {
    return one.weight.id == by_column.id;
  });
  std::vector<double> value(table.rows.size(), 0);
  for (const uint32_t i : order) {
    const FunctionRow& row = table.rows[i];
    const auto most = [&](auto of) { return static_cast<double>(std::max(of(row.a), of(row.b))); };
    if (sort == "self") value[i] = most([](const TableSums& sums) { return sums.self; });
    if (sort == "total") value[i] = most([](const TableSums& sums) { return sums.total; });
    if (sort == "samples") value[i] = most([](const TableSums& sums) { return sums.self_samples; });
    if (sort == "delta") value[i] = table.delta(row, per);
    if (sorted != columns.end())
      value[i] = sorted->sorted_by(i, by_column.of_total, table.compared);
  }
  std::sort(order.begin(), order.end(), [&](uint32_t x, uint32_t y) {
    if (value[x] != value[y]) return ascending ? value[x] < value[y] : value[x] > value[y];
    const FunctionRow& a = table.rows[x];
    const FunctionRow& b = table.rows[y];
    const int names = a.name.compare(b.name);
    if (names != 0) return sort == "name" && !ascending ? names > 0 : names < 0;
    return a.key != b.key ? a.key < b.key : x < y;
  });
  return order;
}

Json sums_json(const TableSums& sums) {
  return {{"self", sums.self},
          {"total", sums.total},
          {"self_samples", sums.self_samples},
          {"total_samples", sums.total_samples}};
}

Json row_json(const FunctionTable& table, const FunctionRow& row, DeltaOf per) {
  const analysis::Share share = table.self_share(row.a, table.a);
  Json out = {{"key", key_text(row.key)}, {"name", row.name}, {"module", row.module},
              {"file", row.file},         {"line", row.line}, {"kind", code_kind_name(row.kind)}};
  if (!row.in.empty()) out["in"] = row.in;
  if (row.inlined) out["inlined"] = true;
  out.update(sums_json(row.a));
  out["self_low"] = share.low;
  out["self_high"] = share.high;
  out["b"] = nullptr;
  if (table.compared && row.b.here) {
    out["b"] = sums_json(row.b);
    const analysis::Share of_b = table.self_share(row.b, table.b);
    out["b"]["self_low"] = of_b.low;
    out["b"]["self_high"] = of_b.high;
  }
  out["delta_self"] = table.compared ? Json(table.delta(row, per)) : Json();
  out["verdict"] = verdict_name(table.verdict(row, per));
  return out;
}

// Of spans and the like, what the page Functions needs, too, is made, and kept for it.
Result<int64_t> total_of(const Call& call, const analysis::TableSide& side, const Asked2& asked,
                         bool of_b) {
  if (analysis::is_of_stacks(asked.weight.metric)) {
    int64_t sum = 0;
    analysis::for_each_weighed(*side.profile, *side.selection, asked.weight.metric,
                               [&](const analysis::Weighed& one) { sum += one.weight; });
    return sum;
  }
  HONE_TRY_ASSIGN(const std::shared_ptr<const FunctionTable> table,
                  function_table_of(call, asked, asked.weight, kBy.front()));
  return of_b ? table->b.total : table->a.total;
}

Result<std::string> weights_text(const Call& call, bool with_totals) {
  Asked2 asked{.opened_a = call.a, .opened_b = call.b};
  HONE_TRY_ASSIGN(asked.selected_a, call.selection(*call.a));
  if (call.b) {
    HONE_TRY_ASSIGN(asked.selected_b, call.selection(*call.b));
  }
  const auto states = weights_of(*call.a, call.b.get());
  Json weights = Json::array();
  for (size_t i = 0; i < states.size(); ++i) {
    asked.weight = states[i];
    Json one = {{"id", states[i].id},     {"name", states[i].name}, {"unit", states[i].unit},
                {"what", states[i].what}, {"total", nullptr},       {"total_b", nullptr}};
    if (with_totals && has_weight(*call.a, states[i].metric)) {
      HONE_TRY_ASSIGN(one["total"], total_of(call, asked.a(), asked, false));
    }
    if (with_totals && call.b && has_weight(*call.b, states[i].metric)) {
      HONE_TRY_ASSIGN(one["total_b"], total_of(call, asked.b(), asked, true));
    }
    one["absent"] = absent_json(states[i]);
    weights.push_back(std::move(one));
  }
  return json_text({{"weights", std::move(weights)}});
}

Result<Response> weights(const Call& call) {
  HONE_TRY_ASSIGN(const std::string_view totals, call.choice("totals", kTotals));
  const bool with_totals = totals == "1";
  HONE_TRY_ASSIGN(const std::shared_ptr<const std::string> text,
                  call.context.cache->kept<std::string>(
                      call.cache_key(with_totals ? "weights" : "names of weights"),
                      [&] { return weights_text(call, with_totals); },
                      [](const std::string& made) { return made.size(); }));
  return Response{.body = *text};
}

Result<Response> functions(const Call& call) {
  HONE_TRY_ASSIGN(const Asked2 asked, weight_asked(call));
  HONE_TRY_ASSIGN(const std::string_view by, call.choice("by", kBy));
  HONE_TRY_ASSIGN(const std::string_view kind, call.choice("kind", kKinds));
  HONE_TRY_ASSIGN(const std::string_view per_text, call.choice("per", kPer));
  HONE_TRY_ASSIGN(const int64_t offset, call.number("offset", 0, 0, INT32_MAX));
  HONE_TRY_ASSIGN(const int64_t limit, call.number("limit", 200, 0, kRowsMax));
  HONE_TRY_ASSIGN(const analysis::TextMatch match,
                  analysis::TextMatch::of(call.request.value("filter")));
  const DeltaOf per = per_text == "share" ? DeltaOf::kShare : DeltaOf::kTotal;
  HONE_TRY_ASSIGN(const std::shared_ptr<const FunctionTable> kept,
                  function_table_of(call, asked, asked.weight, by));
  const FunctionTable& table = *kept;
  HONE_TRY_ASSIGN(const std::vector<WeightColumn> columns, columns_asked(call, asked, by, table));
  HONE_TRY_ASSIGN(const std::string_view sort, sort_asked(call, columns));
  HONE_TRY_ASSIGN(const std::string_view order,
                  call.choice("order", sort == "name" ? kNameOrders : kOrders));
  using Order = std::vector<uint32_t>;
  HONE_TRY_ASSIGN(
      const std::shared_ptr<const Order> rows,
      call.context.cache->kept<Order>(
          call.cache_key(fmt::format("functions order {} {} {} {} {} {} {}", asked.weight.id, by,
                                     sort, order, kind, per_text, call.request.value("filter"))),
          [&]() -> Result<Order> {
            return ordered(table, columns, match, kind, sort, order == "asc", per);
          },
          [](const Order& made) { return made.size() * sizeof(uint32_t); }));
  Json list = Json::array();
  const size_t first = std::min(static_cast<size_t>(offset), rows->size());
  const size_t last = std::min(first + static_cast<size_t>(limit), rows->size());
  for (size_t i = first; i < last; ++i) {
    const uint32_t at = (*rows)[i];
    Json& row = list.emplace_back(row_json(table, table.rows[at], per));
    if (columns.empty()) continue;
    row["counters"] = counters_json(columns, at, false);
    if (!row["b"].is_null()) row["b"]["counters"] = counters_json(columns, at, true);
  }
  return json_response({{"weight", asked.weight.id},
                        {"unit", asked.weight.unit},
                        {"by", by},
                        {"total", table.a.total},
                        {"total_b", table.compared ? Json(table.b.total) : Json()},
                        {"samples", table.a.samples},
                        {"samples_b", table.compared ? Json(table.b.samples) : Json()},
                        {"rows_total", rows->size()},
                        {"absent", absent_json(asked.weight)},
                        {"columns", columns_json(columns, table.compared)},
                        {"rows", std::move(list)}});
}

Json neighbours_json(const std::vector<analysis::NeighbourRow>& from, bool compared) {
  Json out = Json::array();
  for (const analysis::NeighbourRow& row : from) {
    if (out.size() == kNeighboursMax) break;
    Json one = {{"key", key_text(row.key)},
                {"name", row.name},
                {"module", row.module},
                {"kind", code_kind_name(row.kind)},
                {"total", row.a.ns},
                {"samples", row.a.samples},
                {"b", nullptr}};
    if (compared && row.in_b) one["b"] = {{"total", row.b.ns}, {"samples", row.b.samples}};
    out.push_back(std::move(one));
  }
  return out;
}

Result<Response> function(const Call& call) {
  HONE_TRY_ASSIGN(const Asked2 asked, weight_asked(call));
  HONE_TRY_ASSIGN(const uint64_t key, key_asked("key", call.request.value("key")));
  if (!analysis::is_of_stacks(asked.weight.metric)) {
    return fail(
        Code::InvalidArgument,
        fmt::format("weight: {} is not weighed by stack: it has no callers", asked.weight.id));
  }
  const analysis::FunctionNeighbours found =
      analysis::function_neighbours(asked.a(), asked.b(), asked.weight.metric, key);
  const FunctionRow& row = found.function;
  if (row.name.empty()) {
    return fail(Code::NotFound, fmt::format("no function has the key {}", key_text(key)));
  }
  FunctionTable table;
  table.a = found.a;
  table.b = found.b;
  table.compared = asked.compares();
  Json out = row_json(table, row, DeltaOf::kShare);
  out["weight"] = asked.weight.id;
  out["unit"] = asked.weight.unit;
  out["all"] = found.a.total;
  out["all_b"] = table.compared ? Json(found.b.total) : Json();
  out["callers_total"] = found.callers.size();
  out["callees_total"] = found.callees.size();
  out["callers"] = neighbours_json(found.callers, table.compared);
  out["callees"] = neighbours_json(found.callees, table.compared);
  return json_response(out);
}

}  // namespace

const Endpoint kWeights = {
    .path = "weights",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "What functions, flame graphs and source can be weighed by.",
    .parameters = {{"totals",
                    "`1` (default) or `0`: without sums, which take a pass over everything"}},
    .returns =
        "`{weights: [{id, name, unit, what, total, total_b, absent}]}`: all that Hone knows. "
        "`unit` "
        "is `ns`, `count` or `bytes`; `what` says what is summed: `samples`, `waits`, `spans`, "
        "`gpu`, "
        "or nothing. `total` is null where the recording has none of it, and `absent` is `{why, "
        "command}` where no recording has.",
    .answer = &weights};

const Endpoint kFunctions = {
    .path = "functions",
    .sides = Sides::kAB,
    .selects = true,
    .summary =
        "The functions, or lines, modules, ..., with what each weighs itself and with what it "
        "calls.",
    .parameters =
        {{"weight", kWeightMeaning},
         {"by",
          "`function` (default), `line`, `module`, `thread`, `process`, `subsystem`, "
          "`span`; of weights `spans` and `gpu` rows are spans, whatever this says"},
         {"sort",
          "`self` (default), `total`, `name`, `delta`, `samples`; of two "
          "recordings, by the larger side. `self.ID`, `total.ID`: by a column, of two recordings "
          "by its difference; by `self` where there is no such column"},
         {"order", "`desc`, `asc`; default: names rise, numbers fall"},
         {"filter",
          "a part of name, module or file, in any case; `/x/` is a regular "
          "expression (POSIX extended)"},
         {"kind",
          "`all`, `user`, `system` (libraries in the system's folders, the kernel), "
          "`inlined`"},
         {"columns",
          "further weights of each row, ids of `weights` with commas between: weights "
          "of stacks; not by `thread` or `process`, nor for weights `spans` and `gpu`"},
         {"per", "`share` (default): differences of shares, `total`: of the sums themselves"},
         {"offset", "of the first row"},
         {"limit", "rows at most, up to 5000; default 200"}},
    .returns =
        "`{weight, unit, by, total, total_b, samples, samples_b, rows_total, absent, columns: "
        "[{id, "
        "name, unit, total, total_b}], rows: [{key, name, module, file, line, kind, in, inlined, "
        "self, total, self_samples, total_samples, "
        "self_low, self_high, b: {...}, delta_self, verdict, counters}]}`. `self_low` and "
        "`self_high` are "
        "the "
        "95% interval of self's share (Wilson). `b` has the numbers of the other recording, null "
        "where it has no such row. `counters`, in rows and in their `b`, has what each of "
        "`columns` "
        "weighs: `{ID: {self, total}}`, null where that recording has no such weight; "
        "rows are those of `weight` alone. `verdict`: `improved`, `regressed`, `no change`, "
        "`inconclusive`, "
        "`only in a`, `only in b`, or nothing without `b`: by Newcombe's 95% interval of the "
        "difference, of which half a percent of the whole matters.",
    .answer = &functions};

const Endpoint kFunction = {
    .path = "function",
    .sides = Sides::kAB,
    .selects = true,
    .summary = "One function: what it weighs, who calls it, whom it calls.",
    .parameters = {{"weight", kWeightMeaning}, {"key", "of `functions`"}},
    .returns =
        "As a row of `functions`, with `weight`, `unit`, `all` (the weight of everything), "
        "`callers` and `callees`: `[{key, name, module, kind, total, samples, b}]`, heaviest "
        "first, 500 at most of `callers_total` and `callees_total`.",
    .answer = &function};

}  // namespace hone::serve
