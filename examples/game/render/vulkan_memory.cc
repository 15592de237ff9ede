#include "game/render/vulkan_memory.h"

#include <cstring>

namespace game::render {

namespace {

constexpr VkMemoryPropertyFlags kSeen =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;

bool allocate(VulkanDevice& vulkan, const VkMemoryRequirements& needs, VkMemoryPropertyFlags kind,
              VkDeviceMemory& memory) {
  VkPhysicalDeviceMemoryProperties known;
  vulkan.GetPhysicalDeviceMemoryProperties(vulkan.physical, &known);
  for (uint32_t i = 0; i < known.memoryTypeCount; ++i) {
    if ((needs.memoryTypeBits >> i & 1) == 0) continue;
    if ((known.memoryTypes[i].propertyFlags & kind) != kind) continue;
    VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
    info.allocationSize = needs.size;
    info.memoryTypeIndex = i;
    if (vulkan.AllocateMemory(vulkan.device, &info, nullptr, &memory) != VK_SUCCESS) return false;
    vulkan.keep(vulkan.FreeMemory, memory);
    return true;
  }
  return false;
}

bool make_buffer(VulkanDevice& vulkan, size_t bytes, VkBufferUsageFlags usage,
                 VkMemoryPropertyFlags kind, Buffer& out) {
  VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  info.size = bytes;
  info.usage = usage;
  if (vulkan.CreateBuffer(vulkan.device, &info, nullptr, &out.buffer) != VK_SUCCESS) return false;
  VkMemoryRequirements needs;
  vulkan.GetBufferMemoryRequirements(vulkan.device, out.buffer, &needs);
  VkDeviceMemory memory = VK_NULL_HANDLE;
  const bool bound = allocate(vulkan, needs, kind, memory) &&
                     vulkan.BindBufferMemory(vulkan.device, out.buffer, memory, 0) == VK_SUCCESS;
  vulkan.keep(vulkan.DestroyBuffer, out.buffer);
  if (!bound) return false;
  out.bytes = bytes;
  if (kind != kSeen) return true;
  void* mapped = nullptr;
  if (vulkan.MapMemory(vulkan.device, memory, 0, VK_WHOLE_SIZE, 0, &mapped) != VK_SUCCESS) {
    return false;
  }
  out.mapped = static_cast<std::byte*>(mapped);
  return true;
}

VkImageView make_view_of(VulkanDevice& vulkan, VkImage image, VkFormat format, VkImageViewType type,
                         const VkImageSubresourceRange& range) {
  VkImageViewCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO};
  info.image = image;
  info.viewType = type;
  info.format = format;
  info.subresourceRange = range;
  VkImageView view = VK_NULL_HANDLE;
  if (vulkan.CreateImageView(vulkan.device, &info, nullptr, &view) != VK_SUCCESS) {
    return VK_NULL_HANDLE;
  }
  return vulkan.keep(vulkan.DestroyImageView, view);
}

}  // namespace

bool make_shared_buffer(VulkanDevice& vulkan, size_t bytes, VkBufferUsageFlags usage, Buffer& out) {
  return make_buffer(vulkan, bytes, usage, kSeen, out);
}

bool make_device_buffer(VulkanDevice& vulkan, size_t bytes, VkBufferUsageFlags usage, Buffer& out) {
  constexpr VkBufferUsageFlags kCopied =
      VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
  return make_buffer(vulkan, bytes, usage | kCopied, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, out);
}

VkImageAspectFlags aspect_of(VkFormat format) {
  const bool depth = format == VK_FORMAT_D32_SFLOAT || format == VK_FORMAT_D16_UNORM;
  return depth ? VK_IMAGE_ASPECT_DEPTH_BIT : VK_IMAGE_ASPECT_COLOR_BIT;
}

