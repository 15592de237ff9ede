#include "analysis/function_table.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "analysis/function_rows.h"
#include "analysis/group_sums.h"
#include "stats/difference.h"

namespace hone::analysis {
namespace {

using profile::Profile;

constexpr double kConfidence = 0.95;

GroupBy group_by(TableBy by) {
  switch (by) {
    case TableBy::kLine:
      return GroupBy::kLine;
    case TableBy::kModule:
      return GroupBy::kModule;
    case TableBy::kSubsystem:
      return GroupBy::kSubsystem;
    default:
      return GroupBy::kFunction;
  }
}

SideRows rows_by_group(const TableSide& side, Metric metric, TableBy by) {
  const Profile& p = *side.profile;
  const StackWeights weights = weigh(p, *side.selection, metric);
  const KeyedGroups groups = keyed_groups(p, *side.selection, group_by(by));
  const std::vector<GroupSums> sums = sum_groups(p, weights, groups.grouping);
  SideRows out;
  out.totals = {weights.cpu_ns, weights.sample_count, weights.effective_count};
  for (uint32_t group = 0; group < sums.size(); ++group) {
    const GroupSums& of = sums[group];
    if (of.total.samples == 0) continue;
    HotSpot named = named_group(p, *side.selection, groups.grouping, group);
    FunctionRow& row = out.rows.emplace_back();
    row.key = groups.keys[group];
    row.name = std::move(named.name);
    row.module = std::move(named.module);
    row.file = std::move(named.file);
    row.in = std::move(named.in);
    row.line = named.line;
    row.kind = groups.kinds[group];
    row.inlined = groups.inlined[group] != 0;
    row.a = {of.self.ns, of.total.ns, of.self.samples, of.total.samples, true};
  }
  return out;
}

// Threads and processes do not call each other: all of their time is their own. Those of one name
// are told apart by their number, unless they are to be compared, where a number means nothing.
SideRows rows_by_thread(const TableSide& side, Metric metric, bool process, bool by_name) {
  const Profile& p = *side.profile;
  struct Sums {
    int64_t weight = 0;
    uint64_t count = 0;
  };
  std::vector<Sums> sums(process ? p.processes().size() : p.threads().size());
  SideRows out;
  double squares = 0;
  for_each_weighed(p, *side.selection, metric, [&](const Weighed& one) {
    const uint32_t thread = raw(one.thread);
    Sums& to = sums[process ? raw(p.threads()[thread].process) : thread];
    to.weight += one.weight;
    to.count += one.count;
    out.totals.total += one.weight;
    out.totals.samples += one.count;
    const auto weight = static_cast<double>(one.weight);
    squares += weight * weight / one.count;
  });
  const auto all = static_cast<double>(out.totals.total);
  out.totals.effective_samples = squares > 0 ? all * all / squares : 0;
  const auto name_of = [&](size_t i) {
    const std::string_view name = p.string(process ? p.processes()[i].name : p.threads()[i].name);
    return i == 0 || name.empty() ? std::string("[unknown]") : std::string(name);
  };
  std::unordered_map<std::string, uint32_t> times;
  for (size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].count != 0) ++times[name_of(i)];
  }
  std::unordered_map<std::string, size_t> known;
  for (size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].count == 0) continue;
    std::string name = name_of(i);
    if (!by_name && i != 0 && times[name] > 1) {
      const uint32_t number = process ? p.processes()[i].pid : p.threads()[i].tid;
      name += std::string(process ? " (pid " : " (tid ") + std::to_string(number) + ")";
    }
    const auto [at, added] = known.try_emplace(name, out.rows.size());
    if (added) {
      FunctionRow& row = out.rows.emplace_back();
      row.key = key_of_name(process ? "process" : "thread", name);
      row.name = std::move(name);
      row.a.here = true;
    }
    TableSums& to = out.rows[at->second].a;
    to.self += sums[i].weight;
    to.self_samples += sums[i].count;
    to.total = to.self;
    to.total_samples = to.self_samples;
  }
  return out;
}

