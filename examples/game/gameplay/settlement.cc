#include "game/gameplay/settlement.h"

#include "game/factory/factory.h"

namespace game::gameplay {

namespace {

constexpr float kWaypointAt = 15;
// From the center: the forest and the mine lie at the road.
constexpr std::array<float, ai::kPlaces> kPlaceAt = {7, 16, 16, 7, 7, 7};

}  // namespace

Settlement::Settlement(uint32_t entities) {
  const uint32_t count = (entities + factory::kVillageEntities - 1) / factory::kVillageEntities;
  uint32_t side = 1;
  while (side * side < count) ++side;
  reach_ = static_cast<float>(side) * kVillageReach;
  // A regular hexagon, without a function of libm.
  constexpr std::array<Vec3, ai::kPlaces> kHexagon = {{{1, 0, 0},
                                                       {0.5F, 0, 0.866F},
                                                       {-0.5F, 0, 0.866F},
                                                       {-1, 0, 0},
                                                       {-0.5F, 0, -0.866F},
                                                       {0.5F, 0, -0.866F}}};
  constexpr std::array<Vec3, 4> kSquare = {{{1, 0, 1}, {-1, 0, 1}, {-1, 0, -1}, {1, 0, -1}}};
  for (uint32_t i = 0; i < count; ++i) {
    Village& made = villages_.emplace_back();
    const Vec3 cell{static_cast<float>(i % side), 0, static_cast<float>(i / side)};
    made.center =
        cell * (2 * kVillageReach) + Vec3{kVillageReach - reach_, 0, kVillageReach - reach_};
    for (size_t k = 0; k < ai::kPlaces; ++k) {
      made.places[k] = made.center + kHexagon[k] * kPlaceAt[k];
    }
    for (size_t k = 0; k < 4; ++k) made.waypoints[k] = made.center + kSquare[k] * kWaypointAt;
  }
}

}  // namespace game::gameplay
