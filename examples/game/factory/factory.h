// Makes entities, in batches: what each is made of, its thing in the physics world, the entity.
//
//   Factory factory(engine.world(), engine.events(), physics, settlement, seed);
//   factory.spawn_batch(25);
#pragma once

#include "game/ecs/events.h"
#include "game/ecs/world.h"
#include "game/physics/world.h"
#include "game/random.h"

namespace game::gameplay {
class Settlement;
}

namespace game::factory {

// A village and those who belong to it.
inline constexpr uint32_t kVillageEntities = 50;

enum class Kind : uint8_t { kVillager, kVehicle, kCrate, kScenery };

class Factory {
 public:
  Factory(ecs::World& world, ecs::Events& events, physics::World& physics,
          gameplay::Settlement& settlement, uint64_t seed);
  // The next `count` entities: kinds in fixed shares, village after village in turn.
  void spawn_batch(uint32_t count);
  uint32_t made() const { return made_; }

 private:
  ecs::Bundle prepare_bundle(Kind kind, uint32_t village);
  void prepare_villager(uint32_t village, ecs::Bundle& bundle);
  void prepare_vehicle(uint32_t village, ecs::Bundle& bundle);
  void prepare_box(Kind kind, uint32_t village, ecs::Bundle& bundle);

  ecs::World& world_;
  ecs::Events& events_;
  physics::World& physics_;
  gameplay::Settlement& settlement_;
  Random random_;
  uint32_t made_ = 0;
};

}  // namespace game::factory
