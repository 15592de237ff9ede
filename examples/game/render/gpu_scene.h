// What the passes of a frame share: the buffers and images that one pass leaves for the next, and
// for each frame under way those that the CPU writes. One layout of bindings for all of them
// (shaders/scene.glsl and its neighbours).
#pragma once

#include <array>

#include "game/render/figure.h"
#include "game/render/mesh_upload.h"
#include "game/render/scene_values.h"
#include "game/render/vulkan_pipeline.h"
#include "game/render/vulkan_spans.h"

namespace game::render {

inline constexpr uint32_t kUnderWay = 2;  // frames that the GPU may be behind
inline constexpr uint32_t kLampsMax = 1024;
inline constexpr uint32_t kClusters = 16 * 9 * 16;

struct FrameSlot {
  Buffer values, instances, lamps, bones;
  VkDescriptorSet set = VK_NULL_HANDLE;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  VkFence done = VK_NULL_HANDLE;  // signalled while nothing is under way
};

struct GpuScene {
  explicit GpuScene(VulkanDevice& of) : vulkan(of) {}
  // False where the device has not what it needs. `most`: instances of a frame.
  bool make(uint32_t width, uint32_t height, uint32_t most);
  void bind(VkCommandBuffer commands, const FrameSlot& slot, VkPipelineBindPoint point) const;
  void set_area(VkCommandBuffer commands, VkExtent2D area) const;

  VulkanDevice& vulkan;
  hone::vulkan::Queue gpu;
  SceneLimits limits{};
  VkExtent2D extent{}, glow_extent{};
  VkCommandPool pool = VK_NULL_HANDLE;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  MeshBuffers meshes;
  Buffer clusters, commands, lists, skinned;
  Image hdr, glow, depth, shadows, picture;
  std::array<VkImageView, kCascades> shadow_views{};
  std::array<FrameSlot, kUnderWay> slots;

 private:
  bool make_images();
  bool make_buffers(uint32_t most);
  bool make_slot(uint32_t most, FrameSlot& slot);
  bool make_layout();
  bool make_samplers();
  bool make_sets();
  void fill_set(const FrameSlot& slot);

  VkDescriptorSetLayout set_layout_ = VK_NULL_HANDLE;
  VkSampler compare_ = VK_NULL_HANDLE, repeat_ = VK_NULL_HANDLE, clamp_ = VK_NULL_HANDLE;
};

// All work of the frames before is over, and seen.
void after_all(const GpuScene& scene, VkCommandBuffer commands);

}  // namespace game::render
