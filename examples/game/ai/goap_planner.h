// Goal-oriented action planning: the cheapest order of actions that leads from what is known to a
// goal, by A*.
//
//   Plan plan = planner.plan({.facts = agent.facts, .goal = Goal::kEat, .role = Role::kMiner});
#pragma once

#include <vector>

#include "game/ai/facts.h"

namespace game::ai {

struct Problem {
  Facts facts = 0;
  Goal goal = Goal::kNone;
  Role role = Role::kForager;
};

class Planner {
 public:
  Planner();
  // No actions where the goal is reached, or cannot be reached by the role's actions.
  Plan plan(const Problem& problem);
  uint64_t expanded() const { return expanded_; }  // states looked at, in all plans

 private:
  // What is known of a state in the search that `search` numbers.
  struct Node {
    uint32_t search = 0;
    uint16_t cost = 0;
    uint16_t parent = 0;
    uint8_t action = 0;
    bool closed = false;
  };
  struct Open {
    uint32_t estimate;
    uint32_t number;  // of two with the same estimate, the first that was found
    uint16_t state;
  };

  static bool is_later(const Open& a, const Open& b);
  void reach(Facts state, uint32_t cost, Facts from, size_t action, Facts goal);
  Plan path_to(Facts state, Facts start) const;

  std::vector<Node> nodes_;
  std::vector<Open> open_;
  uint32_t search_ = 0;
  uint32_t found_ = 0;
  uint64_t expanded_ = 0;
};

}  // namespace game::ai
