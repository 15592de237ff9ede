#include <hone/hone.h>

#include "game/render/passes.h"
#include "game_shaders/cluster.comp.h"

namespace game::render {

namespace {

constexpr uint32_t kClusterGroup = 64;  // threads

}  // namespace

bool LightingPass::make(GpuScene& scene) {
  pipeline_ = make_compute_pipeline(scene.vulkan, scene.layout, kClusterComp);
  return pipeline_ != VK_NULL_HANDLE;
}

void LightingPass::record(GpuScene& scene, const FrameSlot& slot) {
  HONE_SPAN("Render::ClusteredLighting");
  HONE_VULKAN_SPAN(scene.gpu, slot.commands, "Render::ClusteredLighting");
  VulkanDevice& vk = scene.vulkan;
  vk.CmdBindPipeline(slot.commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline_);
  vk.CmdDispatch(slot.commands, (kClusters + kClusterGroup - 1) / kClusterGroup, 1, 1);
}

}  // namespace game::render
