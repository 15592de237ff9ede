// Who calls a group of rows (a function, a module), whom it calls, and how much went through each.
//
//   const CallEdges edges = call_edges(profile, weights, groups.of_row, wanted);
//   for (const auto& [caller, weight] : edges.callers) use(caller, weight.ns);
//
// A sample counts once for each edge that it went through, however often.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/function_table.h"
#include "analysis/weights.h"
#include "profile/profile.h"

namespace hone::analysis {

struct CallEdges {
  Weight self, total;
  std::unordered_map<uint32_t, Weight> callers, callees;  // by group
};

// `group_of_row`: index = row of profile.lines().
CallEdges call_edges(const profile::Profile& profile, const StackWeights& weights,
                     std::span<const uint32_t> group_of_row, uint32_t wanted);

// The same of a function that a key names, of one recording or two.
struct NeighbourRow {
  uint64_t key = 0;
  std::string name, module;
  CodeKind kind{};
  Weight a, b;
  bool in_a = false, in_b = false;
};
struct FunctionNeighbours {
  FunctionRow function;
  TableTotals a, b;                            // of all
  std::vector<NeighbourRow> callers, callees;  // heaviest first
};
// A key that neither recording has gives a function without a name.
FunctionNeighbours function_neighbours(const TableSide& a, const TableSide& b, Metric metric,
                                       uint64_t key);

}  // namespace hone::analysis
