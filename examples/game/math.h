// Vectors, rotations and poses in metres; y is up.
#pragma once

#include <cmath>

namespace game {

inline constexpr float kTurn = 6.2831853F;  // all round, in radians

struct Vec3 {
  float x = 0, y = 0, z = 0;
};

inline Vec3 operator+(Vec3 a, Vec3 b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vec3 operator-(Vec3 a, Vec3 b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vec3 operator*(Vec3 a, float s) {
  return {a.x * s, a.y * s, a.z * s};
}
inline float dot(Vec3 a, Vec3 b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Vec3 cross(Vec3 a, Vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline float length(Vec3 a) {
  return std::sqrt(dot(a, a));
}
inline Vec3 normalized(Vec3 a) {
  return a * (1 / length(a));
}
// The direction from `a` to `b` along the ground, of length 1; nothing where they are the same.
inline Vec3 towards(Vec3 a, Vec3 b) {
  Vec3 way = b - a;
  way.y = 0;
  const float distance = length(way);
  return distance > 1e-4F ? way * (1 / distance) : Vec3{};
}
inline float ground_distance(Vec3 a, Vec3 b) {
  a.y = b.y = 0;
  return length(b - a);
}

struct Quat {
  float x = 0, y = 0, z = 0, w = 1;
};

inline Vec3 rotate(Quat q, Vec3 v) {
  const Vec3 axis{q.x, q.y, q.z};
  const Vec3 turned = cross(axis, v) * 2;
  return v + turned * q.w + cross(axis, turned);
}

struct Pose {
  Vec3 position;
  Quat rotation;
};

}  // namespace game
