// The rules of the game, as systems: what agents and vehicles mean to do becomes movement, and what
// moved is seen in the transforms.
#pragma once

#include "game/ai/behavior_tree.h"
#include "game/ai/mind.h"
#include "game/ecs/events.h"
#include "game/ecs/schedule.h"
#include "game/ecs/world.h"
#include "game/gameplay/settlement.h"
#include "game/physics/tick.h"

namespace game::gameplay {

// What the systems work on; all of it outlives them.
struct State {
  ecs::World& world;
  ecs::Events& events;
  physics::World& physics;
  physics::Tick& tick;
  Settlement& settlement;
  ai::Mind& mind;
};

// Transforms from the poses of bodies, characters and vehicles. How many.
uint32_t sync_transforms(ecs::World& world, const physics::World& physics, float seconds);

// Hands intents to the physics: walks of characters, steering of vehicles, crates that fall over
// when something was delivered.
std::unique_ptr<ecs::System> make_intent_system(const State& state);
// The step of the physics, or its beginning.
std::unique_ptr<ecs::System> make_simulate_system(const State& state);
// Plans: each agent thinks in one frame of kThinkEvery.
std::unique_ptr<ecs::System> make_think_system(const State& state);
// The behaviour tree of every agent.
std::unique_ptr<ecs::System> make_act_system(const State& state);
// Waits for the step of the physics, then the transforms are those of now.
std::unique_ptr<ecs::System> make_sync_system(const State& state);

inline constexpr uint32_t kThinkEvery = 16;

}  // namespace game::gameplay
