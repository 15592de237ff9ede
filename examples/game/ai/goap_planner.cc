#include "game/ai/goap_planner.h"

#include <hone/hone.h>

#include <algorithm>
#include <bit>

namespace game::ai {

namespace {

// No action adds two facts of one goal, and none costs less than 1: never more than the true cost.
uint32_t least_cost(Facts state, Facts goal) {
  return static_cast<uint32_t>(std::popcount(goal & ~state));
}

}  // namespace

Planner::Planner() : nodes_(size_t{1} << kFactCount) {}

// Of two, the one to look at later: heaps have the greatest first.
bool Planner::is_later(const Open& a, const Open& b) {
  return a.estimate != b.estimate ? a.estimate > b.estimate : a.number > b.number;
}

void Planner::reach(Facts state, uint32_t cost, Facts from, size_t action, Facts goal) {
  Node& node = nodes_[state];
  if (node.search == search_ && (node.closed || node.cost <= cost)) return;
  node = {search_, static_cast<uint16_t>(cost), static_cast<uint16_t>(from),
          static_cast<uint8_t>(action), false};
  open_.push_back({cost + least_cost(state, goal), found_++, static_cast<uint16_t>(state)});
  std::push_heap(open_.begin(), open_.end(), is_later);
}

Plan Planner::path_to(Facts state, Facts start) const {
  Plan plan;
  std::array<uint8_t, kPlanMax> backwards{};
  while (state != start) {
    if (plan.count == kPlanMax) return {};
    backwards[plan.count++] = nodes_[state].action;
    state = nodes_[state].parent;
  }
  std::reverse_copy(backwards.begin(), backwards.begin() + plan.count, plan.actions.begin());
  return plan;
}

Plan Planner::plan(const Problem& problem) {
  const GoalInfo& goal = kGoals[static_cast<size_t>(problem.goal)];
  HONE_SPAN("GOAP::Planner::plan", "goal", goal.name);
  const Actions permitted = kPermitted[static_cast<size_t>(problem.role)];
  const Facts start = problem.facts & (static_cast<Facts>(nodes_.size()) - 1);
  ++search_;
  found_ = 0;
  open_.clear();
  reach(start, 0, start, 0, goal.facts);
  while (!open_.empty()) {
    std::pop_heap(open_.begin(), open_.end(), is_later);
    const Facts state = open_.back().state;
    open_.pop_back();
    Node& node = nodes_[state];
    if (node.closed) continue;
    node.closed = true;
    ++expanded_;
    if ((state & goal.facts) == goal.facts) return path_to(state, start);
    for (size_t i = 0; i < kActions.size(); ++i) {
      if ((permitted >> i & 1) == 0 || !is_possible(kActions[i], state)) continue;
      reach(after(kActions[i], state), node.cost + kActions[i].cost, state, i, goal.facts);
    }
  }
  return {};
}

}  // namespace game::ai
