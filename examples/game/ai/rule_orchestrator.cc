#include "game/ai/rule_orchestrator.h"

#include <hone/hone.h>

#include <algorithm>

namespace game::ai {

namespace {

struct Rule {
  PlannerKind planner;
  Goal goal;
  float (*urgency)(const ecs::Agent&, const Situation&);
};

bool has_role(const ecs::Agent& agent, Role role) {
  return static_cast<Role>(agent.role) == role;
}

// In a quarter of its thoughts, many in a row.
bool is_idle(const ecs::Agent& agent) {
  return (agent.thoughts >> 4 & 3) == 0;
}

constexpr float kAfraidWithin = 6;  // metres from a vehicle that moves

constexpr std::array<Rule, 7> kRules = {{
    {PlannerKind::kReflex, Goal::kNone,
     [](const ecs::Agent& a, const Situation& s) {
       if (a.goal == kFleeing) return 3.0F;
       return s.vehicle_speed > 1 ? std::max(0.0F, 3 * (1 - s.vehicle_m / kAfraidWithin)) : 0;
     }},
    {PlannerKind::kGoap, Goal::kEat,
     [](const ecs::Agent& a, const Situation&) { return a.hunger; }},
    {PlannerKind::kGoap, Goal::kRest,
     [](const ecs::Agent& a, const Situation&) { return a.fatigue; }},
    {PlannerKind::kGoap, Goal::kStoreTool,
     [](const ecs::Agent& a, const Situation& s) {
       const float wanted = 0.3F + 0.1F * static_cast<float>(s.tools_wanted);
       return has_role(a, Role::kSmith) ? wanted : 0;
     }},
    {PlannerKind::kGoap, Goal::kStoreOre,
     [](const ecs::Agent& a, const Situation&) { return has_role(a, Role::kMiner) ? 0.6F : 0; }},
    {PlannerKind::kGoap, Goal::kStoreWood,
     [](const ecs::Agent& a, const Situation&) { return is_idle(a) ? 0.2F : 0.5F; }},
    {PlannerKind::kNone, Goal::kNone,
     [](const ecs::Agent& a, const Situation&) { return is_idle(a) ? 0.25F : 0; }},
}};

}  // namespace

Proposal RuleOrchestrator::propose_plan(const ecs::Agent& agent, const Situation& situation) const {
  HONE_SPAN("AI::RuleOrchestrator::propose_plan");
  Proposal best;
  for (const Rule& rule : kRules) {
    const float urgency = rule.urgency(agent, situation);
    if (urgency > best.urgency) best = {rule.planner, rule.goal, urgency};
  }
  return best;
}

}  // namespace game::ai
