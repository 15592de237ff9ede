#include "game/render/gpu_scene.h"

namespace game::render {

namespace {

constexpr VkShaderStageFlags kEverywhere =
    VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT | VK_SHADER_STAGE_COMPUTE_BIT;
constexpr uint32_t kBindings = 13, kFirstBuffer = 1, kFirstImage = 9;
constexpr size_t kClusterBytes = 128;
constexpr size_t kSkinnedBytes = 32;
constexpr uint32_t kSmallPicture = 360, kLargePicture = 1000;  // lines

// The side of a shadow map that does for a picture of so many lines.
uint32_t shadow_texels(uint32_t height) {
  return height <= kSmallPicture ? 512 : height <= kLargePicture ? 1024 : 2048;
}

}  // namespace

bool GpuScene::make(uint32_t width, uint32_t height, uint32_t most) {
  VkCommandPoolCreateInfo info{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  info.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  info.queueFamilyIndex = vulkan.family;
  if (vulkan.CreateCommandPool(vulkan.device, &info, nullptr, &pool) != VK_SUCCESS) return false;
  vulkan.keep(vulkan.DestroyCommandPool, pool);
  if (!meshes.make(vulkan, pool)) return false;
  extent = {width, height};
  glow_extent = {width / 4, height / 4};
  limits = {width, height, shadow_texels(height), most, meshes.figure_vertices};
  if (!make_images() || !make_buffers(most) || !make_samplers() || !make_layout()) return false;
  for (FrameSlot& slot : slots) {
    if (!make_slot(most, slot)) return false;
  }
  return make_sets();
}

bool GpuScene::make_images() {
  constexpr VkImageUsageFlags kSampled = VK_IMAGE_USAGE_SAMPLED_BIT;
  constexpr VkImageUsageFlags kColor = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
  constexpr VkImageUsageFlags kDepth = VK_IMAGE_USAGE_DEPTH_STENCIL_ATTACHMENT_BIT;
  const VkExtent2D map{limits.shadow_texels, limits.shadow_texels};
  if (!make_image(vulkan, {kHdrFormat, kColor | kSampled, extent}, hdr) ||
      !make_image(vulkan, {kHdrFormat, kColor | kSampled, glow_extent}, glow) ||
      !make_image(vulkan, {kDepthFormat, kDepth, extent}, depth) ||
      !make_image(vulkan, {kPictureFormat, kColor | VK_IMAGE_USAGE_TRANSFER_SRC_BIT, extent},
                  picture) ||
      !make_image(vulkan, {kShadowFormat, kDepth | kSampled, map, kCascades, 1, true}, shadows)) {
    return false;
  }
  for (uint32_t i = 0; i < kCascades; ++i) {
    shadow_views[i] = make_view(vulkan, shadows, kShadowFormat, i);
    if (shadow_views[i] == VK_NULL_HANDLE) return false;
  }
  return true;
}

bool GpuScene::make_buffers(uint32_t most) {
  constexpr VkBufferUsageFlags kStorage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
  return make_device_buffer(vulkan, kClusters * kClusterBytes, kStorage, clusters) &&
         make_device_buffer(vulkan, kViews * kMeshKinds * sizeof(VkDrawIndexedIndirectCommand),
                            kStorage | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT, commands) &&
         make_device_buffer(vulkan, size_t{kViews} * most * sizeof(uint32_t), kStorage, lists) &&
         make_device_buffer(vulkan, size_t{kFigureSteps} * meshes.figure_vertices * kSkinnedBytes,
                            kStorage, skinned);
}

bool GpuScene::make_slot(uint32_t most, FrameSlot& slot) {
  VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
  info.commandPool = pool;
  info.commandBufferCount = 1;
  VkFenceCreateInfo fence{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  fence.flags = VK_FENCE_CREATE_SIGNALED_BIT;
  if (vulkan.AllocateCommandBuffers(vulkan.device, &info, &slot.commands) != VK_SUCCESS ||
      vulkan.CreateFence(vulkan.device, &fence, nullptr, &slot.done) != VK_SUCCESS) {
    return false;
  }
  vulkan.keep(vulkan.DestroyFence, slot.done);
  constexpr VkBufferUsageFlags kStorage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
  return make_shared_buffer(vulkan, sizeof(SceneValues), VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT,
                            slot.values) &&
         make_shared_buffer(vulkan, most * sizeof(GpuInstance), kStorage, slot.instances) &&
         make_shared_buffer(vulkan, kLampsMax * sizeof(Light), kStorage, slot.lamps) &&
         make_shared_buffer(vulkan, kFigureSteps * kBones * sizeof(BoneMatrix), kStorage,
                            slot.bones);
}

bool GpuScene::make_samplers() {
  const auto make = [&](VkSamplerAddressMode mode, bool compares, VkSampler& out) {
    VkSamplerCreateInfo info{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO};
    info.magFilter = info.minFilter = VK_FILTER_LINEAR;
    info.mipmapMode = VK_SAMPLER_MIPMAP_MODE_LINEAR;
    info.addressModeU = info.addressModeV = info.addressModeW = mode;
    info.borderColor = VK_BORDER_COLOR_FLOAT_OPAQUE_WHITE;
    info.compareEnable = compares ? VK_TRUE : VK_FALSE;
    info.compareOp = VK_COMPARE_OP_LESS_OR_EQUAL;
    info.maxLod = VK_LOD_CLAMP_NONE;
    if (vulkan.CreateSampler(vulkan.device, &info, nullptr, &out) != VK_SUCCESS) return false;
    vulkan.keep(vulkan.DestroySampler, out);
    return true;
  };
  return make(VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER, true, compare_) &&
         make(VK_SAMPLER_ADDRESS_MODE_REPEAT, false, repeat_) &&
         make(VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE, false, clamp_);
}

bool GpuScene::make_layout() {
  std::array<VkDescriptorSetLayoutBinding, kBindings> bindings{};
  for (uint32_t i = 0; i < kBindings; ++i) {
    bindings[i].binding = i;
    bindings[i].descriptorCount = 1;
    bindings[i].stageFlags = kEverywhere;
    bindings[i].descriptorType = i < kFirstBuffer  ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER
                                 : i < kFirstImage ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
                                                   : VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
  }
  VkDescriptorSetLayoutCreateInfo set{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
  set.bindingCount = kBindings;
  set.pBindings = bindings.data();
  if (vulkan.CreateDescriptorSetLayout(vulkan.device, &set, nullptr, &set_layout_) != VK_SUCCESS) {
    return false;
  }
  vulkan.keep(vulkan.DestroyDescriptorSetLayout, set_layout_);
  const VkPushConstantRange draw{VK_SHADER_STAGE_VERTEX_BIT, 0, 2 * sizeof(uint32_t)};
  VkPipelineLayoutCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
  info.setLayoutCount = 1;
  info.pSetLayouts = &set_layout_;
  info.pushConstantRangeCount = 1;
  info.pPushConstantRanges = &draw;
  if (vulkan.CreatePipelineLayout(vulkan.device, &info, nullptr, &layout) != VK_SUCCESS) {
    return false;
  }
  vulkan.keep(vulkan.DestroyPipelineLayout, layout);
  return true;
}

bool GpuScene::make_sets() {
  const VkDescriptorPoolSize sizes[] = {
      {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, kUnderWay},
      {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, kUnderWay * (kFirstImage - kFirstBuffer)},
      {VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, kUnderWay * (kBindings - kFirstImage)}};
  VkDescriptorPoolCreateInfo info{VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
  info.maxSets = kUnderWay;
  info.poolSizeCount = 3;
  info.pPoolSizes = sizes;
  VkDescriptorPool sets = VK_NULL_HANDLE;
  if (vulkan.CreateDescriptorPool(vulkan.device, &info, nullptr, &sets) != VK_SUCCESS) return false;
  vulkan.keep(vulkan.DestroyDescriptorPool, sets);
  for (FrameSlot& slot : slots) {
    VkDescriptorSetAllocateInfo one{VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO};
    one.descriptorPool = sets;
    one.descriptorSetCount = 1;
    one.pSetLayouts = &set_layout_;
    if (vulkan.AllocateDescriptorSets(vulkan.device, &one, &slot.set) != VK_SUCCESS) return false;
    fill_set(slot);
  }
  return true;
}

void GpuScene::fill_set(const FrameSlot& slot) {
  const Buffer* const buffers[kFirstImage] = {&slot.values,     &slot.instances, &slot.lamps,
                                              &clusters,        &commands,       &lists,
                                              &meshes.standing, &slot.bones,     &skinned};
  constexpr VkImageLayout kRead = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
  const VkDescriptorImageInfo images[kBindings - kFirstImage] = {
      {compare_, shadows.view, kRead},
      {repeat_, meshes.reliefs.view, kRead},
      {clamp_, hdr.view, kRead},
      {clamp_, glow.view, kRead}};
  std::array<VkDescriptorBufferInfo, kFirstImage> infos{};
  std::array<VkWriteDescriptorSet, kBindings> writes{};
  for (uint32_t i = 0; i < kBindings; ++i) {
    writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
    writes[i].dstSet = slot.set;
    writes[i].dstBinding = i;
    writes[i].descriptorCount = 1;
    if (i >= kFirstImage) {
      writes[i].descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
      writes[i].pImageInfo = &images[i - kFirstImage];
      continue;
    }
    infos[i] = {buffers[i]->buffer, 0, VK_WHOLE_SIZE};
    writes[i].descriptorType =
        i < kFirstBuffer ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    writes[i].pBufferInfo = &infos[i];
  }
  vulkan.UpdateDescriptorSets(vulkan.device, kBindings, writes.data(), 0, nullptr);
}

void GpuScene::bind(VkCommandBuffer to, const FrameSlot& slot, VkPipelineBindPoint point) const {
  vulkan.CmdBindDescriptorSets(to, point, layout, 0, 1, &slot.set, 0, nullptr);
}

void GpuScene::set_area(VkCommandBuffer to, VkExtent2D area) const {
  const VkViewport viewport{0, 0, static_cast<float>(area.width), static_cast<float>(area.height),
                            0, 1};
  const VkRect2D all{{0, 0}, area};
  vulkan.CmdSetViewport(to, 0, 1, &viewport);
  vulkan.CmdSetScissor(to, 0, 1, &all);
}

void after_all(const GpuScene& scene, VkCommandBuffer commands) {
  barrier(scene.vulkan, commands, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
          VK_ACCESS_2_MEMORY_WRITE_BIT, VK_PIPELINE_STAGE_2_ALL_COMMANDS_BIT,
          VK_ACCESS_2_MEMORY_READ_BIT | VK_ACCESS_2_MEMORY_WRITE_BIT);
}

}  // namespace game::render
