// Rigid bodies, characters and vehicles in a Bullet world. One thread at a time: while a step is
// under way on another thread (tick.h), nothing here may be called.
//
//   const uint32_t crate = world.create_rigid_body({.half = {1, 1, 1}, .mass = 20, .pose = pose});
//   world.step(1.0F / 60);
//   Pose now = world.body_pose(crate);
#pragma once

#include <cstdint>
#include <memory>

#include "game/math.h"

namespace game::physics {

struct BodyDesc {
  Vec3 half;       // of a box
  float mass = 0;  // kilograms; 0: it never moves
  Pose pose;
};

struct Counts {
  uint32_t rigid_bodies = 0;
  uint32_t characters = 0;
  uint32_t colliders =
      0;  // whatever can be hit: rigid bodies, vehicles' chassis, characters, the ground
};

class World {
 public:
  World();
  ~World();

  // Each returns the thing's number among its kind.
  uint32_t create_rigid_body(const BodyDesc& desc);
  uint32_t create_character(Vec3 position);
  uint32_t create_vehicle(const Pose& pose);

  // What is to be done in the next steps. Velocities are m/s along the ground.
  void walk(uint32_t character, Vec3 velocity);
  void drive(uint32_t vehicle, float engine_newtons, float steering);
  void push(uint32_t body, Vec3 impulse);

  void step(float seconds);

  Pose body_pose(uint32_t body) const;
  Pose character_pose(uint32_t character) const;
  Pose vehicle_pose(uint32_t vehicle) const;
  Counts counts() const;

 private:
  struct Bullet;

  void move_characters(float seconds);

  std::unique_ptr<Bullet> bullet_;
};

}  // namespace game::physics
