#include "analysis/hot_spots.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "analysis/grouping.h"
#include "analysis/stack_walk.h"
#include "analysis/weights.h"

namespace hone::analysis {
namespace {

using profile::Profile;

constexpr size_t kStacksWorthAThread = 100'000;

// The times of a group, apart from its names: all of them together stay in the cache.
struct Sums {
  Weight self, total;
};

void add(Weight& to, const Weight& more) {
  to.ns += more.ns;
  to.samples += more.samples;
}

// The group of each frame that has a single row: nearly all. Others are looked up row by row.
constexpr uint32_t kSeveralRows = UINT32_MAX;
std::vector<uint32_t> groups_of_frames(const Profile& p, const Grouping& g) {
  const std::vector<uint32_t>& first = p.frames().first_line;
  std::vector<uint32_t> group(p.frames().size());
  for (size_t f = 0; f < group.size(); ++f) {
    group[f] = first[f + 1] - first[f] == 1 ? g.of_row[first[f]] : kSeveralRows;
  }
  return group;
}

// Self time to the innermost row.
void sum_self(const Profile& p, const StackWeights& w, const Grouping& g, std::vector<Sums>& sums) {
  for (const StackWeights::Own& own : w.own) {
    add(sums[g.of_row[rows_of(p, own.stack).begin]].self, {own.ns, own.samples});
  }
}

// Total time to each group once a stack: where the outermost call of the group is left.
std::vector<Weight> totals_of(const Profile& p, const Grouping& g,
                              const std::vector<uint32_t>& group_of, const StackWalk& walk) {
  const auto& frames = p.stacks().frame;
  std::vector<Weight> totals(g.size());
  std::vector<uint32_t> on_path(g.size(), 0);
  const auto enter = [&](uint32_t stack) {
    const uint32_t group = group_of[raw(frames[stack])];
    if (group != kSeveralRows) {
      ++on_path[group];
      return;
    }
    const RowRange rows = rows_of(p, stack);
    for (uint32_t row = rows.begin; row < rows.end; ++row) ++on_path[g.of_row[row]];
  };
  const auto leave = [&](uint32_t stack, const Weight& total) {
    const uint32_t group = group_of[raw(frames[stack])];
    if (group != kSeveralRows) {
      if (--on_path[group] == 0) add(totals[group], total);
      return;
    }
    const RowRange rows = rows_of(p, stack);
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
      if (--on_path[g.of_row[row]] == 0) add(totals[g.of_row[row]], total);
    }
  };
  walk.run(enter, leave);
  return totals;
}

void sum_total(const Profile& p, const StackWeights& w, const Grouping& g,
               std::vector<Sums>& sums) {
  const std::vector<uint32_t> group_of = groups_of_frames(p, g);
  const std::span<const StackWeights::Own> all(w.own);
  const auto add_part = [&](std::span<const StackWeights::Own> part, std::vector<Weight>& totals) {
    totals = totals_of(p, g, group_of, StackWalk(p.stacks(), w, part));
  };
  // What most samples go through is walked by both: worth it where there is much else.
  const size_t half = all.size() < kStacksWorthAThread ? all.size() : all.size() / 2;
  std::vector<Weight> here, there;
  const auto add_second = [&] { add_part(all.subspan(half), there); };
  std::thread other;
  try {
    if (half < all.size()) other = std::thread(add_second);
  } catch (const std::system_error&) {
    add_second();  // no thread is to be had
  }
  add_part(all.first(half), here);
  if (other.joinable()) other.join();
  for (size_t group = 0; group < here.size(); ++group) add(sums[group].total, here[group]);
  for (size_t group = 0; group < there.size(); ++group) add(sums[group].total, there[group]);
  add(sums[0].total, w.own_of(0));
}

// The same where rows of no group are looked past: self time to the innermost row that has one,
// here or further out.
void sum_looking_outward(const Profile& p, const StackWeights& w, const Grouping& g,
                         std::vector<Sums>& sums) {
  std::vector<uint32_t> on_path(g.size(), 0);
  std::vector<uint32_t> self_on_path = {0};
  const auto enter = [&](uint32_t stack) {
    const RowRange rows = rows_of(p, stack);
    uint32_t self = 0;
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
      const uint32_t group = g.of_row[row];
      if (group == 0) continue;
      if (self == 0) self = group;
      ++on_path[group];
    }
    self_on_path.push_back(self != 0 ? self : self_on_path.back());
  };
  const auto leave = [&](uint32_t stack, const Weight& total) {
    const RowRange rows = rows_of(p, stack);
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
      const uint32_t group = g.of_row[row];
      if (group != 0 && --on_path[group] == 0) add(sums[group].total, total);
    }
    const Weight own = w.own_of(stack);
    const uint32_t self = self_on_path.back();
    self_on_path.pop_back();
    add(sums[self].self, own);
    if (self == 0) add(sums[0].total, own);
  };
  StackWalk(p.stacks(), w).run(enter, leave);
  add(sums[0].self, w.own_of(0));
  add(sums[0].total, w.own_of(0));
}

HotSpot row_of(const Profile& p, const Selection& selection, const Grouping& g, uint32_t group,
               const Sums& sums) {
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
  std::vector<Sums> sums(grouping.size());
  if (grouping.look_outward) {
    sum_looking_outward(p, weights, grouping, sums);
  } else {
    sum_self(p, weights, grouping, sums);
    sum_total(p, weights, grouping, sums);
  }
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
  const SampleFilter filter(p, selection);
  const profile::Samples& samples = p.samples();
  for (size_t i = 0; i < samples.size(); ++i) {
    if (!filter.takes(i)) continue;
    const uint32_t thread = raw(samples.thread[i]);
    HotSpot& group = groups[process ? raw(p.threads()[thread].process) : thread];
    group.total_ns += samples.weight_ns[i];
    ++group.total_samples;
  }
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
  std::vector<Sums> sums(grouping.size());
  sum_self(profile, weights, grouping, sums);
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
