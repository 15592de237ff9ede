// What an agent does in this frame: a tree of conditions and actions, gone through from its root.
//
//   Body body{agent, position, village};
//   tree.tick(body);          // body.walk says where it wants to go
#pragma once

#include <span>
#include <vector>

#include "game/ecs/component.h"

namespace game::ai {

// What the leaves of the tree see and change.
struct Body {
  ecs::Agent& agent;
  Vec3 position;
  std::span<const Vec3> places;  // of its village, kPlaces
  Vec3 danger;                   // the nearest vehicle
  float danger_m;
  float seconds;           // of this frame
  Vec3 walk{};             // out: the velocity that it wants
  bool delivered = false;  // out: a plan came to its end
  bool fled = false;       // out: it is out of danger again
};

enum class Status : uint8_t { kFailed, kRunning, kDone };

class BehaviorTree {
 public:
  // Flee; else go on with the plan: walk or work; else stroll.
  BehaviorTree();
  Status tick(Body& body) const;

 private:
  enum class Kind : uint8_t { kLeaf, kSequence, kSelector };
  struct Node {
    Kind kind;
    Status (*leaf)(Body&);
    std::vector<Node> children;
  };

  static Node leaf(Status (*what)(Body&));
  static Status run(const Node& node, Body& body);

  Node root_;
};

}  // namespace game::ai
