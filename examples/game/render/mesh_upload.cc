#include "game/render/mesh_upload.h"

#include <hone/hone.h>

#include <algorithm>
#include <cstring>

#include "game/render/meshes.h"
#include "game/render/textures.h"

namespace game::render {

namespace {

void copy(Vec3 from, float (&to)[3]) {
  to[0] = from.x;
  to[1] = from.y;
  to[2] = from.z;
}

SimpleVertex simple_of(const Vertex& vertex) {
  SimpleVertex out{};
  copy(vertex.position, out.position);
  copy(vertex.normal, out.normal);
  out.surface = static_cast<uint32_t>(vertex.surface);
  return out;
}

FullVertex full_of(const Vertex& vertex) {
  FullVertex out{};
  copy(vertex.position, out.position);
  copy(vertex.normal, out.normal);
  out.surface = static_cast<uint32_t>(vertex.surface);
  copy(vertex.tangent, out.tangent);
  out.uv[0] = vertex.u;
  out.uv[1] = vertex.v;
  return out;
}

StandingVertex standing_of(const Vertex& vertex) {
  StandingVertex out{};
  copy(vertex.position, out.position);
  copy(vertex.normal, out.normal);
  out.surface = static_cast<uint32_t>(vertex.surface);
  out.bones = vertex.bones[0] | uint32_t{vertex.bones[1]} << 8 |
              static_cast<uint32_t>(vertex.weight * 65535) << 16;
  return out;
}

template <class Out>
std::vector<Out> converted(const Mesh& mesh, Out (*convert)(const Vertex&)) {
  std::vector<Out> out;
  for (const Vertex& vertex : mesh.vertices) out.push_back(convert(vertex));
  return out;
}

bool is_same_place(const Vertex& a, const Vertex& b) {
  return a.position.x == b.position.x && a.position.y == b.position.y &&
         a.position.z == b.position.z && a.bones[0] == b.bones[0] && a.bones[1] == b.bones[1] &&
         a.weight == b.weight;
}

// Each index as that of the first vertex at its place.
std::vector<uint16_t> indices_of_places(const Mesh& mesh) {
  std::vector<uint16_t> out = mesh.indices;
  for (uint16_t& index : out) {
    const auto same = [&](const Vertex& other) {
      return is_same_place(other, mesh.vertices[index]);
    };
    const auto first = std::find_if(mesh.vertices.begin(), mesh.vertices.end(), same);
    index = static_cast<uint16_t>(first - mesh.vertices.begin());
  }
  return out;
}

// Enough for the largest mesh, and for all reliefs.
constexpr size_t kStagedBytes = size_t{256} * 1024;

// Where the next mesh goes in each buffer.
struct Places {
  uint32_t simple = 0, full = 0, standing = 0, indices = 0;
};

struct Upload {
  VulkanDevice& vulkan;
  VkCommandPool pool;
  MeshBuffers& to;
  Buffer staged;
  Places next;

