#include "game/render/vulkan_renderer.h"

#include <hone/hone.h>

#include <algorithm>
#include <cstring>

#include "game/render/passes.h"
#include "game/render/presenter.h"

namespace game::render {

namespace {

constexpr uint32_t kGpuSpans = 256;  // under way at a time: some frames' worth
constexpr uint32_t kPixelBytes = 4;

}  // namespace

struct VulkanRenderer::Parts {
  explicit Parts(std::unique_ptr<VulkanDevice> of) : vulkan(std::move(of)), scene(*vulkan) {}
  ~Parts();

  bool make(const RendererWanted& wanted);
  void watch();
  FrameSlot& slot() { return scene.slots[next]; }
  void write_values(const SceneInput& input);
  void record(const SceneInput& input);
  void collect();
  void submit(const FrameSlot& slot);
  void present();
  bool read(const Buffer& from, std::vector<std::byte>& to);

  std::unique_ptr<VulkanDevice> vulkan;
  GpuScene scene;
  CullingPass culling;
  SkinningPass skinning;
  LightingPass lighting;
  ShadowPass shadows;
  MainPass main;
  PostPass post;
  std::unique_ptr<Presenter> presenter;  // null: there is no window
  SceneValues values{};
  Buffer copied;  // for the CPU to read
  uint32_t next = 0;
};

VulkanRenderer::Parts::~Parts() {
  vulkan->DeviceWaitIdle(vulkan->device);
  scene.gpu.close();
}

bool VulkanRenderer::Parts::make(const RendererWanted& wanted) {
  const size_t lists = size_t{kViews} * wanted.most * sizeof(uint32_t);
  const size_t pixels = size_t{wanted.width} * wanted.height * kPixelBytes;
  return scene.make(wanted.width, wanted.height, wanted.most) && culling.make(scene) &&
         skinning.make(scene) && lighting.make(scene) && shadows.make(scene) && main.make(scene) &&
         post.make(scene) &&
         make_shared_buffer(*vulkan, std::max(lists, pixels), VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                            copied);
}

// From here on, what the GPU does is in a recording. Where it cannot be, nothing else changes.
void VulkanRenderer::Parts::watch() {
  hone::vulkan::Setup setup;
  setup.instance = vulkan->instance;
  setup.physical_device = vulkan->physical;
  setup.device = vulkan->device;
  setup.queue = vulkan->queue;
  setup.family = vulkan->family;
  setup.name = "graphics";
  setup.spans = kGpuSpans;
  setup.host_query_reset = vulkan->host_query_reset;
  setup.find = vulkan->find;
  scene.gpu.open(setup);
}

void VulkanRenderer::Parts::write_values(const SceneInput& input) {
  const FrameSlot& to = slot();
  SceneInput limited = input;
  limited.lights = input.lights.first(std::min<size_t>(input.lights.size(), kLampsMax));
  values = scene_values(limited, scene.limits);
  std::memcpy(to.values.mapped, &values, sizeof values);
  std::memcpy(to.lamps.mapped, limited.lights.data(), limited.lights.size_bytes());
  write_bones(input.seconds, {reinterpret_cast<BoneMatrix*>(to.bones.mapped),
                              to.bones.bytes / sizeof(BoneMatrix)});
}

void VulkanRenderer::Parts::record(const SceneInput& input) {
  const FrameSlot& to = slot();
  VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  vulkan->BeginCommandBuffer(to.commands, &info);
  after_all(scene, to.commands);
  {
    HONE_VULKAN_SPAN(scene.gpu, to.commands, "Render::Frame");
    scene.bind(to.commands, to, VK_PIPELINE_BIND_POINT_COMPUTE);
    scene.bind(to.commands, to, VK_PIPELINE_BIND_POINT_GRAPHICS);
    culling.record(scene, to, values.instances);
    skinning.record(scene, to);
    lighting.record(scene, to);
    constexpr VkPipelineStageFlags2 kReaders = VK_PIPELINE_STAGE_2_DRAW_INDIRECT_BIT |
                                               VK_PIPELINE_STAGE_2_VERTEX_SHADER_BIT |
                                               VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT;
    barrier(*vulkan, to.commands, VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
            VK_ACCESS_2_SHADER_WRITE_BIT, kReaders,
            VK_ACCESS_2_INDIRECT_COMMAND_READ_BIT | VK_ACCESS_2_SHADER_READ_BIT);
    shadows.record(scene, to);
    main.record(scene, to, input.draws);
    post.record(scene, to);
  }
  vulkan->EndCommandBuffer(to.commands);
}

// Before anything new is submitted: drivers of software devices wait for all that is (Mesa 22.3),
// so that the frame before still runs beside this one's work on the CPU.
void VulkanRenderer::Parts::collect() {
  HONE_SPAN("Render::CollectSpans");
  scene.gpu.collect();
}

void VulkanRenderer::Parts::submit(const FrameSlot& of) {
  HONE_SPAN("Render::QueueSubmit");
  vulkan->ResetFences(vulkan->device, 1, &of.done);
  VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
  info.commandBufferCount = 1;
  info.pCommandBuffers = &of.commands;
  vulkan->QueueSubmit(vulkan->queue, 1, &info, of.done);
}

// Shows the picture where there is a window. Then waits until the frame before is through, window
// or not: its memory is what the next frame is written to.
void VulkanRenderer::Parts::present() {
  HONE_SPAN("Render::Present");
  if (presenter) presenter->show();
  next = (next + 1) % kUnderWay;
  vulkan->WaitForFences(vulkan->device, 1, &slot().done, VK_TRUE, ~uint64_t{0});
}

VulkanRenderer::VulkanRenderer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
VulkanRenderer::~VulkanRenderer() = default;

std::unique_ptr<VulkanRenderer> VulkanRenderer::create(const RendererWanted& wanted,
                                                       RendererTold& told) {
  std::unique_ptr<Window> window;
  if (wanted.present) window = Window::open(wanted.width, wanted.height, told.no_window);
  auto vulkan =
      VulkanDevice::open({.window = window != nullptr, .checks = wanted.checks}, told.no_device);
  if (!vulkan) return nullptr;
  auto parts = std::make_unique<Parts>(std::move(vulkan));
  if (!parts->make(wanted)) {
    told.no_device = "the Vulkan device " + parts->vulkan->name + " has not what the passes need";
    return nullptr;
  }
  if (window && parts->vulkan->presents) {
    parts->presenter =
        Presenter::create(parts->scene, std::move(window), wanted.vsync, told.no_window);
  } else if (window) {
    told.no_window = "the device shows no pictures";
  }
  parts->watch();
  return std::unique_ptr<VulkanRenderer>(new VulkanRenderer(std::move(parts)));
}

std::span<std::byte> VulkanRenderer::begin() {
  const FrameSlot& slot = parts_->slot();
  return {slot.instances.mapped, slot.instances.bytes};
}

void VulkanRenderer::draw(const SceneInput& input) {
  const FrameSlot& slot = parts_->slot();
  parts_->write_values(input);
  parts_->record(input);
  parts_->collect();
  parts_->submit(slot);
  parts_->present();
}

const std::string& VulkanRenderer::device_name() const {
  return parts_->vulkan->name;
}
bool VulkanRenderer::is_software() const {
  return parts_->vulkan->software;
}

Picture VulkanRenderer::read_picture() {
  VulkanDevice& vk = *parts_->vulkan;
  const VkExtent2D extent = parts_->scene.extent;
  Picture out{extent.width, extent.height, {}};
  Once once(vk, parts_->scene.pool);
  after_all(parts_->scene, once.commands());
  VkBufferImageCopy region{};
  region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  region.imageExtent = {extent.width, extent.height, 1};
  vk.CmdCopyImageToBuffer(once.commands(), parts_->scene.picture.image,
                          VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, parts_->copied.buffer, 1, &region);
  barrier(vk, once.commands(), VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
          VK_PIPELINE_STAGE_2_HOST_BIT, VK_ACCESS_2_HOST_READ_BIT);
  if (!once.finish()) return out;
  const auto* const bytes = reinterpret_cast<const uint8_t*>(parts_->copied.mapped);
  out.pixels.assign(bytes, bytes + size_t{extent.width} * extent.height * kPixelBytes);
  return out;
}

bool VulkanRenderer::Parts::read(const Buffer& from, std::vector<std::byte>& to) {
  Once once(*vulkan, scene.pool);
  after_all(scene, once.commands());
  const VkBufferCopy region{0, 0, from.bytes};
  vulkan->CmdCopyBuffer(once.commands(), from.buffer, copied.buffer, 1, &region);
  barrier(*vulkan, once.commands(), VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
          VK_PIPELINE_STAGE_2_HOST_BIT, VK_ACCESS_2_HOST_READ_BIT);
  if (!once.finish()) return false;
  to.assign(copied.mapped, copied.mapped + from.bytes);
  return true;
}

std::vector<uint32_t> VulkanRenderer::read_culled(uint32_t view) {
  std::vector<std::byte> draws, lists;
  std::vector<uint32_t> out;
  if (!parts_->read(parts_->scene.commands, draws) || !parts_->read(parts_->scene.lists, lists)) {
    return out;
  }
  for (size_t mesh = 0; mesh < kMeshKinds; ++mesh) {
    VkDrawIndexedIndirectCommand draw;
    std::memcpy(&draw, draws.data() + (view * kMeshKinds + mesh) * sizeof draw, sizeof draw);
    const size_t first =
        size_t{view} * parts_->values.list_length + parts_->values.first_listed[mesh];
    for (size_t i = 0; i < draw.instanceCount; ++i) {
      uint32_t index = 0;
      std::memcpy(&index, lists.data() + (first + i) * sizeof index, sizeof index);
      out.push_back(index);
    }
  }
  return out;
}

}  // namespace game::render
