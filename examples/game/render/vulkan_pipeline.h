// How instances are drawn: the render pass (clear, draw, ready to be copied), the shaders and the
// pipeline. The shaders are compiled when the game is built.
#pragma once

#include "game/render/vulkan_device.h"

namespace game::render {

inline constexpr VkFormat kColorFormat = VK_FORMAT_R8G8B8A8_UNORM;
inline constexpr VkFormat kDepthFormat = VK_FORMAT_D16_UNORM;

// The corners of a mesh, as box.vert numbers them.
struct Corners {
  uint32_t first;
  uint32_t count;
};
inline constexpr Corners kCorners[] = {{0, 36}, {36, 24}};

VkRenderPass make_render_pass(VulkanDevice& vulkan);
// With one push constant, the camera's matrix.
VkPipelineLayout make_layout(VulkanDevice& vulkan);
VkPipeline make_pipeline(VulkanDevice& vulkan, VkRenderPass pass, VkPipelineLayout layout,
                         uint32_t width, uint32_t height);

}  // namespace game::render
