// Where the picture is taken from, and the six planes that hold what it shows.
#pragma once

#include <array>
#include <cstdint>

#include "game/math.h"

namespace game::render {

// Column-major, as shaders have it.
using Matrix = std::array<float, 16>;

struct Plane {
  Vec3 normal;  // points inwards
  float distance = 0;
};
using Frustum = std::array<Plane, 6>;

// A camera that looks from `eye` at `target`; depth from 0 (near) to 1, y down, as Vulkan has it.
Matrix view_projection(Vec3 eye, Vec3 target, float width_to_height);
Frustum frustum_of(const Matrix& view_projection);

// Round the square of that reach, a turn in 1,200 frames.
Matrix orbit(uint32_t frame, float reach, float width_to_height);

}  // namespace game::render
