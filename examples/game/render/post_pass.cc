#include <hone/hone.h>

#include "game/render/passes.h"
#include "game_shaders/full.vert.h"
#include "game_shaders/glow.frag.h"
#include "game_shaders/post.frag.h"

namespace game::render {

namespace {

constexpr VkPipelineStageFlags2 kOutput = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;

// A triangle over all of an image, whatever it held before.
void fill(GpuScene& scene, VkCommandBuffer commands, const Image& to, VkExtent2D extent,
          VkPipeline pipeline) {
  VulkanDevice& vk = scene.vulkan;
  change_image(
      vk, commands, to.image, VK_IMAGE_ASPECT_COLOR_BIT,
      {VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT, 0, kOutput, VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT,
       VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL});
  VkRenderingAttachmentInfo color{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
  color.imageView = to.view;
  color.imageLayout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  color.loadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
  color.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  VkRenderingInfo info{VK_STRUCTURE_TYPE_RENDERING_INFO};
  info.renderArea.extent = extent;
  info.layerCount = 1;
  info.colorAttachmentCount = 1;
  info.pColorAttachments = &color;
  vk.CmdBeginRendering(commands, &info);
  scene.set_area(commands, extent);
  vk.CmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline);
  vk.CmdDraw(commands, 3, 1, 0, 0);
  vk.CmdEndRendering(commands);
}

void make_readable(GpuScene& scene, VkCommandBuffer commands, const Image& drawn) {
  change_image(
      scene.vulkan, commands, drawn.image, VK_IMAGE_ASPECT_COLOR_BIT,
      {kOutput, VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT, VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT,
       VK_ACCESS_2_SHADER_SAMPLED_READ_BIT, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
       VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL});
}

}  // namespace

bool PostPass::make(GpuScene& scene) {
  GraphicsDesc desc;
  desc.vertex = kFullVert;
  desc.fragment = kGlowFrag;
  desc.color = kHdrFormat;
  glow_ = make_pipeline(scene.vulkan, scene.layout, desc);
  desc.fragment = kPostFrag;
  desc.color = kPictureFormat;
  tone_ = make_pipeline(scene.vulkan, scene.layout, desc);
  return glow_ != VK_NULL_HANDLE && tone_ != VK_NULL_HANDLE;
}

void PostPass::record(GpuScene& scene, const FrameSlot& slot) {
  HONE_SPAN("Render::Postprocess");
  HONE_VULKAN_SPAN(scene.gpu, slot.commands, "Render::Postprocess");
  make_readable(scene, slot.commands, scene.hdr);
  fill(scene, slot.commands, scene.glow, scene.glow_extent, glow_);
  make_readable(scene, slot.commands, scene.glow);
  fill(scene, slot.commands, scene.picture, scene.extent, tone_);
  change_image(scene.vulkan, slot.commands, scene.picture.image, VK_IMAGE_ASPECT_COLOR_BIT,
               {kOutput, VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT,
                VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT, VK_ACCESS_2_TRANSFER_READ_BIT,
                VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL});
}

}  // namespace game::render
