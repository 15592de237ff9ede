// What stands round the game's entities and never moves: the ground, houses, trees, rocks. Of the
// picture alone: neither the world nor the physics knows of it.
#pragma once

#include <span>
#include <vector>

#include "game/render/instances.h"

namespace game::render {

// How far the ground goes beyond the villages, in metres.
inline constexpr float kSurroundings = 260;
// The side of a village's square.
inline constexpr float kVillageSide = 44;

// The squares of the villages with these centers, all within `reach` of the origin.
Land land_of(std::span<const Vec3> villages, float reach);

// Round villages with these centers, all within `reach` of the origin. The ground is the first.
std::vector<Instance> make_scenery(std::span<const Vec3> villages, float reach);

}  // namespace game::render
