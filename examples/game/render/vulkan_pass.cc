#include "game/render/vulkan_pass.h"

#include <hone/hone.h>

#include <array>

#include "game/render/vulkan_pipeline.h"

// Last: without prototypes, as the headers before ask for.
#include <hone/vulkan.h>

namespace game::render {

namespace {

constexpr uint32_t kUnderWay = 2;  // frames that the GPU may be behind
constexpr size_t kPixelBytes = 4;
// The sky, as it is cleared: what no draw has touched.
constexpr float kSky[4] = {0, 0, 0, 0};

}  // namespace

struct VulkanPass::Parts {
  struct Frame {
    Buffer instances;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    VkFence done = VK_NULL_HANDLE;  // signalled while nothing is under way
  };

  std::unique_ptr<VulkanDevice> vulkan;
  hone::vulkan::Queue gpu;
  VkCommandPool pool = VK_NULL_HANDLE;
  std::array<Frame, kUnderWay> frames;
  uint32_t next = 0;
  Image color, depth;
  VkRenderPass pass = VK_NULL_HANDLE;
  VkFramebuffer framebuffer = VK_NULL_HANDLE;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  VkPipeline pipeline = VK_NULL_HANDLE;
  Buffer pixels;

  ~Parts();
  bool make(uint32_t most);
  bool make_frames(uint32_t most);
  bool make_target();
  void watch();
  void record(const Frame& frame, const Matrix& camera, std::span<const Draw> draws);
  void copy_image(VkCommandBuffer commands);
};

VulkanPass::Parts::~Parts() {
  VulkanDevice& vk = *vulkan;
  vk.DeviceWaitIdle(vk.device);
  gpu.close();
  vk.DestroyPipeline(vk.device, pipeline, nullptr);
  vk.DestroyPipelineLayout(vk.device, layout, nullptr);
  vk.DestroyFramebuffer(vk.device, framebuffer, nullptr);
  vk.DestroyRenderPass(vk.device, pass, nullptr);
  vk.destroy(color);
  vk.destroy(depth);
  vk.destroy(pixels);
  for (const Frame& frame : frames) {
    vk.destroy(frame.instances);
    vk.DestroyFence(vk.device, frame.done, nullptr);
  }
  vk.DestroyCommandPool(vk.device, pool, nullptr);
}

bool VulkanPass::Parts::make_frames(uint32_t most) {
  VulkanDevice& vk = *vulkan;
  VkCommandPoolCreateInfo pool_info{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  pool_info.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  pool_info.queueFamilyIndex = vk.family;
  if (vk.CreateCommandPool(vk.device, &pool_info, nullptr, &pool) != VK_SUCCESS) return false;
  for (Frame& frame : frames) {
    VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
    info.commandPool = pool;
    info.commandBufferCount = 1;
    VkFenceCreateInfo fence{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    fence.flags = VK_FENCE_CREATE_SIGNALED_BIT;
    if (vk.AllocateCommandBuffers(vk.device, &info, &frame.commands) != VK_SUCCESS ||
        vk.CreateFence(vk.device, &fence, nullptr, &frame.done) != VK_SUCCESS ||
        !vk.make_buffer(most * sizeof(GpuInstance), VK_BUFFER_USAGE_VERTEX_BUFFER_BIT,
                        frame.instances)) {
      return false;
    }
  }
  return vk.make_buffer(kWidth * kHeight * kPixelBytes, VK_BUFFER_USAGE_TRANSFER_DST_BIT, pixels);
}

bool VulkanPass::Parts::make_target() {
  VulkanDevice& vk = *vulkan;
  if (!vk.make_image(kColorFormat,
                     VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
                     VK_IMAGE_ASPECT_COLOR_BIT, kWidth, kHeight, color) ||
      !vk.make_image(kDepthFormat, VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT,
                     VK_IMAGE_ASPECT_DEPTH_BIT, kWidth, kHeight, depth)) {
    return false;
  }
  pass = make_render_pass(vk);
  if (pass == VK_NULL_HANDLE) return false;
  const VkImageView views[] = {color.view, depth.view};
  VkFramebufferCreateInfo info{VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO};
  info.renderPass = pass;
  info.attachmentCount = 2;
  info.pAttachments = views;
  info.width = kWidth;
  info.height = kHeight;
  info.layers = 1;
  return vk.CreateFramebuffer(vk.device, &info, nullptr, &framebuffer) == VK_SUCCESS;
}

bool VulkanPass::Parts::make(uint32_t most) {
  if (!make_frames(most) || !make_target()) return false;
  layout = make_layout(*vulkan);
  if (layout == VK_NULL_HANDLE) return false;
  pipeline = make_pipeline(*vulkan, pass, layout, kWidth, kHeight);
  return pipeline != VK_NULL_HANDLE;
}

// From here on, what the GPU does is in a recording. Where it cannot be, nothing else changes.
void VulkanPass::Parts::watch() {
  hone::vulkan::Setup setup;
  setup.instance = vulkan->instance;
  setup.physical_device = vulkan->physical;
  setup.device = vulkan->device;
  setup.queue = vulkan->queue;
  setup.family = vulkan->family;
  setup.name = "graphics";
  setup.spans = 64;
  setup.find = vulkan->find;
  gpu.open(setup);
}

VulkanPass::VulkanPass(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
VulkanPass::~VulkanPass() = default;

std::unique_ptr<VulkanPass> VulkanPass::create(uint32_t most, std::string& why) {
  std::unique_ptr<VulkanDevice> vulkan = VulkanDevice::open(why);
  if (!vulkan) return nullptr;
  auto parts = std::make_unique<Parts>();
  parts->vulkan = std::move(vulkan);
  if (!parts->make(most)) {
    why = "the Vulkan device has not what the pass needs";
    return nullptr;
  }
  parts->watch();
  return std::unique_ptr<VulkanPass>(new VulkanPass(std::move(parts)));
}

std::span<std::byte> VulkanPass::begin() {
  VulkanDevice& vk = *parts_->vulkan;
  const Parts::Frame& frame = parts_->frames[parts_->next];
  vk.WaitForFences(vk.device, 1, &frame.done, VK_TRUE, ~uint64_t{0});
  return {frame.instances.mapped, frame.instances.bytes};
}

void VulkanPass::Parts::copy_image(VkCommandBuffer commands) {
  VkBufferImageCopy region{};
  region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  region.imageExtent = {kWidth, kHeight, 1};
  vulkan->CmdCopyImageToBuffer(commands, color.image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                               pixels.buffer, 1, &region);
  VkMemoryBarrier copied{VK_STRUCTURE_TYPE_MEMORY_BARRIER};
  copied.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
  copied.dstAccessMask = VK_ACCESS_HOST_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  vulkan->CmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                             VK_PIPELINE_STAGE_HOST_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 1,
                             &copied, 0, nullptr, 0, nullptr);
}

void VulkanPass::Parts::record(const Frame& frame, const Matrix& camera,
                               std::span<const Draw> draws) {
  VulkanDevice& vk = *vulkan;
  VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  vk.BeginCommandBuffer(frame.commands, &info);
  {
    HONE_VULKAN_SPAN(gpu, frame.commands, "Render::DrawInstances");
    VkClearValue clear[2]{};
    for (size_t i = 0; i < 4; ++i) clear[0].color.float32[i] = kSky[i];
    clear[1].depthStencil.depth = 1;
    VkRenderPassBeginInfo begin{VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO};
    begin.renderPass = pass;
    begin.framebuffer = framebuffer;
    begin.renderArea.extent = {kWidth, kHeight};
    begin.clearValueCount = 2;
    begin.pClearValues = clear;
    vk.CmdBeginRenderPass(frame.commands, &begin, VK_SUBPASS_CONTENTS_INLINE);
    vk.CmdBindPipeline(frame.commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline);
    vk.CmdPushConstants(frame.commands, layout, VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof camera,
                        camera.data());
    const VkDeviceSize offset = 0;
    vk.CmdBindVertexBuffers(frame.commands, 0, 1, &frame.instances.buffer, &offset);
    for (const Draw& draw : draws) {
      const Corners& corners = kCorners[draw.mesh % kMeshKinds];
      vk.CmdDraw(frame.commands, corners.count, draw.count, corners.first, draw.first);
    }
    vk.CmdEndRenderPass(frame.commands);
  }
  {
    HONE_VULKAN_SPAN(gpu, frame.commands, "Render::CopyImage");
    copy_image(frame.commands);
  }
  vk.EndCommandBuffer(frame.commands);
}

void VulkanPass::submit(const Matrix& camera, std::span<const Draw> draws) {
  HONE_SPAN("Render::QueueSubmit", "draws", draws.size());
  VulkanDevice& vk = *parts_->vulkan;
  const Parts::Frame& frame = parts_->frames[parts_->next];
  parts_->next = (parts_->next + 1) % kUnderWay;
  parts_->record(frame, camera, draws);
  vk.ResetFences(vk.device, 1, &frame.done);
  VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
  info.commandBufferCount = 1;
  info.pCommandBuffers = &frame.commands;
  vk.QueueSubmit(vk.queue, 1, &info, frame.done);
  parts_->gpu.collect();
}

const std::string& VulkanPass::device_name() const {
  return parts_->vulkan->name;
}

uint32_t VulkanPass::drawn_pixels() {
  VulkanDevice& vk = *parts_->vulkan;
  vk.DeviceWaitIdle(vk.device);
  uint32_t drawn = 0;
  for (size_t i = 0; i < parts_->pixels.bytes; i += kPixelBytes) {
    // A draw's alpha is 1, the sky's is 0.
    drawn += parts_->pixels.mapped[i + 3] != std::byte{0};
  }
  return drawn;
}

}  // namespace game::render
