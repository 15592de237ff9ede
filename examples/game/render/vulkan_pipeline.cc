#include "game/render/vulkan_pipeline.h"

#include <hone/hone.h>

namespace game::render {

namespace {

VkShaderModule make_shader(VulkanDevice& vulkan, Words words) {
  VkShaderModuleCreateInfo info{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
  info.codeSize = words.size_bytes();
  info.pCode = words.data();
  VkShaderModule shader = VK_NULL_HANDLE;
  if (vulkan.CreateShaderModule(vulkan.device, &info, nullptr, &shader) != VK_SUCCESS) {
    return VK_NULL_HANDLE;
  }
  return shader;
}

VkPipelineShaderStageCreateInfo stage_of(VkShaderModule shader, VkShaderStageFlagBits stage) {
  VkPipelineShaderStageCreateInfo out{VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO};
  out.stage = stage;
  out.module = shader;
  out.pName = "main";
  return out;
}

VkPipelineDepthStencilStateCreateInfo depth_state(Depth depth) {
  VkPipelineDepthStencilStateCreateInfo out{
      VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO};
  out.depthTestEnable = depth != Depth::kNone;
  out.depthWriteEnable = depth == Depth::kWritten || depth == Depth::kShadow;
  out.depthCompareOp = VK_COMPARE_OP_LESS_OR_EQUAL;
  return out;
}

VkPipelineRasterizationStateCreateInfo raster_state(Depth depth) {
  VkPipelineRasterizationStateCreateInfo out{
      VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO};
  out.lineWidth = 1;
  out.frontFace = VK_FRONT_FACE_COUNTER_CLOCKWISE;
  out.cullMode = depth == Depth::kWritten || depth == Depth::kShadow ? VK_CULL_MODE_BACK_BIT
                                                                     : VK_CULL_MODE_NONE;
  if (depth == Depth::kShadow) {
    out.depthBiasEnable = VK_TRUE;
    out.depthBiasConstantFactor = 2;
    out.depthBiasSlopeFactor = 2;
  }
  return out;
}

// What is always the same: triangles, one sample, no blending, the viewport set while recording.
struct Usual {
  VkPipelineInputAssemblyStateCreateInfo assembly{
      VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO};
  VkPipelineViewportStateCreateInfo view{VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO};
  VkPipelineMultisampleStateCreateInfo samples{
      VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO};
  VkPipelineColorBlendAttachmentState opaque{};
  VkPipelineColorBlendStateCreateInfo blend{
      VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO};
  VkDynamicState changing[2] = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
  VkPipelineDynamicStateCreateInfo dynamic{VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO};

  explicit Usual(bool has_color) {
    assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    view.viewportCount = view.scissorCount = 1;
    samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
    opaque.colorWriteMask = 15;
    blend.attachmentCount = has_color ? 1 : 0;
    blend.pAttachments = &opaque;
    dynamic.dynamicStateCount = 2;
    dynamic.pDynamicStates = changing;
  }
};

VkPipeline make(VulkanDevice& vulkan, VkPipelineLayout layout, const GraphicsDesc& desc,
                std::span<const VkPipelineShaderStageCreateInfo> stages) {
  const VkVertexInputBindingDescription binding{0, desc.stride, VK_VERTEX_INPUT_RATE_VERTEX};
  VkPipelineVertexInputStateCreateInfo input{
      VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO};
  input.vertexBindingDescriptionCount = desc.stride > 0 ? 1 : 0;
  input.pVertexBindingDescriptions = &binding;
  input.vertexAttributeDescriptionCount = static_cast<uint32_t>(desc.attributes.size());
  input.pVertexAttributeDescriptions = desc.attributes.data();
  const bool has_color = desc.color != VK_FORMAT_UNDEFINED;
  const Usual usual(has_color);
  const auto depth = depth_state(desc.depth);
  const auto raster = raster_state(desc.depth);
  VkPipelineRenderingCreateInfo rendering{VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO};
  rendering.colorAttachmentCount = has_color ? 1 : 0;
  rendering.pColorAttachmentFormats = &desc.color;
  if (desc.depth != Depth::kNone) {
    rendering.depthAttachmentFormat = desc.depth == Depth::kShadow ? kShadowFormat : kDepthFormat;
  }
  VkGraphicsPipelineCreateInfo info{VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO, &rendering};
  info.stageCount = static_cast<uint32_t>(stages.size());
  info.pStages = stages.data();
  info.pVertexInputState = &input;
  info.pInputAssemblyState = &usual.assembly;
  info.pViewportState = &usual.view;
  info.pRasterizationState = &raster;
  info.pMultisampleState = &usual.samples;
  info.pDepthStencilState = &depth;
  info.pColorBlendState = &usual.blend;
  info.pDynamicState = &usual.dynamic;
  info.layout = layout;
  VkPipeline pipeline = VK_NULL_HANDLE;
  if (vulkan.CreateGraphicsPipelines(vulkan.device, VK_NULL_HANDLE, 1, &info, nullptr, &pipeline) !=
      VK_SUCCESS) {
    return VK_NULL_HANDLE;
  }
  return vulkan.keep(vulkan.DestroyPipeline, pipeline);
}

}  // namespace

VkPipeline make_pipeline(VulkanDevice& vulkan, VkPipelineLayout layout, const GraphicsDesc& desc) {
  HONE_SPAN("Render::ShaderCompile", "words", desc.vertex.size() + desc.fragment.size());
  const VkShaderModule shaders[] = {
      make_shader(vulkan, desc.vertex),
      desc.fragment.empty() ? VK_NULL_HANDLE : make_shader(vulkan, desc.fragment)};
  const VkPipelineShaderStageCreateInfo stages[] = {
      stage_of(shaders[0], VK_SHADER_STAGE_VERTEX_BIT),
      stage_of(shaders[1], VK_SHADER_STAGE_FRAGMENT_BIT)};
  const size_t count = desc.fragment.empty() ? 1 : 2;
  VkPipeline pipeline = VK_NULL_HANDLE;
  if (shaders[0] != VK_NULL_HANDLE && (count == 1 || shaders[1] != VK_NULL_HANDLE)) {
    pipeline = make(vulkan, layout, desc, std::span(stages).first(count));
  }
  for (const VkShaderModule shader : shaders) {
    vulkan.DestroyShaderModule(vulkan.device, shader, nullptr);
  }
  return pipeline;
}

VkPipeline make_compute_pipeline(VulkanDevice& vulkan, VkPipelineLayout layout, Words shader) {
  HONE_SPAN("Render::ShaderCompile", "words", shader.size());
  const VkShaderModule module = make_shader(vulkan, shader);
  if (module == VK_NULL_HANDLE) return VK_NULL_HANDLE;
  VkComputePipelineCreateInfo info{VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
  info.stage = stage_of(module, VK_SHADER_STAGE_COMPUTE_BIT);
  info.layout = layout;
  VkPipeline pipeline = VK_NULL_HANDLE;
  vulkan.CreateComputePipelines(vulkan.device, VK_NULL_HANDLE, 1, &info, nullptr, &pipeline);
  vulkan.DestroyShaderModule(vulkan.device, module, nullptr);
  return pipeline == VK_NULL_HANDLE ? pipeline : vulkan.keep(vulkan.DestroyPipeline, pipeline);
}

}  // namespace game::render
