#include "serve/function_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace hone::serve {
namespace {

using analysis::FunctionRow;
using analysis::FunctionTable;
using analysis::MetricState;
using analysis::TableBy;

constexpr std::array<std::string_view, 7> kBy = {"function", "line",      "module", "thread",
                                                 "process",  "subsystem", "span"};

size_t bytes_of(const FunctionTable& table) {
  size_t sum = table.rows.size() * sizeof(FunctionRow);
  for (const FunctionRow& row : table.rows) {
    sum += row.name.capacity() + row.module.capacity() + row.file.capacity() + row.in.capacity();
  }
  return sum;
}

size_t bytes_of(const WeightColumn::Values& values) {
  return (values.a.size() + values.b.size()) * sizeof(analysis::TableSums);
}

// Names of threads and processes have their number behind them only where a weight has several.
bool keys_hold(std::string_view by) {
  return by != "thread" && by != "process";
}

WeightColumn::Values joined(const FunctionTable& table, const FunctionTable& other) {
  std::unordered_map<uint64_t, const FunctionRow*> by_key;
  by_key.reserve(other.rows.size());
  for (const FunctionRow& row : other.rows) by_key.emplace(row.key, &row);
  WeightColumn::Values out;
  out.total_a = other.a.total;
  out.total_b = other.b.total;
  out.a.resize(table.rows.size());
  out.b.resize(table.rows.size());
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const auto found = by_key.find(table.rows[i].key);
    if (found == by_key.end()) continue;
    out.a[i] = found->second->a;
    out.b[i] = found->second->b;
  }
  return out;
}

Result<MetricState> state_of(const Call& call, std::string_view id) {
  for (const MetricState& state : weights_of(*call.a, call.b.get())) {
    if (state.id == id && analysis::is_of_stacks(state.metric)) return state;
  }
  return fail(Code::InvalidArgument,
              fmt::format("columns: '{}' is no weight of stacks", id.substr(0, 40)));
}

}  // namespace

double WeightColumn::sorted_by(size_t row, bool of_total, bool compared) const {
  const auto of = [&](const analysis::TableSums& sums) {
    return static_cast<double>(of_total ? sums.total : sums.self);
  };
  return compared ? of(values->b[row]) - of(values->a[row]) : of(values->a[row]);
}

Result<std::shared_ptr<const FunctionTable>> function_table_of(const Call& call,
                                                               const Asked2& asked,
                                                               const MetricState& weight,
                                                               std::string_view by) {
  const auto index = std::find(kBy.begin(), kBy.end(), by) - kBy.begin();
  return call.context.cache->kept<FunctionTable>(
      call.cache_key(fmt::format("functions {} {}", weight.id, by)),
      [&]() -> Result<FunctionTable> {
        return analysis::function_table(asked.a(), asked.b(), weight.metric,
                                        static_cast<TableBy>(index));
      },
      [](const FunctionTable& table) { return bytes_of(table); });
}

Result<std::vector<WeightColumn>> columns_asked(const Call& call, const Asked2& asked,
                                                std::string_view by, const FunctionTable& table) {
  std::vector<WeightColumn> out;
  std::string_view rest = call.request.value("columns");
  while (!rest.empty()) {
    const std::string_view id = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), id.size() + 1));
    HONE_TRY_ASSIGN(const MetricState state, state_of(call, id));
    const bool is_there = std::any_of(out.begin(), out.end(), [&](const WeightColumn& one) {
      return one.weight.metric == state.metric;
    });
    if (is_there || !state.present() || !keys_hold(by) || !table.sampled) continue;
    WeightColumn& column = out.emplace_back();
    column.weight = state;
    column.in_a = has_weight(*call.a, state.metric);
    column.in_b = call.b != nullptr && has_weight(*call.b, state.metric);
    HONE_TRY_ASSIGN(
        column.values,
        call.context.cache->kept<WeightColumn::Values>(
            call.cache_key(fmt::format("functions column {} {} {}", asked.weight.id, by, state.id)),
            [&]() -> Result<WeightColumn::Values> {
              HONE_TRY_ASSIGN(const auto other, function_table_of(call, asked, state, by));
              return joined(table, *other);
            },
            [](const WeightColumn::Values& values) { return bytes_of(values); }));
  }
  return out;
}

Json columns_json(std::span<const WeightColumn> columns, bool compared) {
  Json out = Json::array();
  for (const WeightColumn& one : columns) {
    out.push_back({{"id", one.weight.id},
                   {"name", one.weight.name},
                   {"unit", one.weight.unit},
                   {"total", one.in_a ? Json(one.values->total_a) : Json()},
                   {"total_b", compared && one.in_b ? Json(one.values->total_b) : Json()}});
  }
  return out;
}

Json counters_json(std::span<const WeightColumn> columns, size_t row, bool of_b) {
  Json out = Json::object();
  for (const WeightColumn& one : columns) {
    const bool is_there = of_b ? one.in_b : one.in_a;
    const analysis::TableSums& sums = (of_b ? one.values->b : one.values->a)[row];
    out[std::string(one.weight.id)] =
        is_there ? Json{{"self", sums.self}, {"total", sums.total}} : Json();
  }
  return out;
}

}  // namespace hone::serve
