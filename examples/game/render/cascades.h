// The two pieces of the view that cast shadows have a map each for: fitted so that a map's texels
// stay where they are in the world while the camera moves, and shadows do not crawl.
#pragma once

#include "game/render/camera.h"

namespace game::render {

inline constexpr uint32_t kCascades = 2;

struct Cascade {
  Matrix matrix{};    // from the world to the map
  Frustum frustum{};  // of what may throw a shadow into it
  float end = 0;      // how far along the view it reaches, in metres
  float texel = 0;    // in metres
};

// Whether the shadow of a sphere, on its way down to the ground, comes through what the camera
// sees: what the culling pass asks (shaders/cull.comp).
bool is_shadow_seen(const Frustum& camera, Vec3 to_sun, Vec3 center, float radius);

// `to_sun` has length 1; `texels` is the side of a map.
std::array<Cascade, kCascades> fit_cascades(const Camera& camera, Vec3 to_sun, uint32_t texels);

}  // namespace game::render
