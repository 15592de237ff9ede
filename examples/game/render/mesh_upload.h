// The meshes, in the device's memory: those with a relief with tangents and texture coordinates,
// the others without, the figure's as the skinning pass reads them; and the reliefs.
#pragma once

#include <array>

#include "game/render/mesh_kind.h"
#include "game/render/vulkan_memory.h"

namespace game::render {

struct SimpleVertex {
  float position[3];
  float normal[3];
  uint32_t surface;
};
struct FullVertex {
  float position[3];
  float normal[3];
  uint32_t surface;
  float tangent[3];
  float uv[2];
};
// As shaders/skin.comp reads it.
struct StandingVertex {
  float position[3];
  uint32_t surface;
  float normal[3];
  uint32_t bones;  // two bytes, then the share of the second in 65535
};

// Where a mesh is.
struct MeshRange {
  uint32_t first_index;
  uint32_t index_count;
  int32_t vertex_offset;
};

struct MeshBuffers {
  Buffer simple, full, standing, indices;
  std::array<MeshRange, kMeshKinds> ranges{};
  // The same triangles for who looks at positions alone: corners that differ in other things are
  // one.
  std::array<MeshRange, kMeshKinds> shadow_ranges{};
  uint32_t figure_vertices = 0;
  Image reliefs;

  // False where there is not enough memory.
  bool make(VulkanDevice& vulkan, VkCommandPool pool);
};

}  // namespace game::render
