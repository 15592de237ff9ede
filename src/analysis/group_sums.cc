#include "analysis/group_sums.h"

#include <span>
#include <system_error>
#include <thread>

#include "analysis/stack_walk.h"

namespace hone::analysis {
namespace {

using profile::Profile;

constexpr size_t kStacksWorthAThread = 100'000;

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
void add_self(const Profile& p, const StackWeights& w, const Grouping& g,
              std::vector<GroupSums>& sums) {
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

void add_total(const Profile& p, const StackWeights& w, const Grouping& g,
               std::vector<GroupSums>& sums) {
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
void add_looking_outward(const Profile& p, const StackWeights& w, const Grouping& g,
                         std::vector<GroupSums>& sums) {
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

}  // namespace

std::vector<GroupSums> sum_groups(const Profile& profile, const StackWeights& weights,
                                  const Grouping& grouping) {
  std::vector<GroupSums> sums(grouping.size());
  if (grouping.look_outward) {
    add_looking_outward(profile, weights, grouping, sums);
  } else {
    add_self(profile, weights, grouping, sums);
    add_total(profile, weights, grouping, sums);
  }
  return sums;
}

std::vector<GroupSums> sum_self(const Profile& profile, const StackWeights& weights,
                                const Grouping& grouping) {
  std::vector<GroupSums> sums(grouping.size());
  add_self(profile, weights, grouping, sums);
  return sums;
}

}  // namespace hone::analysis
