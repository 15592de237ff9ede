#include <hone/hone.h>

#include "game/render/passes.h"
#include "game_shaders/cull.comp.h"

namespace game::render {

namespace {

constexpr uint32_t kCullGroup = 64;  // threads

}  // namespace

bool CullingPass::make(GpuScene& scene) {
  pipeline_ = make_compute_pipeline(scene.vulkan, scene.layout, kCullComp);
  return pipeline_ != VK_NULL_HANDLE;
}

void CullingPass::record(GpuScene& scene, const FrameSlot& slot, uint32_t instances) {
  HONE_SPAN("Render::CullingCompute", "instances", instances);
  HONE_VULKAN_SPAN(scene.gpu, slot.commands, "Render::CullingCompute");
  VulkanDevice& vk = scene.vulkan;
  // Of each list and mesh: a draw without instances yet.
  std::array<VkDrawIndexedIndirectCommand, kViews * kMeshKinds> empty{};
  for (size_t i = 0; i < empty.size(); ++i) {
    const bool is_camera = i < kMeshKinds;
    const auto& ranges = is_camera ? scene.meshes.ranges : scene.meshes.shadow_ranges;
    const MeshRange& range = ranges[i % kMeshKinds];
    empty[i] = {range.index_count, 0, range.first_index, range.vertex_offset, 0};
  }
  vk.CmdUpdateBuffer(slot.commands, scene.commands.buffer, 0, sizeof empty, empty.data());
  barrier(vk, slot.commands, VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
          VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
          VK_ACCESS_2_SHADER_READ_BIT | VK_ACCESS_2_SHADER_WRITE_BIT);
  vk.CmdBindPipeline(slot.commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline_);
  vk.CmdDispatch(slot.commands, (instances + kCullGroup - 1) / kCullGroup, 1, 1);
}

}  // namespace game::render
