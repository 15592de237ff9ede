#include "analysis/hot_spots.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "analysis/grouping.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;

void add_self(HotSpot& group, const StackWeights& w, size_t stack) {
  group.self_ns += w.own_ns[stack];
  group.self_samples += w.own_samples[stack];
}
void add_total(HotSpot& group, int64_t ns, uint64_t samples) {
  group.total_ns += ns;
  group.total_samples += samples;
}

// Self time to the innermost row, total to each group once a stack: a stack's total is the whole
// subtree's, added where the group first comes on the path from the root.
void sum_by_row(const Profile& p, const StackWeights& w, Grouping& g) {
  std::vector<uint32_t> on_path(g.groups.size(), 0);
  std::vector<uint32_t> self_group;
  if (g.look_outward) self_group.resize(p.stacks().size(), 0);
  const auto enter = [&](uint32_t stack) {
    const RowRange rows = rows_of(p, stack);
    uint32_t self = g.look_outward ? 0 : g.of_row[rows.begin];
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
      const uint32_t group = g.of_row[row];
      if (g.look_outward && group == 0) continue;
      if (self == 0) self = group;
      if (on_path[group]++ == 0) {
        add_total(g.groups[group], w.total_ns[stack], w.total_samples[stack]);
      }
    }
    if (g.look_outward) {
      if (self == 0) self = self_group[raw(p.stacks().parent[stack])];
      self_group[stack] = self;
    }
    add_self(g.groups[self], w, stack);
    if (g.look_outward && self == 0) {
      add_total(g.groups[0], w.own_ns[stack], w.own_samples[stack]);
    }
  };
  const auto leave = [&](uint32_t stack) {
    const RowRange rows = rows_of(p, stack);
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
      const uint32_t group = g.of_row[row];
      if (!g.look_outward || group != 0) --on_path[group];
    }
  };
  w.walk(p.stacks(), enter, leave);
  add_self(g.groups[0], w, 0);
  add_total(g.groups[0], w.own_ns[0], w.own_samples[0]);
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
  const SampleFilter filter(p, selection);
  const profile::Samples& samples = p.samples();
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!filter.takes(i)) continue;
    const uint32_t thread = raw(samples.thread[i]);
    HotSpot& group = groups[process ? raw(p.threads()[thread].process) : thread];
    add_total(group, samples.weight_ns[i], 1);
  }
  for (HotSpot& group : groups) {
    group.self_ns = group.total_ns;
    group.self_samples = group.total_samples;
  }
  tell_apart(groups, process ? "pid" : "tid", numbers);
  return groups;
}

}  // namespace

HotSpots hot_spots(const Profile& profile, const Selection& selection, GroupBy by, SortBy sort) {
  const StackWeights weights = weigh(profile, selection);
  HotSpots result;
  result.cpu_ns = weights.cpu_ns;
  result.sample_count = weights.sample_count;
  if (by == GroupBy::kThread || by == GroupBy::kProcess) {
    result.rows = sum_by_thread(profile, selection, by == GroupBy::kProcess);
  } else {
    Grouping grouping = group_rows(profile, selection, by);
    sum_by_row(profile, weights, grouping);
    result.rows = std::move(grouping.groups);
  }
  std::erase_if(result.rows, [](const HotSpot& row) { return row.total_samples == 0; });
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