SideRows rows_of_side(const TableSide& side, Metric metric, TableBy by, bool compared) {
  if (side.profile == nullptr) return {};
  if (metric == Metric::kSpans) return rows_of_spans(side);
  if (!is_of_stacks(metric)) return rows_of_gpu_spans(side);
  switch (by) {
    case TableBy::kSpan:
      return rows_by_open_span(side, metric);
    case TableBy::kThread:
    case TableBy::kProcess:
      return rows_by_thread(side, metric, by == TableBy::kProcess, compared);
    default:
      return rows_by_group(side, metric, by);
  }
}

stats::Counted counted(const TableSums& sums, const TableTotals& of) {
  const auto all = static_cast<double>(of.total);
  const double share = all > 0 ? static_cast<double>(sums.self) / all : 0;
  return {share * of.effective_samples, of.effective_samples};
}

// In the metric's unit: so many effective samples, each standing for so much.
stats::Estimate sum_estimate(const TableSums& sums, const TableTotals& of) {
  if (!(of.effective_samples > 0)) return {};
  const double each = static_cast<double>(of.total) / of.effective_samples;
  const auto value = static_cast<double>(sums.self);
  const stats::Interval at = stats::poisson_interval(value / each, kConfidence);
  return {value, {at.low * each, at.high * each}};
}

}  // namespace

Share FunctionTable::self_share(const TableSums& sums, const TableTotals& of) const {
  if (of.total <= 0) return {0, 0, 1};
  const stats::Counted count = counted(sums, of);
  // Each was measured, or nobody knows how many events there were: then there is no interval.
  if (!sampled || of.effective_samples <= 0) {
    const double share = static_cast<double>(sums.self) / static_cast<double>(of.total);
    return {share, share, share};
  }
  const stats::Interval at = stats::wilson_interval(count.successes, count.trials, kConfidence);
  return {count.trials > 0 ? count.successes / count.trials : 0, at.low, at.high};
}

double FunctionTable::delta(const FunctionRow& row, DeltaOf of) const {
  if (!compared) return 0;
  if (of == DeltaOf::kTotal) {
    return static_cast<double>(row.b.self) - static_cast<double>(row.a.self);
  }
  const auto share = [](const TableSums& sums, const TableTotals& all) {
    return all.total > 0 ? static_cast<double>(sums.self) / static_cast<double>(all.total) : 0;
  };
  return share(row.b, b) - share(row.a, a);
}

Verdict FunctionTable::verdict(const FunctionRow& row, DeltaOf of) const {
  if (!compared) return Verdict::kNone;
  if (!row.b.here) return Verdict::kOnlyA;
  if (!row.a.here) return Verdict::kOnlyB;
  if (!sampled || a.effective_samples <= 0 || b.effective_samples <= 0) return Verdict::kNone;
  if (of == DeltaOf::kShare) {
    return judge(delta(row, of),
                 stats::share_difference(counted(row.a, a), counted(row.b, b), kConfidence),
                 kShareThatMatters);
  }
  const auto all = static_cast<double>(std::max<int64_t>(a.total, 1));
  stats::Interval at = stats::difference(sum_estimate(row.a, a), sum_estimate(row.b, b));
  at = {at.low / all, at.high / all};
  return judge(delta(row, of) / all, at, kShareThatMatters);
}

FunctionTable function_table(const TableSide& a, const TableSide& b, Metric metric, TableBy by) {
  FunctionTable out;
  out.compared = b.profile != nullptr;
  out.sampled = is_of_stacks(metric);
  SideRows of_a = rows_of_side(a, metric, by, out.compared);
  SideRows of_b = rows_of_side(b, metric, by, out.compared);
  out.a = of_a.totals;
  out.b = of_b.totals;
  out.rows = std::move(of_a.rows);
  if (!out.compared) return out;
  std::unordered_map<uint64_t, size_t> known;
  known.reserve(out.rows.size());
  for (size_t i = 0; i < out.rows.size(); ++i) known.emplace(out.rows[i].key, i);
  for (FunctionRow& row : of_b.rows) {
    const TableSums sums = row.a;
    const auto at = known.find(row.key);
    if (at != known.end()) {
      out.rows[at->second].b = sums;
      out.rows[at->second].inlined |= row.inlined;
      continue;
    }
    row.b = sums;
    row.a = {};
    out.rows.push_back(std::move(row));
  }
  return out;
}

}  // namespace hone::analysis
