// From a proposal to a plan that an agent follows: dispatch to the planner that the rules chose, by
// way of the cache and past the sandbox.
#pragma once

#include "game/ai/plan_cache.h"
#include "game/ai/rule_orchestrator.h"
#include "game/ai/tool_sandbox.h"

namespace game::ai {

struct Mind {
  RuleOrchestrator rules;
  Planner planner;
  PlanCache cache;
  ToolSandbox sandbox;
};

// Gives the agent the plan for a goal. Plans are made anew from what is known now; what the agent
// is at and the new plan begins with goes on. False when the sandbox refused it: then it has none.
bool dispatch_goap(Mind& mind, Goal goal, ecs::Agent& agent);

// Gives the agent what the proposal asks for. False as above.
bool dispatch_planner(Mind& mind, const Proposal& proposal, ecs::Agent& agent);

}  // namespace game::ai
