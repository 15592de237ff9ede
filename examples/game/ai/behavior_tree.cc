#include "game/ai/behavior_tree.h"

#include <hone/hone.h>

namespace game::ai {

namespace {

constexpr float kRunSpeed = 7, kWalkSpeed = 5.5F, kStrollSpeed = 1.5F;  // m/s
constexpr float kArrived = 4;                                           // metres
constexpr float kSafe = 8;

Status yes_if(bool condition) {
  return condition ? Status::kDone : Status::kFailed;
}

Status is_fleeing(Body& body) {
  return yes_if(body.agent.goal == kFleeing);
}

Status run_away(Body& body) {
  if (body.danger_m > kSafe) {
    body.agent.goal = static_cast<uint8_t>(Goal::kNone);
    body.fled = true;
    return Status::kDone;
  }
  body.agent.facts &= ~kSomewhere;
  body.walk = towards(body.danger, body.position) * kRunSpeed;
  return Status::kRunning;
}

Status has_plan(Body& body) {
  return yes_if(body.agent.step < body.agent.plan.count);
}

const Action& action_of(const Body& body) {
  return kActions[body.agent.plan.actions[body.agent.step]];
}

Status finish_action(Body& body) {
  ecs::Agent& agent = body.agent;
  agent.facts = after(action_of(body), agent.facts);
  agent.work_s = 0;
  if (++agent.step < agent.plan.count) return Status::kDone;
  switch (static_cast<Goal>(agent.goal)) {
    case Goal::kEat:
      agent.hunger = 0;
      break;
    case Goal::kRest:
      agent.fatigue = 0;
      break;
    default:
      body.delivered = true;
  }
  ++agent.done;
  agent.goal = static_cast<uint8_t>(Goal::kNone);
  return Status::kDone;
}

Status walk_there(Body& body) {
  const Action& action = action_of(body);
  if ((action.adds & kSomewhere) == 0) return Status::kFailed;
  const Vec3 place = body.places[static_cast<size_t>(action.place)];
  if (ground_distance(body.position, place) < kArrived) return finish_action(body);
  body.agent.facts &= ~kSomewhere;
  body.walk = towards(body.position, place) * kWalkSpeed;
  return Status::kRunning;
}

Status work(Body& body) {
  const Action& action = action_of(body);
  // Something came between, or the agent was pushed off: the next thought finds another plan.
  if (!is_possible(action, body.agent.facts)) {
    body.agent.plan = {};
    body.agent.step = 0;
    return Status::kFailed;
  }
  body.agent.work_s += body.seconds;
  if (body.agent.work_s < action.seconds) return Status::kRunning;
  return finish_action(body);
}

Status stroll(Body& body) {
  if (ground_distance(body.position, body.agent.wander) < 1) return Status::kDone;
  body.agent.facts &= ~kSomewhere;
  body.walk = towards(body.position, body.agent.wander) * kStrollSpeed;
  return Status::kRunning;
}

}  // namespace

BehaviorTree::Node BehaviorTree::leaf(Status (*what)(Body&)) {
  return {Kind::kLeaf, what, {}};
}

BehaviorTree::BehaviorTree()
    : root_{Kind::kSelector,
            nullptr,
            {{Kind::kSequence, nullptr, {leaf(is_fleeing), leaf(run_away)}},
             {Kind::kSequence,
              nullptr,
              {leaf(has_plan), {Kind::kSelector, nullptr, {leaf(walk_there), leaf(work)}}}},
             leaf(stroll)}} {}

Status BehaviorTree::run(const Node& node, Body& body) {
  if (node.kind == Kind::kLeaf) return node.leaf(body);
  const Status goes_on = node.kind == Kind::kSequence ? Status::kDone : Status::kFailed;
  for (const Node& child : node.children) {
    const Status status = run(child, body);
    if (status != goes_on) return status;
  }
  return goes_on;
}

Status BehaviorTree::tick(Body& body) const {
  HONE_SPAN("AI::BehaviorTree::tick");
  return run(root_, body);
}

}  // namespace game::ai
