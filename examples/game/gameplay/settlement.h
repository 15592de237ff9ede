// Where things are: villages in a grid, each with the places that its agents go to.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "game/ecs/archetype.h"
#include "game/physics/world.h"

namespace game::gameplay {

// Half of the side of a village's square.
inline constexpr float kVillageReach = 22;

struct Village {
  Vec3 center;
  std::array<Vec3, ai::kPlaces> places;
  std::array<Vec3, 4> waypoints;  // round it, for vehicles
  std::vector<ecs::Entity> vehicles;
  std::vector<uint32_t> crates;  // their numbers in the physics
  uint32_t tools_wanted = 0;
};

class Settlement {
 public:
  // As many villages as `entities` need.
  explicit Settlement(uint32_t entities);

  std::span<Village> villages() { return villages_; }
  Village& village(uint32_t index) { return villages_[index]; }
  // Half of the side of the square, round the origin, that holds them all.
  float reach() const { return reach_; }

 private:
  std::vector<Village> villages_;
  float reach_ = 0;
};

}  // namespace game::gameplay
