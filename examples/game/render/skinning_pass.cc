#include <hone/hone.h>

#include "game/render/passes.h"
#include "game_shaders/skin.comp.h"

namespace game::render {

namespace {

constexpr uint32_t kSkinGroup = 64;  // threads

}  // namespace

bool SkinningPass::make(GpuScene& scene) {
  pipeline_ = make_compute_pipeline(scene.vulkan, scene.layout, kSkinComp);
  return pipeline_ != VK_NULL_HANDLE;
}

void SkinningPass::record(GpuScene& scene, const FrameSlot& slot) {
  HONE_SPAN("Render::Skinning", "poses", kFigureSteps);
  HONE_VULKAN_SPAN(scene.gpu, slot.commands, "Render::Skinning");
  VulkanDevice& vk = scene.vulkan;
  vk.CmdBindPipeline(slot.commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline_);
  vk.CmdDispatch(slot.commands, (scene.meshes.figure_vertices + kSkinGroup - 1) / kSkinGroup,
                 kFigureSteps, 1);
}

}  // namespace game::render