  template <class Of>
  bool put(std::span<const Of> from, size_t first, const Buffer& buffer) {
    return upload(vulkan, pool, std::as_bytes(from), staged, buffer, first * sizeof(Of));
  }
  bool put_indices(const std::vector<uint16_t>& from, uint32_t vertex_offset, MeshRange& range) {
    const auto count = static_cast<uint32_t>(from.size());
    range = {next.indices, count, static_cast<int32_t>(vertex_offset)};
    next.indices += count;
    return put(std::span(from), range.first_index, to.indices);
  }
  bool put_indices(MeshKind kind, const Mesh& mesh, uint32_t vertex_offset) {
    const auto at = static_cast<size_t>(kind);
    return put_indices(mesh.indices, vertex_offset, to.ranges[at]) &&
           put_indices(indices_of_places(mesh), vertex_offset, to.shadow_ranges[at]);
  }
  bool upload_mesh(MeshKind kind, const Mesh& mesh);
  bool upload_full_mesh(MeshKind kind, const Mesh& mesh);
  bool upload_reliefs();
};

// Positions, normals and surfaces; for the figure also what moves its vertices.
bool Upload::upload_mesh(MeshKind kind, const Mesh& mesh) {
  HONE_SPAN("Render::MeshUpload", "vertices", mesh.vertices.size());
  if (is_figure(kind)) {
    const uint32_t first = to.figure_vertices;
    const auto standing = converted(mesh, standing_of);
    to.figure_vertices += static_cast<uint32_t>(standing.size());
    return put(std::span<const StandingVertex>(standing), first, to.standing) &&
           put_indices(kind, mesh, first);
  }
  const uint32_t first = next.simple;
  const auto simple = converted(mesh, simple_of);
  next.simple += static_cast<uint32_t>(simple.size());
  return put(std::span<const SimpleVertex>(simple), first, to.simple) &&
         put_indices(kind, mesh, first);
}

// With tangents and texture coordinates.
bool Upload::upload_full_mesh(MeshKind kind, const Mesh& mesh) {
  HONE_SPAN("Render::MeshUpload::Full", "vertices", mesh.vertices.size());
  const uint32_t first = next.full;
  const auto full = converted(mesh, full_of);
  next.full += static_cast<uint32_t>(full.size());
  return put(std::span<const FullVertex>(full), first, to.full) && put_indices(kind, mesh, first);
}

// Every level of every layer, one after the other as make_relief() gives them.
void copy_levels(VulkanDevice& vulkan, VkCommandBuffer commands, const Buffer& staged,
                 const Image& to) {
  std::vector<VkBufferImageCopy> regions;
  VkDeviceSize offset = 0;
  for (uint32_t layer = 0; layer < kReliefs; ++layer) {
    for (uint32_t level = 0; level < kReliefLevels; ++level) {
      const uint32_t side = kReliefSide >> level;
      VkBufferImageCopy region{};
      region.bufferOffset = offset;
      region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, level, layer, 1};
      region.imageExtent = {side, side, 1};
      regions.push_back(region);
      offset += VkDeviceSize{4} * side * side;
    }
  }
  change_image(
      vulkan, commands, to.image, VK_IMAGE_ASPECT_COLOR_BIT,
      {VK_PIPELINE_STAGE_2_NONE, 0, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
       VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL});
  vulkan.CmdCopyBufferToImage(commands, staged.buffer, to.image,
                              VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                              static_cast<uint32_t>(regions.size()), regions.data());
  change_image(vulkan, commands, to.image, VK_IMAGE_ASPECT_COLOR_BIT,
               {VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
                VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT, VK_ACCESS_2_SHADER_SAMPLED_READ_BIT,
                VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL});
}

bool Upload::upload_reliefs() {
  std::vector<uint8_t> texels;
  for (size_t i = 0; i < kReliefs; ++i) {
    const auto layer = make_relief(static_cast<Relief>(i));
    texels.insert(texels.end(), layer.begin(), layer.end());
  }
  const ImageDesc desc{.format = VK_FORMAT_R8G8B8A8_UNORM,
                       .usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
                       .extent = {kReliefSide, kReliefSide},
                       .layers = kReliefs,
                       .levels = kReliefLevels,
                       .array = true};
  if (texels.size() > staged.bytes || !make_image(vulkan, desc, to.reliefs)) return false;
  std::memcpy(staged.mapped, texels.data(), texels.size());
  Once once(vulkan, pool);
  copy_levels(vulkan, once.commands(), staged, to.reliefs);
  return once.finish();
}

}  // namespace

bool MeshBuffers::make(VulkanDevice& vulkan, VkCommandPool pool) {
  std::array<Mesh, kMeshKinds> meshes;
  Places total;
  for (size_t i = 0; i < kMeshKinds; ++i) {
    const auto kind = static_cast<MeshKind>(i);
    meshes[i] = make_mesh(kind);
    const auto vertices = static_cast<uint32_t>(meshes[i].vertices.size());
    (is_full(kind) ? total.full : is_figure(kind) ? total.standing : total.simple) += vertices;
    total.indices += static_cast<uint32_t>(2 * meshes[i].indices.size());
  }
  constexpr VkBufferUsageFlags kVertices = VK_BUFFER_USAGE_VERTEX_BUFFER_BIT;
  if (!make_device_buffer(vulkan, total.simple * sizeof(SimpleVertex), kVertices, simple) ||
      !make_device_buffer(vulkan, total.full * sizeof(FullVertex), kVertices, full) ||
      !make_device_buffer(vulkan, total.standing * sizeof(StandingVertex),
                          VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, standing) ||
      !make_device_buffer(vulkan, total.indices * sizeof(uint16_t),
                          VK_BUFFER_USAGE_INDEX_BUFFER_BIT, indices)) {
    return false;
  }
  Upload to{vulkan, pool, *this, {}, {}};
  if (!make_shared_buffer(vulkan, kStagedBytes, VK_BUFFER_USAGE_TRANSFER_SRC_BIT, to.staged)) {
    return false;
  }
  for (size_t i = 0; i < kMeshKinds; ++i) {
    const auto kind = static_cast<MeshKind>(i);
    const bool done =
        is_full(kind) ? to.upload_full_mesh(kind, meshes[i]) : to.upload_mesh(kind, meshes[i]);
    if (!done) return false;
  }
  return to.upload_reliefs();
}

}  // namespace game::render
