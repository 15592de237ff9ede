// Thinking and acting.
#include <hone/hone.h>

#include <algorithm>

#include "game/gameplay/systems.h"

namespace game::gameplay {

namespace {

constexpr float kNothingNear = 1000;  // metres
constexpr float kHungerPerSecond = 0.05F, kFatiguePerSecond = 0.03F;

struct Danger {
  Vec3 at;
  float distance = kNothingNear;
  float speed = 0;
};

Danger nearest_vehicle(ecs::World& world, const Village& village, Vec3 from) {
  Danger nearest;
  for (const ecs::Entity entity : village.vehicles) {
    const ecs::Transform* const transform = world.get<ecs::Transform>(entity);
    if (transform == nullptr) continue;
    const float distance = ground_distance(from, transform->pose.position);
    if (distance >= nearest.distance) continue;
    nearest = {transform->pose.position, distance, 0};
    if (const auto* vehicle = world.get<ecs::Vehicle>(entity)) nearest.speed = vehicle->speed;
  }
  return nearest;
}

class ThinkSystem : public ecs::System {
 public:
  explicit ThinkSystem(const State& state) : state_(state) {}

  void run(const ecs::Frame& frame) override {
    state_.world.each<ecs::Agent, ecs::Transform>(
        [&](ecs::Entity entity, ecs::Agent& agent, const ecs::Transform& transform) {
          if ((entity.index + frame.number) % kThinkEvery == 0) think(entity, agent, transform);
        });
    // Of this frame.
    const ai::PlanCache& cache = state_.mind.cache;
    HONE_PLOT("GOAP::cache_hits", cache.hits() - hits_);
    HONE_PLOT("GOAP::cache_misses", cache.misses() - misses_);
    hits_ = cache.hits();
    misses_ = cache.misses();
  }

 private:
  void think(ecs::Entity entity, ecs::Agent& agent, const ecs::Transform& transform) {
    const Village& village = state_.settlement.village(agent.village);
    const Danger danger = nearest_vehicle(state_.world, village, transform.pose.position);
    const ai::Proposal proposal = state_.mind.rules.propose_plan(
        agent, {danger.distance, danger.speed, village.tools_wanted});
    ++agent.thoughts;
    if (!ai::dispatch_planner(state_.mind, proposal, agent)) {
      state_.events.send({ecs::EventKind::kRefused, agent.village, entity});
    }
  }

  State state_;
  uint64_t hits_ = 0, misses_ = 0;  // up to the last frame
};

class ActSystem : public ecs::System {
 public:
  explicit ActSystem(const State& state) : state_(state) {}

  void run(const ecs::Frame& frame) override {
    state_.world.each<ecs::Agent, ecs::Character, ecs::Transform>(
        [&](ecs::Entity entity, ecs::Agent& agent, ecs::Character& character,
            const ecs::Transform& transform) {
          act(entity, agent, transform, character, frame.seconds);
        });
  }

 private:
  void act(ecs::Entity entity, ecs::Agent& agent, const ecs::Transform& transform,
           ecs::Character& character, float seconds) {
    agent.hunger = std::min(agent.hunger + kHungerPerSecond * seconds, 1.0F);
    agent.fatigue = std::min(agent.fatigue + kFatiguePerSecond * seconds, 1.0F);
    const Vec3 position = transform.pose.position;
    const Village& village = state_.settlement.village(agent.village);
    Danger danger;
    if (agent.goal == ai::kFleeing) danger = nearest_vehicle(state_.world, village, position);
    ai::Body body{agent, position, village.places, danger.at, danger.distance, seconds};
    tree_.tick(body);
    character.walk = body.walk;
    if (body.delivered) state_.events.send({ecs::EventKind::kDelivered, agent.village, entity});
    if (body.fled) state_.events.send({ecs::EventKind::kFled, agent.village, entity});
  }

  State state_;
  ai::BehaviorTree tree_;
};

}  // namespace

std::unique_ptr<ecs::System> make_think_system(const State& state) {
  return std::make_unique<ThinkSystem>(state);
}
std::unique_ptr<ecs::System> make_act_system(const State& state) {
  return std::make_unique<ActSystem>(state);
}

}  // namespace game::gameplay
