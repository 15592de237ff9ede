// The passes of a frame on the GPU, in the order in which they come. Each records its commands and
// spans: one of the CPU around the recording, one of the GPU around what was recorded.
#pragma once

#include "game/render/gpu_scene.h"

namespace game::render {

// Into which views each instance reaches: the draws of the shadow maps.
class CullingPass {
 public:
  bool make(GpuScene& scene);
  void record(GpuScene& scene, const FrameSlot& slot, uint32_t instances);

 private:
  VkPipeline pipeline_ = VK_NULL_HANDLE;
};

// The figure in all its poses.
class SkinningPass {
 public:
  bool make(GpuScene& scene);
  void record(GpuScene& scene, const FrameSlot& slot);

 private:
  VkPipeline pipeline_ = VK_NULL_HANDLE;
};

// Which lamps reach into which piece of the view.
class LightingPass {
 public:
  bool make(GpuScene& scene);
  void record(GpuScene& scene, const FrameSlot& slot);

 private:
  VkPipeline pipeline_ = VK_NULL_HANDLE;
};

// What the sun sees, a map for each cascade.
class ShadowPass {
 public:
  bool make(GpuScene& scene);
  void record(GpuScene& scene, const FrameSlot& slot);

 private:
  void record_cascade(GpuScene& scene, VkCommandBuffer commands, uint32_t cascade);

  VkPipeline full_ = VK_NULL_HANDLE, simple_ = VK_NULL_HANDLE, skinned_ = VK_NULL_HANDLE;
};

// What the camera sees, a draw a mesh; then the sky where nothing is.
class MainPass {
 public:
  bool make(GpuScene& scene);
  void record(GpuScene& scene, const FrameSlot& slot, std::span<const Draw> draws);

 private:
  void record_draws(GpuScene& scene, VkCommandBuffer commands, std::span<const Draw> draws);
  void record_sky(GpuScene& scene, VkCommandBuffer commands);

  VkPipeline full_ = VK_NULL_HANDLE, simple_ = VK_NULL_HANDLE, skinned_ = VK_NULL_HANDLE;
  VkPipeline sky_ = VK_NULL_HANDLE;
};

// From light to the picture, which is then ready to be copied.
class PostPass {
 public:
  bool make(GpuScene& scene);
  void record(GpuScene& scene, const FrameSlot& slot);

 private:
  VkPipeline glow_ = VK_NULL_HANDLE, tone_ = VK_NULL_HANDLE;
};

}  // namespace game::render
