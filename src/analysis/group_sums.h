// What the groups of a Grouping come to: self and total of each, from samples summed by stack.
//
//   const Grouping groups = group_rows(profile, selection, GroupBy::kFunction);
//   const std::vector<GroupSums> sums = sum_groups(profile, weigh(profile, selection), groups);
#pragma once

#include <vector>

#include "analysis/grouping.h"
#include "analysis/weights.h"
#include "profile/profile.h"

namespace hone::analysis {

// The times of a group, apart from its names: all of them together stay in the cache.
struct GroupSums {
  Weight self, total;
};

// Of each group, by its number. Recursion counts once a sample. Uses a second thread where there is
// much to sum.
std::vector<GroupSums> sum_groups(const profile::Profile& profile, const StackWeights& weights,
                                  const Grouping& grouping);
// Self alone, which costs a fraction; of groupings that do not look outward.
std::vector<GroupSums> sum_self(const profile::Profile& profile, const StackWeights& weights,
                                const Grouping& grouping);

}  // namespace hone::analysis
