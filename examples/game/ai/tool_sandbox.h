// Checks a plan before an agent may follow it: by going through it on a copy of what the agent
// knows. Whatever made the plan, it cannot make an agent do what its role has no tools for.
#pragma once

#include "game/ai/facts.h"

namespace game::ai {

enum class Verdict : uint8_t { kGood, kNoTool, kImpossible, kTooMuch, kMissesGoal };

class ToolSandbox {
 public:
  // `energy`: what the agent has left for it, in units of the actions' costs.
  Verdict validate(const Plan& plan, Facts facts, Goal goal, Role role, uint32_t energy);
  uint64_t refused() const { return refused_; }

 private:
  uint64_t refused_ = 0;
};

}  // namespace game::ai
