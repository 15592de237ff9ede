#include "game/render/camera.h"

namespace game::render {

namespace {

constexpr float kFieldOfView = 0.9F;  // radians, from top to bottom
constexpr float kFramesPerTurn = 2400;
constexpr float kStart = 0.6F;  // radians

}  // namespace

Camera look_at(Vec3 eye, Vec3 target, float width_to_height) {
  Camera out;
  out.eye = eye;
  out.forward = normalized(target - eye);
  out.right = normalized(cross(out.forward, {0, 1, 0}));
  out.up = cross(out.right, out.forward);
  out.tangent_y = std::tan(kFieldOfView / 2);
  out.tangent_x = out.tangent_y * width_to_height;
  // Rows of clip = projection * view.
  const Vec3 x = out.right * (1 / out.tangent_x);
  const Vec3 y = out.up * (-1 / out.tangent_y);
  const Vec3 w = out.forward;
  const float depth = kFar / (kFar - kNear);
  const Vec3 z = w * depth;
  const float z_offset = -dot(z, eye) - kNear * depth;
  out.view_projection = {x.x, y.x, z.x, w.x, x.y,          y.y,          z.y,      w.y,
                         x.z, y.z, z.z, w.z, -dot(x, eye), -dot(y, eye), z_offset, -dot(w, eye)};
  return out;
}

Matrix view_projection(Vec3 eye, Vec3 target, float width_to_height) {
  return look_at(eye, target, width_to_height).view_projection;
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

Camera flight(uint32_t frame, const Land& land, float width_to_height) {
  const float angle = kStart + static_cast<float>(frame) * (kTurn / kFramesPerTurn);
  const float distance = 10 + land.reach * 0.36F;
  const Vec3 way{std::cos(angle), 0, std::sin(angle)}, along{-way.z, 0, way.x};
  const Vec3 eye = land.middle + way * distance + Vec3{0, 6 + land.reach * 0.045F, 0};
  // Past the middle, so that it goes along beside the villages and not round one point.
  const Vec3 aim = land.middle + along * (land.reach * 0.15F) + Vec3{0, 3.5F, 0};
  return look_at(eye, aim, width_to_height);
}

}  // namespace game::render
