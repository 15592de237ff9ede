// Reliefs of surfaces, made when the game starts: how each of them bends the light, as textures
// that go on at their edges.
#pragma once

#include <cstdint>
#include <vector>

#include "game/render/surfaces.h"

namespace game::render {

inline constexpr uint32_t kReliefSide = 64;  // texels
inline constexpr uint32_t kReliefLevels = 7;

// One layer with its smaller levels, from the largest: in each texel the normal's x and y (0 to 255
// is -1 to 1), how bright it is (128 is as it is), and how rough (128 is as it is).
std::vector<uint8_t> make_relief(Relief relief);

}  // namespace game::render
