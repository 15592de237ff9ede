#include <hone/hone.h>

#include <cstddef>

#include "game/render/passes.h"
#include "game_shaders/main.frag.h"
#include "game_shaders/main.vert.h"
#include "game_shaders/main_full.frag.h"
#include "game_shaders/main_full.vert.h"
#include "game_shaders/main_skinned.vert.h"
#include "game_shaders/sky.frag.h"
#include "game_shaders/sky.vert.h"

namespace game::render {

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
  for (const Draw& draw : draws) {
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

void MainPass::record_sky(GpuScene& scene, VkCommandBuffer commands) {
  HONE_SPAN("Render::Sky");
  HONE_VULKAN_SPAN(scene.gpu, commands, "Render::Sky");
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
    constexpr VkPipelineStageFlags2 kTests =
        VK_PIPELINE_STAGE_2_EARLY_FRAGMENT_TESTS_BIT | VK_PIPELINE_STAGE_2_LATE_FRAGMENT_TESTS_BIT;
    change_image(vk, commands, scene.depth.image, VK_IMAGE_ASPECT_DEPTH_BIT,
                 {kTests, 0, kTests,
                  VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_READ_BIT |
                      VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT,
                  VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL});
    change_image(
        vk, commands, scene.hdr.image, VK_IMAGE_ASPECT_COLOR_BIT,
        {VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT, 0,
         VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT, VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT,
         VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL});
    VkRenderingAttachmentInfo color{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
    color.imageView = scene.hdr.view;
    color.imageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
    // What no mesh covers, the sky does.
    color.loadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    color.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    VkRenderingAttachmentInfo depth{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
    depth.imageView = scene.depth.view;
    depth.imageLayout = VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL;
    depth.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    depth.storeOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
    depth.clearValue.depthStencil.depth = 1;
    VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
    info.renderArea.extent = scene.extent;
    info.layerCount = 1;
    info.colorAttachmentCount = 1;
    info.pColorAttachments = &color;
    info.pDepthAttachment = &depth;
    vk.CmdBeginRendering(commands, &info);
    scene.set_area(commands, scene.extent);
    vk.CmdBindIndexBuffer(commands, scene.meshes.indices.buffer, 0, VK_INDEX_TYPE_UINT16);
    record_draws(scene, commands, draws);
  }
  record_sky(scene, commands);
}

}  // namespace game::render
