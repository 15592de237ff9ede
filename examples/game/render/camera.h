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

inline constexpr float kNear = 0.5F, kFar = 400;  // metres

struct Camera {
  Vec3 eye;
  Vec3 right, up, forward;             // each of length 1
  float tangent_x = 1, tangent_y = 1;  // of half the angle that is seen
  Matrix view_projection{};
};

// A camera that looks from `eye` at `target`; depth from 0 (near) to 1, y down, as Vulkan has it.
Camera look_at(Vec3 eye, Vec3 target, float width_to_height);
// Its matrix.
Matrix view_projection(Vec3 eye, Vec3 target, float width_to_height);
// Of a camera's matrix, or of one without perspective.
Frustum frustum_of(const Matrix& view_projection);

// Where the villages are: in squares, row after row, the last of which may be empty.
struct Land {
  float reach = 0;       // of all squares, from the origin
  uint32_t columns = 1;  // squares of a row
  uint32_t villages = 1;
  Vec3 middle;  // of those with a village
};

// A flight round the villages, a turn in 2,400 frames.
Camera flight(uint32_t frame, const Land& land, float width_to_height);

}  // namespace game::render
