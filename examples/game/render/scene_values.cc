#include "game/render/scene_values.h"

#include <algorithm>
#include <tuple>

#include "game/render/scenery.h"

namespace game::render {

namespace {

constexpr float kSunStrength = 7.0F;

void put(float (&to)[4], Vec3 v, float w) {
  to[0] = v.x;
  to[1] = v.y;
  to[2] = v.z;
  to[3] = w;
}

}  // namespace

Vec3 to_sun() {
  return normalized({-0.62F, 0.22F, -0.35F});
}

SceneValues scene_values(const SceneInput& input, const SceneLimits& limits) {
  SceneValues out{};
  const Camera& camera = input.camera;
  out.view_projection = camera.view_projection;
  put(out.eye, camera.eye, input.seconds);
  put(out.right, camera.right, camera.tangent_x);
  put(out.up, camera.up, camera.tangent_y);
  put(out.forward, camera.forward, 0);
  put(out.sun, to_sun(), kSunStrength);
  put(out.extent,
      {static_cast<float>(limits.width), static_cast<float>(limits.height),
       1 / static_cast<float>(limits.shadow_texels)},
      0);
  put(out.land,
      {input.land.reach, static_cast<float>(input.land.columns),
       static_cast<float>(input.land.villages)},
      kVillageSide);
  const auto cascades = fit_cascades(camera, to_sun(), limits.shadow_texels);
  static_assert(kCascades == 2 && kMeshKinds <= std::tuple_size_v<decltype(out.first_listed)>);
  put(out.ends, {cascades[0].end, cascades[1].end, cascades[0].texel}, cascades[1].texel);
  const auto planes = [&](uint32_t view, const Frustum& frustum) {
    for (size_t i = 0; i < frustum.size(); ++i) {
      put(out.planes[view * frustum.size() + i], frustum[i].normal, frustum[i].distance);
    }
  };
  planes(0, frustum_of(camera.view_projection));
  for (uint32_t i = 0; i < kCascades; ++i) {
    out.cascades[i] = cascades[i].matrix;
    planes(i + 1, cascades[i].frustum);
  }
  for (size_t mesh = 0; mesh < kMeshKinds; ++mesh) {
    out.first_listed[mesh] = out.instances;
    out.instances += input.counts[mesh];
  }
  out.list_length = limits.list_length;
  out.lamps = static_cast<uint32_t>(input.lights.size());
  out.figure_vertices = limits.figure_vertices;
  out.surfaces = surface_values();
  return out;
}

}  // namespace game::render
