#include "analysis/hot_spots.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "analysis/group_sums.h"
#include "analysis/grouping.h"
#include "analysis/metrics.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;

HotSpot row_of(const Profile& p, const Selection& selection, const Grouping& g, uint32_t group,
               const GroupSums& sums) {
  HotSpot row = named_group(p, selection, g, group);
  row.self_ns = sums.self.ns;
  row.self_samples = sums.self.samples;
  row.total_ns = sums.total.ns;
  row.total_samples = sums.total.samples;
  return row;
}

std::vector<HotSpot> sum_by_row(const Profile& p, const Selection& selection,
                                const StackWeights& weights, GroupBy by) {
  const Grouping grouping = group_rows(p, selection, by);
  const std::vector<GroupSums> sums = sum_groups(p, weights, grouping);
  std::vector<HotSpot> rows;
  for (uint32_t group = 0; group < sums.size(); ++group) {
    if (sums[group].total.samples == 0) continue;
    rows.push_back(row_of(p, selection, grouping, group, sums[group]));
  }
  return rows;
}

// Threads or processes of one name are told apart by their number.
void tell_apart(std::vector<HotSpot>& groups, std::string_view number_name,
                const std::vector<uint32_t>& numbers) {
  std::unordered_map<std::string, int> times;
  for (const HotSpot& group : groups) {
    if (group.total_samples != 0) ++times[group.name];
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i != 0 && times[groups[i].name] > 1) {
      groups[i].name += " (" + std::string(number_name) + " " + std::to_string(numbers[i]) + ")";
    }
  }
}

std::vector<HotSpot> sum_by_thread(const Profile& p, const Selection& selection, bool process) {
  std::vector<HotSpot> groups(process ? p.processes().size() : p.threads().size());
  std::vector<uint32_t> numbers(groups.size(), 0);
  groups[0].name = "[unknown]";
  for (size_t i = 1; i < groups.size(); ++i) {
    groups[i].name = p.string(process ? p.processes()[i].name : p.threads()[i].name);
    numbers[i] = process ? p.processes()[i].pid : p.threads()[i].tid;
  }
  for_each_weighed(p, selection, selection.metric, [&](const Weighed& one) {
    const uint32_t thread = raw(one.thread);
    HotSpot& group = groups[process ? raw(p.threads()[thread].process) : thread];
    group.total_ns += one.weight;
    group.total_samples += one.count;
  });
  for (HotSpot& group : groups) {
    group.self_ns = group.total_ns;
    group.self_samples = group.total_samples;
  }
  tell_apart(groups, process ? "pid" : "tid", numbers);
  std::erase_if(groups, [](const HotSpot& row) { return row.total_samples == 0; });
  return groups;
}

}  // namespace

HotSpots leading_spots(const Profile& profile, const Selection& selection,
                       const StackWeights& weights, GroupBy by, double share_min) {
  const Grouping grouping = group_rows(profile, selection, by);
  const std::vector<GroupSums> sums = sum_self(profile, weights, grouping);
  constexpr uint32_t kNone = UINT32_MAX;
  uint32_t first = kNone, second = kNone;
  const auto more = [&](uint32_t a, uint32_t b) {
    return b == kNone || sums[a].self.ns > sums[b].self.ns;
  };
  for (uint32_t group = 0; group < sums.size(); ++group) {
    if (sums[group].self.samples == 0 || grouping.is_without_line(profile, group)) continue;
    if (more(group, first)) {
      second = std::exchange(first, group);
    } else if (more(group, second)) {
      second = group;
    }
  }
  if (second != kNone && sums[first].self.ns == sums[second].self.ns &&
      weights.share(sums[first].self.ns).value >= share_min) {
    return hot_spots(profile, selection, by, SortBy::kSelf);
  }
  HotSpots result{.cpu_ns = weights.cpu_ns, .sample_count = weights.sample_count};
  for (const uint32_t group : {first, second}) {
    if (group == kNone) continue;
    result.rows.push_back(row_of(profile, selection, grouping, group, sums[group]));
    result.rows.back().self = weights.share(sums[group].self.ns);
  }
  return result;
}

HotSpots hot_spots(const Profile& profile, const Selection& selection, GroupBy by, SortBy sort) {
  const StackWeights weights = weigh(profile, selection);
  HotSpots result;
  result.cpu_ns = weights.cpu_ns;
  result.sample_count = weights.sample_count;
  const bool by_thread = by == GroupBy::kThread || by == GroupBy::kProcess;
  result.rows = by_thread ? sum_by_thread(profile, selection, by == GroupBy::kProcess)
                          : sum_by_row(profile, selection, weights, by);
  for (HotSpot& row : result.rows) {
    row.self = weights.share(row.self_ns);
    row.total = weights.share(row.total_ns);
  }
  const auto weight = [&](const HotSpot& row) {
    return sort == SortBy::kSelf ? std::pair(row.self_ns, row.total_ns)
                                 : std::pair(row.total_ns, row.self_ns);
  };
  std::sort(result.rows.begin(), result.rows.end(), [&](const HotSpot& a, const HotSpot& b) {
    if (weight(a) != weight(b)) return weight(a) > weight(b);
    return std::tie(a.name, a.module, a.file, a.line) < std::tie(b.name, b.module, b.file, b.line);
  });
  return result;
}

}  // namespace hone::analysis
