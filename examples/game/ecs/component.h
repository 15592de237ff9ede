// The data that entities are made of. A component is a plain struct with its number; it has no
// pointers and no padding, so that a column of it may be copied and summed as bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "game/ai/facts.h"
#include "game/math.h"

namespace game::ecs {

enum class Component : uint8_t { kTransform, kMesh, kBody, kCharacter, kVehicle, kAgent };
inline constexpr size_t kComponents = 6;

using Mask = uint32_t;
constexpr Mask bit(Component component) {
  return Mask{1} << static_cast<uint32_t>(component);
}
template <class... T>
constexpr Mask mask_of() {
  return (bit(T::kId) | ...);
}

struct Transform {
  static constexpr Component kId = Component::kTransform;
  Pose pose;
};

struct Mesh {
  static constexpr Component kId = Component::kMesh;
  Vec3 half;     // half of its size
  float radius;  // of the sphere around it
  uint32_t mesh;
  uint32_t material;
};

// A rigid body; its number in the physics world.
struct Body {
  static constexpr Component kId = Component::kBody;
  uint32_t body;
};

struct Character {
  static constexpr Component kId = Component::kCharacter;
  uint32_t character;  // in the physics world
  Vec3 walk;           // the velocity that it means to have
};

struct Vehicle {
  static constexpr Component kId = Component::kVehicle;
  uint32_t vehicle;  // in the physics world
  uint32_t village;
  uint32_t waypoint;
  float speed;  // m/s, over the last frame
};

struct Agent {
  static constexpr Component kId = Component::kAgent;
  ai::Facts facts;
  uint32_t village;
  float hunger;  // 0: none, 1: starving
  float fatigue;
  float work_s;      // spent on the current action
  uint32_t done;     // goals reached
  uint32_t refused;  // plans that were not permitted
  Vec3 wander;       // where it strolls to without a plan
  uint8_t role;
  uint8_t goal;
  uint8_t step;      // of the plan
  uint8_t thoughts;  // so many it has had
  ai::Plan plan;
};

}  // namespace game::ecs
