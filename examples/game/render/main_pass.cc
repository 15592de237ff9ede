#include <hone/hone.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "game/render/passes.h"
#include "game_shaders/main.frag.h"
#include "game_shaders/main.vert.h"
#include "game_shaders/main_full.frag.h"
#include "game_shaders/main_full.vert.h"
#include "game_shaders/main_skinned.vert.h"
#include "game_shaders/sky.frag.h"
#include "game_shaders/sky.vert.h"

namespace game::render {

namespace {

constexpr VkPipelineStageFlags2 kAttachmentStages = VK_PIPELINE_STAGE_2_EARLY_FRAGMENT_TESTS_BIT |
                                                    VK_PIPELINE_STAGE_2_LATE_FRAGMENT_TESTS_BIT |
                                                    VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
constexpr VkAccessFlags2 kAttachmentWrites =
    VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT;
constexpr VkAccessFlags2 kAttachmentReads =
    VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_READ_BIT;

// Into light and depth: cleared, or as they are.
void begin_rendering(GpuScene& scene, VkCommandBuffer commands, VkAttachmentLoadOp load) {
  const auto attachment = [&](const Image& image, VkImageLayout layout) {
    VkRenderingAttachmentInfo out{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
    out.imageView = image.view;
    out.imageLayout = layout;
    out.loadOp = load;
    out.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    return out;
  };
  const VkRenderingAttachmentInfo color =
      attachment(scene.hdr, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL);
  VkRenderingAttachmentInfo depth =
      attachment(scene.depth, VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL);
  depth.clearValue.depthStencil.depth = 1;
  VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
  info.renderArea.extent = scene.extent;
  info.layerCount = 1;
  info.colorAttachmentCount = 1;
  info.pColorAttachments = &color;
  info.pDepthAttachment = &depth;
  scene.vulkan.CmdBeginRendering(commands, &info);
  scene.set_area(commands, scene.extent);
}

// The ground last: of it, what stands on it hides much, which then is not shaded.
std::vector<Draw> in_order(std::span<const Draw> draws) {
  std::vector<Draw> out(draws.begin(), draws.end());
  const auto is_other = [](const Draw& draw) {
    return static_cast<MeshKind>(draw.mesh) != MeshKind::kGround;
  };
  std::stable_partition(out.begin(), out.end(), is_other);
  return out;
}

}  // namespace

bool MainPass::make(GpuScene& scene) {
  constexpr VkFormat kThree = VK_FORMAT_R32G32B32_SFLOAT;
  constexpr VkVertexInputAttributeDescription kAttributes[] = {
      {0, 0, kThree, offsetof(FullVertex, position)},
      {1, 0, kThree, offsetof(FullVertex, normal)},
      {2, 0, VK_FORMAT_R32_UINT, offsetof(FullVertex, surface)},
      {3, 0, kThree, offsetof(FullVertex, tangent)},
      {4, 0, VK_FORMAT_R32G32_SFLOAT, offsetof(FullVertex, uv)}};
  GraphicsDesc desc;
  desc.color = kHdrFormat;
  desc.depth = Depth::kWritten;
  desc.vertex = kMainFullVert;
  desc.fragment = kMainFullFrag;
  desc.stride = sizeof(FullVertex);
  desc.attributes = kAttributes;
  full_ = make_pipeline(scene.vulkan, scene.layout, desc);
  // A simple vertex is the beginning of a full one.
  desc.vertex = kMainVert;
  desc.fragment = kMainFrag;
  desc.stride = sizeof(SimpleVertex);
  desc.attributes = std::span(kAttributes).first(3);
  simple_ = make_pipeline(scene.vulkan, scene.layout, desc);
  desc.vertex = kMainSkinnedVert;
  desc.stride = 0;
  desc.attributes = {};
  skinned_ = make_pipeline(scene.vulkan, scene.layout, desc);
  desc.vertex = kSkyVert;
  desc.fragment = kSkyFrag;
  desc.depth = Depth::kTested;
  sky_ = make_pipeline(scene.vulkan, scene.layout, desc);
  return full_ != VK_NULL_HANDLE && simple_ != VK_NULL_HANDLE && skinned_ != VK_NULL_HANDLE &&
         sky_ != VK_NULL_HANDLE;
}

void MainPass::record_draws(GpuScene& scene, VkCommandBuffer commands,
                            std::span<const Draw> draws) {
  VulkanDevice& vk = scene.vulkan;
  for (const Draw& draw : in_order(draws)) {
    const auto kind = static_cast<MeshKind>(draw.mesh);
    const bool full = is_full(kind);
    const bool figure = is_figure(kind);
    vk.CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS,
                       figure ? skinned_
                       : full ? full_
                              : simple_);
    const VkDeviceSize offset = 0;
    const Buffer& vertices = full ? scene.meshes.full : scene.meshes.simple;
    if (!figure) vk.CmdBindVertexBuffers(commands, 0, 1, &vertices.buffer, &offset);
    const MeshRange& range = scene.meshes.ranges[draw.mesh];
    vk.CmdDrawIndexed(commands, range.index_count, draw.count, range.first_index,
                      range.vertex_offset, draw.first);
  }
}

// The sky is behind everything: drawn last, it costs only what is seen of it.
void MainPass::record_sky(GpuScene& scene, VkCommandBuffer commands) {
  HONE_SPAN("Render::Sky");
  HONE_VULKAN_SPAN(scene.gpu, commands, "Render::Sky");
  barrier(scene.vulkan, commands, kAttachmentStages, kAttachmentWrites, kAttachmentStages,
          kAttachmentWrites | kAttachmentReads);
  begin_rendering(scene, commands, VK_ATTACHMENT_LOAD_OP_LOAD);
  scene.vulkan.CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, sky_);
  scene.vulkan.CmdDraw(commands, 3, 1, 0, 0);
  scene.vulkan.CmdEndRendering(commands);
}

void MainPass::record(GpuScene& scene, const FrameSlot& slot, std::span<const Draw> draws) {
  VulkanDevice& vk = scene.vulkan;
  const VkCommandBuffer commands = slot.commands;
  {
    HONE_SPAN("Render::MainPass", "draws", draws.size());
    HONE_VULKAN_SPAN(scene.gpu, commands, "Render::MainPass");
    const auto prepare = [&](const Image& image, VkImageAspectFlags aspect, VkImageLayout layout) {
      change_image(vk, commands, image.image, aspect,
                   {VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, 0, kAttachmentStages,
                    kAttachmentWrites | kAttachmentReads, VK_IMAGE_LAYOUT_UNDEFINED, layout});
    };
    prepare(scene.depth, VK_IMAGE_ASPECT_DEPTH_BIT, VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL);
    prepare(scene.hdr, VK_IMAGE_ASPECT_COLOR_BIT, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL);
    begin_rendering(scene, commands, VK_ATTACHMENT_LOAD_OP_CLEAR);
    vk.CmdBindIndexBuffer(commands, scene.meshes.indices.buffer, 0, VK_INDEX_TYPE_UINT16);
    record_draws(scene, commands, draws);
    vk.CmdEndRendering(commands);
  }
  record_sky(scene, commands);
}

}  // namespace game::render
