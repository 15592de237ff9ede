// Buffers and images of a device, and copying to and from them. All of them live as long as the
// device.
#pragma once

#include <cstddef>
#include <span>

#include "game/render/vulkan_device.h"

namespace game::render {

struct Buffer {
  VkBuffer buffer = VK_NULL_HANDLE;
  std::byte* mapped = nullptr;  // null: it is the device's own
  size_t bytes = 0;
};

struct Image {
  VkImage image = VK_NULL_HANDLE;
  VkImageView view = VK_NULL_HANDLE;  // of all of it
};

struct ImageDesc {
  VkFormat format;
  VkImageUsageFlags usage;
  VkExtent2D extent;
  uint32_t layers = 1;
  uint32_t levels = 1;
  bool array = false;  // seen as an array, however many layers there are
};

// Seen and written by the CPU.
bool make_shared_buffer(VulkanDevice& vulkan, size_t bytes, VkBufferUsageFlags usage, Buffer& out);
// Of the device; filled by copies.
bool make_device_buffer(VulkanDevice& vulkan, size_t bytes, VkBufferUsageFlags usage, Buffer& out);
bool make_image(VulkanDevice& vulkan, const ImageDesc& desc, Image& out);
// Of one layer.
VkImageView make_view(VulkanDevice& vulkan, const Image& image, VkFormat format, uint32_t layer);

// Depth for formats that have it, else color.
VkImageAspectFlags aspect_of(VkFormat format);

// All of what `before` did is seen by all of what `after` does.
void barrier(VulkanDevice& vulkan, VkCommandBuffer commands, VkPipelineStageFlags2 before,
             VkAccessFlags2 written, VkPipelineStageFlags2 after, VkAccessFlags2 seen);

// The same for an image, which changes its layout.
struct Change {
  VkPipelineStageFlags2 before;
  VkAccessFlags2 written;
  VkPipelineStageFlags2 after;
  VkAccessFlags2 seen;
  VkImageLayout from, to;
};
void change_image(VulkanDevice& vulkan, VkCommandBuffer commands, VkImage image,
                  VkImageAspectFlags aspect, const Change& change);

// Commands that are submitted once, and waited for: where nothing else is under way.
//
//   Once once(vulkan, pool);
//   vulkan.CmdCopyBuffer(once.commands(), ...);
//   once.finish();
class Once {
 public:
  Once(VulkanDevice& vulkan, VkCommandPool pool);
  VkCommandBuffer commands() const { return commands_; }
  bool finish();

 private:
  VulkanDevice& vulkan_;
  VkCommandPool pool_;
  VkCommandBuffer commands_ = VK_NULL_HANDLE;
};

// Fills a device's buffer from `offset` on, by way of one that the CPU writes. False also where
// `from` is larger than `staged`.
bool upload(VulkanDevice& vulkan, VkCommandPool pool, std::span<const std::byte> from,
            const Buffer& staged, const Buffer& to, VkDeviceSize offset);

}  // namespace game::render
