#include "game/render/presenter.h"

#include <hone/hone.h>

#include <algorithm>

namespace game::render {

namespace {

constexpr uint32_t kAnySize = ~uint32_t{0};  // a window takes the size of what is shown in it

// vulkan_xcb.h's, which wants the headers of X.
struct XcbSurfaceInfo {
  VkStructureType type;
  const void* next;
  VkFlags flags;
  void* connection;
  uint32_t window;
};
using CreateXcbSurface = VkResult(VKAPI_PTR*)(VkInstance, const XcbSurfaceInfo*,
                                              const VkAllocationCallbacks*, VkSurfaceKHR*);

}  // namespace

std::unique_ptr<Presenter> Presenter::create(GpuScene& scene, std::unique_ptr<Window> window,
                                             bool vsync, std::string& why) {
  std::unique_ptr<Presenter> made(new Presenter(scene, std::move(window)));
  if (!made->make_surface()) {
    why = "the device does not show pictures on this display";
    return nullptr;
  }
  VkPresentModeKHR modes[16];
  uint32_t count = 16;
  scene.vulkan.GetPhysicalDeviceSurfacePresentModesKHR(scene.vulkan.physical, made->surface_,
                                                       &count, modes);
  const auto has = [&](VkPresentModeKHR mode) {
    return std::find(modes, modes + count, mode) != modes + count;
  };
  if (!vsync && has(VK_PRESENT_MODE_IMMEDIATE_KHR)) made->mode_ = VK_PRESENT_MODE_IMMEDIATE_KHR;
  if (!made->make_slots() || !made->make_swapchain()) {
    why = "the window cannot be drawn into";
    return nullptr;
  }
  return made;
}

Presenter::~Presenter() {
  VulkanDevice& vk = scene_.vulkan;
  if (swapchain_ != VK_NULL_HANDLE) vk.DestroySwapchainKHR(vk.device, swapchain_, nullptr);
  if (surface_ != VK_NULL_HANDLE) vk.DestroySurfaceKHR(vk.instance, surface_, nullptr);
}

bool Presenter::make_surface() {
  VulkanDevice& vk = scene_.vulkan;
  const auto create =
      reinterpret_cast<CreateXcbSurface>(vk.find(vk.instance, "vkCreateXcbSurfaceKHR"));
  if (create == nullptr) return false;
  const XcbSurfaceInfo info{VK_STRUCTURE_TYPE_XCB_SURFACE_CREATE_INFO_KHR, nullptr, 0,
                            window_->connection(), window_->id()};
  VkBool32 can = VK_FALSE;
  return create(vk.instance, &info, nullptr, &surface_) == VK_SUCCESS &&
         vk.GetPhysicalDeviceSurfaceSupportKHR(vk.physical, vk.family, surface_, &can) ==
             VK_SUCCESS &&
         can == VK_TRUE;
}

bool Presenter::make_semaphore(VkSemaphore& out) {
  VulkanDevice& vk = scene_.vulkan;
  const VkSemaphoreCreateInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
  if (vk.CreateSemaphore(vk.device, &info, nullptr, &out) != VK_SUCCESS) return false;
  vk.keep(vk.DestroySemaphore, out);
  return true;
}

bool Presenter::make_slots() {
  VulkanDevice& vk = scene_.vulkan;
  for (Slot& slot : slots_) {
    VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
    info.commandPool = scene_.pool;
    info.commandBufferCount = 1;
    VkFenceCreateInfo fence{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    fence.flags = VK_FENCE_CREATE_SIGNALED_BIT;
    if (vk.AllocateCommandBuffers(vk.device, &info, &slot.commands) != VK_SUCCESS ||
        vk.CreateFence(vk.device, &fence, nullptr, &slot.done) != VK_SUCCESS) {
      return false;
    }
    vk.keep(vk.DestroyFence, slot.done);
    if (!make_semaphore(slot.acquired)) return false;
  }
  return true;
}

// At first, and when the window has changed: then nothing is under way.
bool Presenter::make_swapchain() {
  VulkanDevice& vk = scene_.vulkan;
  if (swapchain_ != VK_NULL_HANDLE) vk.DestroySwapchainKHR(vk.device, swapchain_, nullptr);
  swapchain_ = VK_NULL_HANDLE;
  VkSurfaceCapabilitiesKHR can;
  if (vk.GetPhysicalDeviceSurfaceCapabilitiesKHR(vk.physical, surface_, &can) != VK_SUCCESS) {
    return false;
  }
  if ((can.supportedUsageFlags & VK_IMAGE_USAGE_TRANSFER_DST_BIT) == 0) return false;
  VkSurfaceFormatKHR formats[32];
  uint32_t count = 32;
  if (vk.GetPhysicalDeviceSurfaceFormatsKHR(vk.physical, surface_, &count, formats) < 0 ||
      count == 0) {
    return false;
  }
  // The picture is encoded already: no format that encodes again.
  VkSurfaceFormatKHR format = formats[0];
  for (uint32_t i = count; i-- > 0;) {
    if (formats[i].format == VK_FORMAT_B8G8R8A8_UNORM) format = formats[i];
  }
  extent_ = can.currentExtent.width == kAnySize ? scene_.extent : can.currentExtent;
  if (extent_.width == 0 || extent_.height == 0) return false;  // for now: it is minimised
  VkSwapchainCreateInfoKHR info{VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR};
  info.surface = surface_;
  info.minImageCount = std::max(can.minImageCount, kUnderWay + 1);
  if (can.maxImageCount > 0) info.minImageCount = std::min(info.minImageCount, can.maxImageCount);
  info.imageFormat = format.format;
  info.imageColorSpace = format.colorSpace;
  info.imageExtent = extent_;
  info.imageArrayLayers = 1;
  info.imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT;
  info.preTransform = can.currentTransform;
  info.compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR;
  info.presentMode = mode_;
  info.clipped = VK_TRUE;
  if (vk.CreateSwapchainKHR(vk.device, &info, nullptr, &swapchain_) != VK_SUCCESS) {
    swapchain_ = VK_NULL_HANDLE;
    return false;
  }
  vk.GetSwapchainImagesKHR(vk.device, swapchain_, &count, nullptr);
  std::vector<VkImage> images(count);
  if (vk.GetSwapchainImagesKHR(vk.device, swapchain_, &count, images.data()) != VK_SUCCESS) {
    return false;
  }
  images_.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    images_[i].image = images[i];
    if (images_[i].copied == VK_NULL_HANDLE && !make_semaphore(images_[i].copied)) return false;
  }
  return true;
}

void Presenter::record(VkCommandBuffer commands, VkImage to) {
  VulkanDevice& vk = scene_.vulkan;
  VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  vk.BeginCommandBuffer(commands, &info);
  {
    HONE_VULKAN_SPAN(scene_.gpu, commands, "Render::Present");
    change_image(vk, commands, to, VK_IMAGE_ASPECT_COLOR_BIT,
                 {VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT, 0, VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT,
                  VK_ACCESS_2_TRANSFER_WRITE_BIT, VK_IMAGE_LAYOUT_UNDEFINED,
                  VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL});
    const auto corner = [](VkExtent2D of) {
      return VkOffset3D{static_cast<int32_t>(of.width), static_cast<int32_t>(of.height), 1};
    };
    const VkImageSubresourceLayers color{VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    const VkImageBlit region{color, {{}, corner(scene_.extent)}, color, {{}, corner(extent_)}};
    vk.CmdBlitImage(commands, scene_.picture.image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, to,
                    VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &region, VK_FILTER_LINEAR);
    change_image(vk, commands, to, VK_IMAGE_ASPECT_COLOR_BIT,
                 {VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
                  VK_PIPELINE_STAGE_2_NONE, 0, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                  VK_IMAGE_LAYOUT_PRESENT_SRC_KHR});
  }
  vk.EndCommandBuffer(commands);
}

bool Presenter::submit(const Slot& slot, const Shown& shown) {
  VulkanDevice& vk = scene_.vulkan;
  const VkPipelineStageFlags copies = VK_PIPELINE_STAGE_TRANSFER_BIT;
  VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
  info.waitSemaphoreCount = info.commandBufferCount = info.signalSemaphoreCount = 1;
  info.pWaitSemaphores = &slot.acquired;
  info.pWaitDstStageMask = &copies;
  info.pCommandBuffers = &slot.commands;
  info.pSignalSemaphores = &shown.copied;
  vk.ResetFences(vk.device, 1, &slot.done);
  return vk.QueueSubmit(vk.queue, 1, &info, slot.done) == VK_SUCCESS;
}

void Presenter::show() {
  VulkanDevice& vk = scene_.vulkan;
  window_->take_events();
  if (swapchain_ == VK_NULL_HANDLE && !make_swapchain()) return;
  const Slot& slot = slots_[next_];
  vk.WaitForFences(vk.device, 1, &slot.done, VK_TRUE, ~uint64_t{0});
  uint32_t index = 0;
  VkResult result = vk.AcquireNextImageKHR(vk.device, swapchain_, ~uint64_t{0}, slot.acquired,
                                           VK_NULL_HANDLE, &index);
  if (result == VK_SUCCESS || result == VK_SUBOPTIMAL_KHR) {
    const Shown& shown = images_[index];
    record(slot.commands, shown.image);
    if (!submit(slot, shown)) return;
    next_ = (next_ + 1) % kUnderWay;
    VkPresentInfoKHR info{VK_STRUCTURE_TYPE_PRESENT_INFO_KHR};
    info.waitSemaphoreCount = info.swapchainCount = 1;
    info.pWaitSemaphores = &shown.copied;
    info.pSwapchains = &swapchain_;
    info.pImageIndices = &index;
    result = vk.QueuePresentKHR(vk.queue, &info);
  }
  if (result != VK_SUCCESS) {
    vk.DeviceWaitIdle(vk.device);
    make_swapchain();
  }
}

}  // namespace game::render
