#include "game/ai/tool_sandbox.h"

#include <hone/hone.h>

namespace game::ai {

namespace {

Verdict judge(const Plan& plan, Facts facts, Goal goal, Role role, uint32_t energy) {
  uint32_t cost = 0;
  for (uint32_t i = 0; i < plan.count; ++i) {
    const uint32_t number = plan.actions[i];
    if (number >= kActions.size()) return Verdict::kImpossible;
    const Action& action = kActions[number];
    if ((kPermitted[static_cast<size_t>(role)] >> number & 1) == 0) return Verdict::kNoTool;
    if (!is_possible(action, facts)) return Verdict::kImpossible;
    cost += action.cost;
    if (cost > energy) return Verdict::kTooMuch;
    facts = after(action, facts);
  }
  const Facts wanted = kGoals[static_cast<size_t>(goal)].facts;
  return (facts & wanted) == wanted ? Verdict::kGood : Verdict::kMissesGoal;
}

}  // namespace

Verdict ToolSandbox::validate(const Plan& plan, Facts facts, Goal goal, Role role,
                              uint32_t energy) {
  HONE_SPAN("AI::ToolSandbox::validate", "actions", plan.count);
  const Verdict verdict = judge(plan, facts, goal, role, energy);
  if (verdict != Verdict::kGood) ++refused_;
  return verdict;
}

}  // namespace game::ai
