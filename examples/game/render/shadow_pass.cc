#include <hone/hone.h>

#include "game/render/passes.h"
#include "game_shaders/shadow.vert.h"
#include "game_shaders/shadow_skinned.vert.h"

namespace game::render {

bool ShadowPass::make(GpuScene& scene) {
  constexpr VkVertexInputAttributeDescription kPosition[] = {{0, 0, VK_FORMAT_R32G32B32_SFLOAT, 0}};
  GraphicsDesc desc;
  desc.vertex = kShadowVert;
  desc.depth = Depth::kShadow;
  desc.attributes = kPosition;
  desc.stride = sizeof(FullVertex);
  full_ = make_pipeline(scene.vulkan, scene.layout, desc);
  desc.stride = sizeof(SimpleVertex);
  simple_ = make_pipeline(scene.vulkan, scene.layout, desc);
  desc.vertex = kShadowSkinnedVert;
  desc.attributes = {};
  desc.stride = 0;
  skinned_ = make_pipeline(scene.vulkan, scene.layout, desc);
  return full_ != VK_NULL_HANDLE && simple_ != VK_NULL_HANDLE && skinned_ != VK_NULL_HANDLE;
}

void ShadowPass::record_cascade(GpuScene& scene, VkCommandBuffer commands, uint32_t cascade) {
  VulkanDevice& vk = scene.vulkan;
  VkRenderingAttachmentInfo depth{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
  depth.imageView = scene.shadow_views[cascade];
  depth.imageLayout = VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL;
  depth.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
  depth.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  depth.clearValue.depthStencil.depth = 1;
  VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
  info.renderArea.extent = {scene.limits.shadow_texels, scene.limits.shadow_texels};
  info.layerCount = 1;
  info.pDepthAttachment = &depth;
  vk.CmdBeginRendering(commands, &info);
  const uint32_t view = 1 + cascade;
  for (uint32_t mesh = 0; mesh < kMeshKinds; ++mesh) {
    const auto kind = static_cast<MeshKind>(mesh);
    if (kind == MeshKind::kGround) continue;
    const bool full = is_full(kind);
    const bool figure = is_figure(kind);
    vk.CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS,
                       figure ? skinned_
                       : full ? full_
                              : simple_);
    const VkDeviceSize offset = 0;
    const Buffer& vertices = full ? scene.meshes.full : scene.meshes.simple;
    if (!figure) vk.CmdBindVertexBuffers(commands, 0, 1, &vertices.buffer, &offset);
    const uint32_t draw[] = {view, mesh};
    vk.CmdPushConstants(commands, scene.layout, VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof draw, draw);
    constexpr uint32_t kCommand = sizeof(VkDrawIndexedIndirectCommand);
    vk.CmdDrawIndexedIndirect(commands, scene.commands.buffer,
                              VkDeviceSize{view * kMeshKinds + mesh} * kCommand, 1, kCommand);
  }
  vk.CmdEndRendering(commands);
}

void ShadowPass::record(GpuScene& scene, const FrameSlot& slot) {
  HONE_SPAN("Render::ShadowMaps", "cascades", kCascades);
  HONE_VULKAN_SPAN(scene.gpu, slot.commands, "Render::ShadowMaps");
  VulkanDevice& vk = scene.vulkan;
  const VkCommandBuffer commands = slot.commands;
  constexpr VkPipelineStageFlags2 kTests =
      VK_PIPELINE_STAGE_2_EARLY_FRAGMENT_TESTS_BIT | VK_PIPELINE_STAGE_2_LATE_FRAGMENT_TESTS_BIT;
  constexpr VkAccessFlags2 kDrawn = VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_READ_BIT |
                                    VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT;
  change_image(vk, commands, scene.shadows.image, VK_IMAGE_ASPECT_DEPTH_BIT,
               {VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, 0, kTests, kDrawn, VK_IMAGE_LAYOUT_UNDEFINED,
                VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL});
  vk.CmdBindIndexBuffer(commands, scene.meshes.indices.buffer, 0, VK_INDEX_TYPE_UINT16);
  scene.set_area(commands, {scene.limits.shadow_texels, scene.limits.shadow_texels});
  for (uint32_t i = 0; i < kCascades; ++i) record_cascade(scene, commands, i);
  change_image(
      vk, commands, scene.shadows.image, VK_IMAGE_ASPECT_DEPTH_BIT,
      {kTests, kDrawn, VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT, VK_ACCESS_2_SHADER_SAMPLED_READ_BIT,
       VK_IMAGE_LAYOUT_DEPTH_ATTACHMENT_OPTIMAL, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL});
}

}  // namespace game::render
