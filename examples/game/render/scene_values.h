// What shaders see of a frame, besides instances, lamps and bones (shaders/scene.glsl).
#pragma once

#include <span>

#include "game/render/cascades.h"
#include "game/render/instances.h"
#include "game/render/surfaces.h"

namespace game::render {

// A frame, as the CPU leaves it to the GPU.
struct SceneInput {
  Camera camera;
  std::span<const Draw> draws;
  std::span<const Light> lights;
  std::array<uint32_t, kMeshKinds> counts{};  // of instances written, by mesh
  float seconds = 0;
  Land land;
};

// From where the sun shines.
Vec3 to_sun();

// The camera and the cascades: whoever culls culls for all.
inline constexpr uint32_t kViews = 1 + kCascades;

struct SceneValues {
  Matrix view_projection;
  std::array<Matrix, kCascades> cascades;
  float eye[4], right[4], up[4], forward[4], sun[4], extent[4], ends[4], land[4];
  float planes[kViews * 6][4];
  std::array<uint32_t, 12> first_listed;  // by mesh
  uint32_t instances, list_length, lamps, figure_vertices;
  std::array<SurfaceValues, kSurfaces> surfaces;
};

// What stays the same in all frames.
struct SceneLimits {
  uint32_t width, height;
  uint32_t shadow_texels;
  uint32_t list_length;
  uint32_t figure_vertices;
};

SceneValues scene_values(const SceneInput& input, const SceneLimits& limits);

}  // namespace game::render
