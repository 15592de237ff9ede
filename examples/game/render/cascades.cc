#include "game/render/cascades.h"

#include <algorithm>

namespace game::render {

namespace {

constexpr std::array<float, kCascades + 1> kEnds = {kNear, 26, 100};  // metres
// Towards the sun from there: what stands in between throws a shadow, too.
constexpr float kBehind = 60;

// The sphere round the view between two depths: its size does not change when the camera turns.
struct Sphere {
  Vec3 center;
  float radius;
};

Sphere sphere_of(const Camera& camera, float near, float far) {
  const float slope = camera.tangent_x * camera.tangent_x + camera.tangent_y * camera.tangent_y;
  // Where the corners of both ends are equally far; no further than the far end.
  const float middle = std::min((near + far) / 2 * (1 + slope), far);
  const float off = far - middle;
  return {camera.eye + camera.forward * middle, std::sqrt(off * off + far * far * slope)};
}

Cascade fit(const Sphere& sphere, Vec3 to_sun, uint32_t texels) {
  const Vec3 z = to_sun * -1;  // as light goes
  const Vec3 x = normalized(cross(z, {0, 1, 0}));
  const Vec3 y = cross(z, x);
  Cascade out;
  out.texel = 2 * sphere.radius / static_cast<float>(texels);
  const auto snapped = [&](Vec3 axis) {
    return std::floor(dot(axis, sphere.center) / out.texel) * out.texel;
  };
  const float scale = 1 / sphere.radius, depth = 1 / (2 * sphere.radius + kBehind);
  const float x_offset = -snapped(x) * scale, y_offset = -snapped(y) * scale;
  const float z_offset = (sphere.radius + kBehind - dot(z, sphere.center)) * depth;
  out.matrix = {x.x * scale, y.x * scale, z.x * depth, 0, x.y * scale, y.y * scale, z.y * depth, 0,
                x.z * scale, y.z * scale, z.z * depth, 0, x_offset,    y_offset,    z_offset,    1};
  out.frustum = frustum_of(out.matrix);
  return out;
}

}  // namespace

bool is_shadow_seen(const Frustum& camera, Vec3 to_sun, Vec3 center, float radius) {
  const Vec3 end = center - to_sun * (std::max(center.y + radius, 0.0F) / to_sun.y);
  return std::all_of(camera.begin(), camera.end(), [&](const Plane& plane) {
    return std::max(dot(plane.normal, center), dot(plane.normal, end)) + plane.distance >= -radius;
  });
}

std::array<Cascade, kCascades> fit_cascades(const Camera& camera, Vec3 to_sun, uint32_t texels) {
  std::array<Cascade, kCascades> out;
  for (size_t i = 0; i < kCascades; ++i) {
    out[i] = fit(sphere_of(camera, kEnds[i], kEnds[i + 1]), to_sun, texels);
    out[i].end = kEnds[i + 1];
  }
  return out;
}

}  // namespace game::render