bool make_image(VulkanDevice& vulkan, const ImageDesc& desc, Image& out) {
  VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO};
  info.imageType = VK_IMAGE_TYPE_2D;
  info.format = desc.format;
  info.extent = {desc.extent.width, desc.extent.height, 1};
  info.mipLevels = desc.levels;
  info.arrayLayers = desc.layers;
  info.samples = VK_SAMPLE_COUNT_1_BIT;
  info.usage = desc.usage;
  if (vulkan.CreateImage(vulkan.device, &info, nullptr, &out.image) != VK_SUCCESS) return false;
  VkMemoryRequirements needs;
  vulkan.GetImageMemoryRequirements(vulkan.device, out.image, &needs);
  VkDeviceMemory memory = VK_NULL_HANDLE;
  const bool bound = allocate(vulkan, needs, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, memory) &&
                     vulkan.BindImageMemory(vulkan.device, out.image, memory, 0) == VK_SUCCESS;
  vulkan.keep(vulkan.DestroyImage, out.image);
  if (!bound) return false;
  out.view = make_view_of(vulkan, out.image, desc.format,
                          desc.array ? VK_IMAGE_VIEW_TYPE_2D_ARRAY : VK_IMAGE_VIEW_TYPE_2D,
                          {aspect_of(desc.format), 0, desc.levels, 0, desc.layers});
  return out.view != VK_NULL_HANDLE;
}

VkImageView make_view(VulkanDevice& vulkan, const Image& image, VkFormat format, uint32_t layer) {
  return make_view_of(vulkan, image.image, format, VK_IMAGE_VIEW_TYPE_2D,
                      {aspect_of(format), 0, 1, layer, 1});
}

void barrier(VulkanDevice& vulkan, VkCommandBuffer commands, VkPipelineStageFlags2 before,
             VkAccessFlags2 written, VkPipelineStageFlags2 after, VkAccessFlags2 seen) {
  const VkMemoryBarrier2 memory{
      VK_STRUCTURE_TYPE_MEMORY_BARRIER_2, nullptr, before, written, after, seen};
  VkDependencyInfo info{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
  info.memoryBarrierCount = 1;
  info.pMemoryBarriers = &memory;
  vulkan.CmdPipelineBarrier2(commands, &info);
}

void change_image(VulkanDevice& vulkan, VkCommandBuffer commands, VkImage image,
                  VkImageAspectFlags aspect, const Change& change) {
  VkImageMemoryBarrier2 one{VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER_2};
  one.srcStageMask = change.before;
  one.srcAccessMask = change.written;
  one.dstStageMask = change.after;
  one.dstAccessMask = change.seen;
  one.oldLayout = change.from;
  one.newLayout = change.to;
  one.srcQueueFamilyIndex = one.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  one.image = image;
  one.subresourceRange = {aspect, 0, VK_REMAINING_MIP_LEVELS, 0, VK_REMAINING_ARRAY_LAYERS};
  VkDependencyInfo info{VK_STRUCTURE_TYPE_DEPENDENCY_INFO};
  info.imageMemoryBarrierCount = 1;
  info.pImageMemoryBarriers = &one;
  vulkan.CmdPipelineBarrier2(commands, &info);
}

Once::Once(VulkanDevice& vulkan, VkCommandPool pool) : vulkan_(vulkan), pool_(pool) {
  VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
  info.commandPool = pool;
  info.commandBufferCount = 1;
  vulkan.AllocateCommandBuffers(vulkan.device, &info, &commands_);
  VkCommandBufferBeginInfo begin{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  vulkan.BeginCommandBuffer(commands_, &begin);
}

bool Once::finish() {
  VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
  info.commandBufferCount = 1;
  info.pCommandBuffers = &commands_;
  const bool done = vulkan_.EndCommandBuffer(commands_) == VK_SUCCESS &&
                    vulkan_.QueueSubmit(vulkan_.queue, 1, &info, VK_NULL_HANDLE) == VK_SUCCESS &&
                    vulkan_.QueueWaitIdle(vulkan_.queue) == VK_SUCCESS;
  vulkan_.FreeCommandBuffers(vulkan_.device, pool_, 1, &commands_);
  return done;
}

bool upload(VulkanDevice& vulkan, VkCommandPool pool, std::span<const std::byte> from,
            const Buffer& staged, const Buffer& to, VkDeviceSize offset) {
  if (from.size() > staged.bytes) return false;
  std::memcpy(staged.mapped, from.data(), from.size());
  Once once(vulkan, pool);
  const VkBufferCopy region{0, offset, from.size()};
  vulkan.CmdCopyBuffer(once.commands(), staged.buffer, to.buffer, 1, &region);
  return once.finish();
}

}  // namespace game::render
