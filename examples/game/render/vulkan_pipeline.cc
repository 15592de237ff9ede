#include "game/render/vulkan_pipeline.h"

#include "game/render/instances.h"
#include "game_shaders/box.frag.h"
#include "game_shaders/box.vert.h"

namespace game::render {

namespace {

VkShaderModule make_shader(VulkanDevice& vulkan, const uint32_t* words, size_t bytes) {
  VkShaderModuleCreateInfo info{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
  info.codeSize = bytes;
  info.pCode = words;
  VkShaderModule shader = VK_NULL_HANDLE;
  if (vulkan.CreateShaderModule(vulkan.device, &info, nullptr, &shader) != VK_SUCCESS) {
    return VK_NULL_HANDLE;
  }
  return shader;
}

VkAttachmentDescription attachment(VkFormat format, VkAttachmentStoreOp store,
                                   VkImageLayout after) {
  VkAttachmentDescription out{};
  out.format = format;
  out.samples = VK_SAMPLE_COUNT_1_BIT;
  out.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
  out.storeOp = store;
  out.stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
  out.stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
  out.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  out.finalLayout = after;
  return out;
}

}  // namespace

VkRenderPass make_render_pass(VulkanDevice& vulkan) {
  const VkAttachmentDescription attachments[] = {
      attachment(kColorFormat, VK_ATTACHMENT_STORE_OP_STORE, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL),
      attachment(kDepthFormat, VK_ATTACHMENT_STORE_OP_DONT_CARE,
                 VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL)};
  const VkAttachmentReference color{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
  const VkAttachmentReference depth{1, VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL};
  VkSubpassDescription subpass{};
  subpass.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS;
  subpass.colorAttachmentCount = 1;
  subpass.pColorAttachments = &color;
  subpass.pDepthStencilAttachment = &depth;
  // The frame before draws into the same images; what is copied afterwards has been drawn.
  constexpr VkPipelineStageFlags kDrawing = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT |
                                            VK_PIPELINE_STAGE_EARLY_FRAGMENT_TESTS_BIT |
                                            VK_PIPELINE_STAGE_LATE_FRAGMENT_TESTS_BIT;
  constexpr VkAccessFlags kWritten =
      VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT;
  const VkSubpassDependency dependencies[] = {
      {VK_SUBPASS_EXTERNAL, 0, kDrawing | VK_PIPELINE_STAGE_TRANSFER_BIT, kDrawing,
       kWritten | VK_ACCESS_TRANSFER_READ_BIT, kWritten, 0},
      {0, VK_SUBPASS_EXTERNAL, kDrawing, VK_PIPELINE_STAGE_TRANSFER_BIT, kWritten,
       VK_ACCESS_TRANSFER_READ_BIT, 0}};
  VkRenderPassCreateInfo info{VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO};
  info.attachmentCount = 2;
  info.pAttachments = attachments;
  info.subpassCount = 1;
  info.pSubpasses = &subpass;
  info.dependencyCount = 2;
  info.pDependencies = dependencies;
  VkRenderPass pass = VK_NULL_HANDLE;
  vulkan.CreateRenderPass(vulkan.device, &info, nullptr, &pass);
  return pass;
}

VkPipelineLayout make_layout(VulkanDevice& vulkan) {
  const VkPushConstantRange camera{VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(Matrix)};
  VkPipelineLayoutCreateInfo info{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
  info.pushConstantRangeCount = 1;
  info.pPushConstantRanges = &camera;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  vulkan.CreatePipelineLayout(vulkan.device, &info, nullptr, &layout);
  return layout;
}

VkPipeline make_pipeline(VulkanDevice& vulkan, VkRenderPass pass, VkPipelineLayout layout,
                         uint32_t width, uint32_t height) {
  const VkShaderModule shaders[] = {make_shader(vulkan, kBoxVert, sizeof kBoxVert),
                                    make_shader(vulkan, kBoxFrag, sizeof kBoxFrag)};
  VkPipelineShaderStageCreateInfo stages[2]{};
  for (size_t i = 0; i < 2; ++i) {
    stages[i].sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    stages[i].stage = i == 0 ? VK_SHADER_STAGE_VERTEX_BIT : VK_SHADER_STAGE_FRAGMENT_BIT;
    stages[i].module = shaders[i];
    stages[i].pName = "main";
  }
  const VkVertexInputBindingDescription binding{0, sizeof(GpuInstance),
                                                VK_VERTEX_INPUT_RATE_INSTANCE};
  VkVertexInputAttributeDescription attributes[4];
  for (uint32_t i = 0; i < 4; ++i) attributes[i] = {i, 0, VK_FORMAT_R32G32B32A32_SFLOAT, 16 * i};
  VkPipelineVertexInputStateCreateInfo input{
      VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
  input.vertexBindingDescriptionCount = 1;
  input.pVertexBindingDescriptions = &binding;
  input.vertexAttributeDescriptionCount = 4;
  input.pVertexAttributeDescriptions = attributes;
  VkPipelineInputAssemblyStateCreateInfo assembly{
      VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO};
  assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
  const VkViewport viewport{0, 0, static_cast<float>(width), static_cast<float>(height), 0, 1};
  const VkRect2D all{{0, 0}, {width, height}};
  VkPipelineViewportStateCreateInfo view{VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO};
  view.viewportCount = view.scissorCount = 1;
  view.pViewports = &viewport;
  view.pScissors = &all;
  VkPipelineRasterizationStateCreateInfo raster{
      VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO};
  raster.lineWidth = 1;
  VkPipelineMultisampleStateCreateInfo samples{
      VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO};
  samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
  VkPipelineDepthStencilStateCreateInfo depth{
      VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO};
  depth.depthTestEnable = depth.depthWriteEnable = VK_TRUE;
  depth.depthCompareOp = VK_COMPARE_OP_LESS;
  VkPipelineColorBlendAttachmentState opaque{};
  opaque.colorWriteMask = 15;
  VkPipelineColorBlendStateCreateInfo blend{
      VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO};
  blend.attachmentCount = 1;
  blend.pAttachments = &opaque;
  VkGraphicsPipelineCreateInfo info{VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO};
  info.stageCount = 2;
  info.pStages = stages;
  info.pVertexInputState = &input;
  info.pInputAssemblyState = &assembly;
  info.pViewportState = &view;
  info.pRasterizationState = &raster;
  info.pMultisampleState = &samples;
  info.pDepthStencilState = &depth;
  info.pColorBlendState = &blend;
  info.layout = layout;
  info.renderPass = pass;
  VkPipeline pipeline = VK_NULL_HANDLE;
  if (shaders[0] != VK_NULL_HANDLE && shaders[1] != VK_NULL_HANDLE) {
    vulkan.CreateGraphicsPipelines(vulkan.device, VK_NULL_HANDLE, 1, &info, nullptr, &pipeline);
  }
  for (const VkShaderModule shader : shaders) {
    vulkan.DestroyShaderModule(vulkan.device, shader, nullptr);
  }
  return pipeline;
}

}  // namespace game::render
