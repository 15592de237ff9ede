// What is drawn of a frame: from the world to the bytes that a GPU reads. Four steps: extract what
// has a mesh or gives light, cull what is out of sight, batch what can be drawn together, write it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "game/render/camera.h"
#include "game/render/mesh_kind.h"

namespace game::ecs {
class World;
}

namespace game::render {

// Of one thing in the world.
struct Instance {
  Pose pose;
  float scale;
  float radius;  // of the sphere round it
  uint32_t mesh;
  uint32_t tint;  // red, green, blue, from the lowest byte
  uint32_t step;  // of a figure: which of the poses that are made for all
};

// The same as shaders read it (shaders/scene.glsl).
struct GpuInstance {
  float position[3];
  float scale;
  float rotation[4];
  uint32_t tint;
  uint32_t mesh;
  uint32_t step;
  float radius;
};

// A lamp, as shaders read it.
struct Light {
  Vec3 position;
  float reach;  // metres
  Vec3 color;
  float unused = 0;
};

// Instances [first, first + count) of the written ones, all of one mesh.
struct Draw {
  uint32_t mesh;
  uint32_t first;
  uint32_t count;
};

// What has a mesh, and the lamps of lanterns and vehicles. Figures turn to where they walk, a
// little in each frame: that is the picture's own, and kept here.
class Extraction {
 public:
  // Appends to both. Figures far from `eye` get the mesh for that.
  void extract_instances(ecs::World& world, Vec3 eye, std::vector<Instance>& instances,
                         std::vector<Light>& lights);

 private:
  Quat turn(uint32_t entity, Vec3 walk);

  std::vector<Vec3> headings_;  // by the entity's index, of length 1
};

// The indexes of those whose spheres reach into the frustum.
void frustum_cull(std::span<const Instance> instances, const Frustum& frustum,
                  std::vector<uint32_t>& visible);
// Puts `visible` in order by mesh: a draw for each.
void batch(std::span<const Instance> instances, std::vector<uint32_t>& visible,
           std::vector<Draw>& draws);
// Those in `order`, in that order; as many as there is room for. How many bytes.
size_t write_instances(std::span<const Instance> instances, std::span<const uint32_t> order,
                       std::span<std::byte> to);

}  // namespace game::render
