// What is drawn of a frame: from the world to the bytes that a GPU reads. Four steps: extract what
// has a mesh, cull what is out of sight, batch what can be drawn together, write it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "game/render/camera.h"

namespace game::ecs {
class World;
}

namespace game::render {

enum class MeshKind : uint32_t { kBox, kFigure };
inline constexpr size_t kMeshKinds = 2;
enum class Material : uint32_t { kSkin, kSteel, kWood, kStone };
inline constexpr size_t kMaterials = 4;

// Of one thing in the world.
struct Instance {
  Pose pose;
  Vec3 half;
  float radius;
  uint32_t mesh;
  uint32_t material;
};

// The same as box.vert reads it.
struct GpuInstance {
  float rows[3][4];  // from the mesh's own space to the world's
  float color[4];
};

// Instances [first, first + count) of the written ones, all of one mesh.
struct Draw {
  uint32_t mesh;
  uint32_t first;
  uint32_t count;
};

// Appends to `instances`.
void extract_instances(ecs::World& world, std::vector<Instance>& instances);
// The indexes of those whose spheres reach into the frustum.
void frustum_cull(std::span<const Instance> instances, const Frustum& frustum,
                  std::vector<uint32_t>& visible);
// Puts `visible` in order by mesh and material: a draw for each pair.
void batch(std::span<const Instance> instances, std::vector<uint32_t>& visible,
           std::vector<Draw>& draws);
// The visible ones, in that order; as many as there is room for. How many bytes.
size_t write_instances(std::span<const Instance> instances, std::span<const uint32_t> visible,
                       std::span<std::byte> to);

}  // namespace game::render
