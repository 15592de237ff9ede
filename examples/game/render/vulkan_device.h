// Vulkan, as far as the pass needs it: the library (loaded when it is asked for, so that the game
// runs where there is none), its functions, a device with one queue, and memory.
#pragma once

#ifndef VK_NO_PROTOTYPES
#define VK_NO_PROTOTYPES
#endif
#include <vulkan/vulkan.h>

#include <cstddef>
#include <memory>
#include <string>

namespace game::render {

// The functions that are called, by their names without "vk".
// clang-format off
#define GAME_VULKAN_OF_INSTANCE(X)                                                         \
  X(DestroyInstance) X(EnumeratePhysicalDevices) X(GetPhysicalDeviceProperties)            \
  X(GetPhysicalDeviceQueueFamilyProperties) X(GetPhysicalDeviceMemoryProperties)           \
  X(EnumerateDeviceExtensionProperties) X(CreateDevice) X(GetDeviceProcAddr)
#define GAME_VULKAN_OF_DEVICE(X)                                                           \
  X(DestroyDevice) X(GetDeviceQueue) X(DeviceWaitIdle) X(AllocateMemory) X(FreeMemory)     \
  X(MapMemory) X(CreateBuffer) X(DestroyBuffer) X(GetBufferMemoryRequirements)             \
  X(BindBufferMemory) X(CreateImage) X(DestroyImage) X(GetImageMemoryRequirements)         \
  X(BindImageMemory) X(CreateImageView) X(DestroyImageView) X(CreateRenderPass)            \
  X(DestroyRenderPass) X(CreateFramebuffer) X(DestroyFramebuffer) X(CreateShaderModule)    \
  X(DestroyShaderModule) X(CreatePipelineLayout) X(DestroyPipelineLayout)                  \
  X(CreateGraphicsPipelines) X(DestroyPipeline) X(CreateCommandPool) X(DestroyCommandPool) \
  X(AllocateCommandBuffers) X(BeginCommandBuffer) X(EndCommandBuffer) X(CreateFence)       \
  X(DestroyFence) X(WaitForFences) X(ResetFences) X(QueueSubmit) X(CmdBeginRenderPass)     \
  X(CmdEndRenderPass) X(CmdBindPipeline) X(CmdBindVertexBuffers) X(CmdPushConstants)       \
  X(CmdDraw) X(CmdCopyImageToBuffer) X(CmdPipelineBarrier)
// clang-format on

struct Buffer {
  VkBuffer buffer = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  std::byte* mapped = nullptr;
  size_t bytes = 0;
};

struct Image {
  VkImage image = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  VkImageView view = VK_NULL_HANDLE;
};

class VulkanDevice {
 public:
  // Null: `why` says in a line what is missing.
  static std::unique_ptr<VulkanDevice> open(std::string& why);
  ~VulkanDevice();

  // Seen and written by the CPU.
  bool make_buffer(size_t bytes, VkBufferUsageFlags usage, Buffer& out);
  bool make_image(VkFormat format, VkImageUsageFlags usage, VkImageAspectFlags aspect,
                  uint32_t width, uint32_t height, Image& out);
  void destroy(const Buffer& buffer);
  void destroy(const Image& image);

#define X(name) PFN_vk##name name = nullptr;
  GAME_VULKAN_OF_INSTANCE(X)
  GAME_VULKAN_OF_DEVICE(X)
#undef X
  PFN_vkGetInstanceProcAddr find = nullptr;
  VkInstance instance = VK_NULL_HANDLE;
  VkPhysicalDevice physical = VK_NULL_HANDLE;
  VkDevice device = VK_NULL_HANDLE;
  VkQueue queue = VK_NULL_HANDLE;
  uint32_t family = 0;
  std::string name;

 private:
  VulkanDevice() = default;
  bool make_instance();
  bool choose_device();
  bool make_device();
  bool allocate(const VkMemoryRequirements& needs, VkMemoryPropertyFlags kind,
                VkDeviceMemory& memory);

  void* library_ = nullptr;
};

}  // namespace game::render
