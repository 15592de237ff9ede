#include "analysis/call_edges.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "analysis/stack_walk.h"

namespace hone::analysis {
namespace {

using profile::Profile;

constexpr uint32_t kNoCaller = UINT32_MAX;

// Calls visit(group, caller's group or kNoCaller) for the rows of a stack, outermost first.
template <class Visit>
void for_rows(const Profile& p, std::span<const uint32_t> group_of_row, uint32_t stack,
              Visit&& visit) {
  const RowRange rows = rows_of(p, stack);
  const uint32_t parent = raw(p.stacks().parent[stack]);
  uint32_t caller = parent != 0 ? group_of_row[rows_of(p, parent).begin] : kNoCaller;
  for (uint32_t row = rows.end; row-- > rows.begin;) {
    visit(group_of_row[row], caller);
    caller = group_of_row[row];
  }
}

void add(Weight& to, const Weight& more) {
  to.ns += more.ns;
  to.samples += more.samples;
}

std::vector<NeighbourRow> merged(std::vector<NeighbourRow>&& of_a,
                                 std::vector<NeighbourRow>&& of_b) {
  std::unordered_map<uint64_t, size_t> known;
  for (size_t i = 0; i < of_a.size(); ++i) known.emplace(of_a[i].key, i);
  for (NeighbourRow& row : of_b) {
    row.b = std::exchange(row.a, {});
    row.in_b = std::exchange(row.in_a, false);
    const auto at = known.find(row.key);
    if (at == known.end()) {
      of_a.push_back(std::move(row));
    } else {
      of_a[at->second].b = row.b;
      of_a[at->second].in_b = true;
    }
  }
  std::sort(of_a.begin(), of_a.end(), [](const NeighbourRow& x, const NeighbourRow& y) {
    const int64_t more_x = std::max(x.a.ns, x.b.ns), more_y = std::max(y.a.ns, y.b.ns);
    if (more_x != more_y) return more_x > more_y;
    return std::tie(x.name, x.module, x.key) < std::tie(y.name, y.module, y.key);
  });
  return std::move(of_a);
}

struct Side {
  FunctionRow function;
  TableTotals totals;
  std::vector<NeighbourRow> callers, callees;
};

Side side_of(const TableSide& side, Metric metric, uint64_t key) {
  Side out;
  if (side.profile == nullptr) return out;
  const Profile& p = *side.profile;
  const StackWeights weights = weigh(p, *side.selection, metric);
  out.totals = {weights.cpu_ns, weights.sample_count, weights.effective_count};
  const KeyedGroups groups = keyed_groups(p, *side.selection, GroupBy::kFunction);
  const auto found = std::find(groups.keys.begin(), groups.keys.end(), key);
  if (found == groups.keys.end()) return out;
  const auto wanted = static_cast<uint32_t>(found - groups.keys.begin());
  HotSpot named = named_group(p, *side.selection, groups.grouping, wanted);
  out.function.key = key;
  out.function.name = std::move(named.name);
  out.function.module = std::move(named.module);
  out.function.file = std::move(named.file);
  out.function.line = named.line;
  out.function.kind = groups.kinds[wanted];
  out.function.inlined = groups.inlined[wanted] != 0;
  const CallEdges edges = call_edges(p, weights, groups.grouping.of_row, wanted);
  out.function.a = {edges.self.ns, edges.total.ns, edges.self.samples, edges.total.samples, true};
  const auto rows = [&](const std::unordered_map<uint32_t, Weight>& from) {
    std::vector<NeighbourRow> list;
    for (const auto& [group, weight] : from) {
      if (weight.samples == 0) continue;
      HotSpot name = named_group(p, *side.selection, groups.grouping, group);
      list.push_back({.key = groups.keys[group],
                      .name = std::move(name.name),
                      .module = std::move(name.module),
                      .kind = groups.kinds[group],
                      .a = weight,
                      .in_a = true});
    }
    return list;
  };
  out.callers = rows(edges.callers);
  out.callees = rows(edges.callees);
  return out;
}

}  // namespace

CallEdges call_edges(const Profile& profile, const StackWeights& weights,
                     std::span<const uint32_t> group_of_row, uint32_t wanted) {
  CallEdges out;
  // How often an edge (or the group itself) is on the path from the root.
  std::unordered_map<uint32_t, uint32_t> caller_on_path, callee_on_path;
  uint32_t on_path = 0;
  const auto enter = [&](uint32_t stack) {
    for_rows(profile, group_of_row, stack, [&](uint32_t here, uint32_t caller) {
      if (here == wanted) {
        ++on_path;
        if (caller != kNoCaller) ++caller_on_path[caller];
      }
      if (caller == wanted) ++callee_on_path[here];
    });
  };
  const auto leave = [&](uint32_t stack, const Weight& total) {
    for_rows(profile, group_of_row, stack, [&](uint32_t here, uint32_t caller) {
      if (here == wanted) {
        if (--on_path == 0) add(out.total, total);
        if (caller != kNoCaller && --caller_on_path[caller] == 0) add(out.callers[caller], total);
      }
      if (caller == wanted && --callee_on_path[here] == 0) add(out.callees[here], total);
    });
  };
  StackWalk(profile.stacks(), weights).run(enter, leave);
  for (const StackWeights::Own& own : weights.own) {
    const uint32_t group = own.stack == 0 ? 0 : group_of_row[rows_of(profile, own.stack).begin];
    if (group != wanted) continue;
    add(out.self, {own.ns, own.samples});
    if (own.stack == 0) add(out.total, {own.ns, own.samples});
  }
  return out;
}

FunctionNeighbours function_neighbours(const TableSide& a, const TableSide& b, Metric metric,
                                       uint64_t key) {
  Side of_a = side_of(a, metric, key);
  Side of_b = side_of(b, metric, key);
  FunctionNeighbours out;
  out.a = of_a.totals;
  out.b = of_b.totals;
  const TableSums in_b = of_b.function.a;
  if (of_a.function.name.empty()) {
    out.function = std::move(of_b.function);
    out.function.a = {};
  } else {
    out.function = std::move(of_a.function);
  }
  out.function.b = in_b;
  out.callers = merged(std::move(of_a.callers), std::move(of_b.callers));
  out.callees = merged(std::move(of_a.callees), std::move(of_b.callees));
  return out;
}

}  // namespace hone::analysis
