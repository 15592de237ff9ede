#include "game/ai/mind.h"

#include <hone/hone.h>

namespace game::ai {

namespace {

// What a rested, fed agent has the strength for. The longest plan, a tool from nothing, costs 24.
constexpr float kEnergy = 40;

void forget_plan(ecs::Agent& agent) {
  agent.goal = static_cast<uint8_t>(Goal::kNone);
  agent.plan = {};
  agent.step = 0;
  agent.work_s = 0;
}

}  // namespace

bool dispatch_goap(Mind& mind, Goal goal, ecs::Agent& agent) {
  HONE_SPAN("AI::dispatch_goap", "goal", kGoals[static_cast<size_t>(goal)].name);
  // What is asked for must be done again, however often it was done before.
  agent.facts &= ~kOutcomes;
  const auto role = static_cast<Role>(agent.role);
  const Plan plan = mind.cache.get({agent.facts, goal, role}, mind.planner);
  const auto energy = static_cast<uint32_t>(kEnergy * (1.2F - agent.fatigue));
  const bool permitted =
      mind.sandbox.validate(plan, agent.facts, goal, role, energy) == Verdict::kGood;
  const bool goes_on = permitted && agent.step < agent.plan.count && plan.count > 0 &&
                       agent.plan.actions[agent.step] == plan.actions[0];
  const float work_s = goes_on ? agent.work_s : 0;
  forget_plan(agent);
  if (!permitted) {
    ++agent.refused;
    return false;
  }
  agent.work_s = work_s;
  agent.goal = static_cast<uint8_t>(goal);
  agent.plan = plan;
  return true;
}

bool dispatch_planner(Mind& mind, const Proposal& proposal, ecs::Agent& agent) {
  HONE_SPAN("AI::dispatch_planner", "planner", static_cast<uint32_t>(proposal.planner));
  switch (proposal.planner) {
    case PlannerKind::kReflex:
      forget_plan(agent);
      agent.goal = kFleeing;
      return true;
    case PlannerKind::kGoap:
      return dispatch_goap(mind, proposal.goal, agent);
    case PlannerKind::kNone:
      forget_plan(agent);
      return true;
  }
  return true;
}

}  // namespace game::ai
