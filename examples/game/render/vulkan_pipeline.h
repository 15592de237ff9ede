// Pipelines of the passes. Their shaders are compiled to SPIR-V when the game is built, and by the
// driver here.
#pragma once

#include <span>

#include "game/render/vulkan_device.h"

namespace game::render {

inline constexpr VkFormat kHdrFormat = VK_FORMAT_R16G16B16A16_SFLOAT;
inline constexpr VkFormat kDepthFormat = VK_FORMAT_D32_SFLOAT;
inline constexpr VkFormat kShadowFormat = VK_FORMAT_D16_UNORM;
inline constexpr VkFormat kPictureFormat = VK_FORMAT_R8G8B8A8_UNORM;

using Words = std::span<const uint32_t>;

enum class Depth : uint8_t {
  kNone,
  kWritten,  // what is nearer is drawn
  kTested,   // drawn where nothing is nearer; not written
  kShadow,   // written, a little further away
};

struct GraphicsDesc {
  Words vertex;
  Words fragment;                        // empty: depth alone
  VkFormat color = VK_FORMAT_UNDEFINED;  // none
  Depth depth = Depth::kNone;
  uint32_t stride = 0;  // of a vertex; 0: the shader has its own
  std::span<const VkVertexInputAttributeDescription> attributes;
};

// Both are VK_NULL_HANDLE when the device refuses.
VkPipeline make_pipeline(VulkanDevice& vulkan, VkPipelineLayout layout, const GraphicsDesc& desc);
VkPipeline make_compute_pipeline(VulkanDevice& vulkan, VkPipelineLayout layout, Words shader);

}  // namespace game::render
