// Which goal an agent should have, and which planner should find the way: rules that look at the
// agent and its surroundings, of which the most urgent wins.
#pragma once

#include "game/ecs/component.h"

namespace game::ai {

// What an agent notices.
struct Situation {
  float vehicle_m;        // distance to the nearest vehicle of its village
  float vehicle_speed;    // of that, in m/s
  uint32_t tools_wanted;  // by its village
};

enum class PlannerKind : uint8_t { kNone, kReflex, kGoap };

struct Proposal {
  PlannerKind planner = PlannerKind::kNone;
  Goal goal = Goal::kNone;
  float urgency = 0;
};

class RuleOrchestrator {
 public:
  Proposal propose_plan(const ecs::Agent& agent, const Situation& situation) const;
};

}  // namespace game::ai
