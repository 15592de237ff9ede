// Vulkan 1.3, as far as the renderer needs it: the library (loaded when it is asked for, so that
// the game runs where there is none), its functions, and a device with one queue.
#pragma once

#ifndef VK_NO_PROTOTYPES
#define VK_NO_PROTOTYPES
#endif
#include <vulkan/vulkan.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace game::render {

// The functions that are called, by their names without "vk".
// clang-format off
#define GAME_VULKAN_OF_INSTANCE(X)                                                          \
  X(DestroyInstance) X(EnumeratePhysicalDevices) X(GetPhysicalDeviceProperties)             \
  X(GetPhysicalDeviceFeatures2) X(GetPhysicalDeviceQueueFamilyProperties)                   \
  X(GetPhysicalDeviceMemoryProperties) X(EnumerateDeviceExtensionProperties)                \
  X(CreateDevice) X(GetDeviceProcAddr)
#define GAME_VULKAN_OF_DEVICE(X)                                                            \
  X(DestroyDevice) X(GetDeviceQueue) X(DeviceWaitIdle) X(AllocateMemory) X(FreeMemory)      \
  X(MapMemory) X(CreateBuffer) X(DestroyBuffer) X(GetBufferMemoryRequirements)              \
  X(BindBufferMemory) X(CreateImage) X(DestroyImage) X(GetImageMemoryRequirements)          \
  X(BindImageMemory) X(CreateImageView) X(DestroyImageView) X(CreateSampler)                \
  X(DestroySampler) X(CreateShaderModule) X(DestroyShaderModule) X(CreatePipelineLayout)    \
  X(DestroyPipelineLayout) X(CreateGraphicsPipelines) X(CreateComputePipelines)             \
  X(DestroyPipeline) X(CreateDescriptorSetLayout) X(DestroyDescriptorSetLayout)             \
  X(CreateDescriptorPool) X(DestroyDescriptorPool) X(AllocateDescriptorSets)                \
  X(UpdateDescriptorSets) X(CreateCommandPool) X(DestroyCommandPool)                        \
  X(AllocateCommandBuffers) X(FreeCommandBuffers) X(BeginCommandBuffer)                     \
  X(EndCommandBuffer) X(CreateFence) X(DestroyFence) X(WaitForFences) X(ResetFences)        \
  X(CreateSemaphore) X(DestroySemaphore) X(QueueSubmit) X(QueueWaitIdle)                    \
  X(CmdBeginRendering) X(CmdEndRendering) X(CmdBindPipeline) X(CmdBindDescriptorSets)       \
  X(CmdBindVertexBuffers) X(CmdBindIndexBuffer) X(CmdPushConstants) X(CmdSetViewport)       \
  X(CmdSetScissor) X(CmdDraw) X(CmdDrawIndexed) X(CmdDrawIndexedIndirect) X(CmdDispatch)    \
  X(CmdUpdateBuffer) X(CmdCopyBuffer) X(CmdCopyBufferToImage) X(CmdCopyImageToBuffer)       \
  X(CmdBlitImage) X(CmdPipelineBarrier2)
// With a window alone.
#define GAME_VULKAN_OF_SURFACE(X)                                                           \
  X(DestroySurfaceKHR) X(GetPhysicalDeviceSurfaceSupportKHR)                                \
  X(GetPhysicalDeviceSurfaceCapabilitiesKHR) X(GetPhysicalDeviceSurfaceFormatsKHR)          \
  X(GetPhysicalDeviceSurfacePresentModesKHR)
#define GAME_VULKAN_OF_SWAPCHAIN(X)                                                         \
  X(CreateSwapchainKHR) X(DestroySwapchainKHR) X(GetSwapchainImagesKHR)                     \
  X(AcquireNextImageKHR) X(QueuePresentKHR)
// clang-format on

// What Vulkan's own checks said. They go on until the device is gone.
struct Checks {
  std::atomic<uint32_t> messages = 0;
};

struct DeviceWanted {
  bool window = false;       // pictures are to be shown
  Checks* checks = nullptr;  // not null: Vulkan's validation layer looks on; outlives the device
};

class VulkanDevice {
 public:
  // Null: `why` says in a line what is missing.
  static std::unique_ptr<VulkanDevice> open(const DeviceWanted& wanted, std::string& why);
  ~VulkanDevice();

  // `handle` is destroyed before the device goes, the last one first.
  template <class Handle>
  Handle keep(void(VKAPI_PTR* destroy)(VkDevice, Handle, const VkAllocationCallbacks*),
              Handle handle) {
    kept_.push_back({reinterpret_cast<PFN_vkVoidFunction>(destroy), handle,
                     [](VkDevice of, PFN_vkVoidFunction call, void* kept) {
                       reinterpret_cast<decltype(destroy)>(call)(of, static_cast<Handle>(kept),
                                                                 nullptr);
                     }});
    return handle;
  }

#define X(name) PFN_vk##name name = nullptr;
  GAME_VULKAN_OF_INSTANCE(X)
  GAME_VULKAN_OF_DEVICE(X)
  GAME_VULKAN_OF_SURFACE(X)
  GAME_VULKAN_OF_SWAPCHAIN(X)
#undef X
  PFN_vkGetInstanceProcAddr find = nullptr;
  VkInstance instance = VK_NULL_HANDLE;
  VkPhysicalDevice physical = VK_NULL_HANDLE;
  VkDevice device = VK_NULL_HANDLE;
  VkQueue queue = VK_NULL_HANDLE;
  uint32_t family = 0;
  bool host_query_reset = false;
  bool presents = false;  // a window can be shown on
  bool software = false;  // it is a CPU
  std::string name;

 private:
  struct Kept {
    PFN_vkVoidFunction destroy;
    void* handle;
    void (*call)(VkDevice, PFN_vkVoidFunction, void*);
  };

  VulkanDevice() = default;
  bool make_instance(const DeviceWanted& wanted, std::string& why);
  void listen(Checks& checks);
  bool choose_device();
  bool make_device(const DeviceWanted& wanted);

  void* library_ = nullptr;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  std::vector<Kept> kept_;
};

}  // namespace game::render
