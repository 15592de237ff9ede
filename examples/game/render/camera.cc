#include "game/render/camera.h"

namespace game::render {

namespace {

constexpr float kNear = 0.5F, kFar = 400;
constexpr float kFieldOfView = 0.9F;  // radians, from top to bottom
constexpr float kFramesPerTurn = 1200;
constexpr float kTurn = 6.2831853F;

Vec3 normalized(Vec3 v) {
  return v * (1 / length(v));
}

}  // namespace

Matrix view_projection(Vec3 eye, Vec3 target, float width_to_height) {
  const Vec3 forward = normalized(target - eye);
  const Vec3 right = normalized(cross(forward, {0, 1, 0}));
  const Vec3 up = cross(right, forward);
  const float scale = 1 / std::tan(kFieldOfView / 2);
  // Rows of clip = projection * view.
  const Vec3 x = right * (scale / width_to_height);
  const Vec3 y = up * -scale;
  const float depth = kFar / (kFar - kNear);
  const Vec3 z = forward * depth;
  const float z_offset = -dot(z, eye) - kNear * depth;
  return {x.x, y.x, z.x, forward.x, x.y,          y.y,          z.y,      forward.y,
          x.z, y.z, z.z, forward.z, -dot(x, eye), -dot(y, eye), z_offset, -dot(forward, eye)};
}

Frustum frustum_of(const Matrix& m) {
  const auto row = [&](size_t i) { return std::array{m[i], m[4 + i], m[8 + i], m[12 + i]}; };
  const auto plane = [](const std::array<float, 4>& a, const std::array<float, 4>& b, float sign) {
    const Vec3 normal{a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2]};
    const float scale = 1 / length(normal);
    return Plane{normal * scale, (a[3] + sign * b[3]) * scale};
  };
  const auto x = row(0), y = row(1), z = row(2), w = row(3);
  constexpr std::array<float, 4> kNothing{};
  return {plane(w, x, 1),  plane(w, x, -1),       plane(w, y, 1),
          plane(w, y, -1), plane(z, kNothing, 1), plane(w, z, -1)};
}

Matrix orbit(uint32_t frame, float reach, float width_to_height) {
  const float angle = static_cast<float>(frame) * (kTurn / kFramesPerTurn);
  const Vec3 eye{std::cos(angle) * reach * 0.8F, 14 + reach * 0.2F, std::sin(angle) * reach * 0.8F};
  return view_projection(eye, {0, 0, 0}, width_to_height);
}

}  // namespace game::render
