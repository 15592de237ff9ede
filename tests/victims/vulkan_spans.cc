// Work of a GPU, marked: vulkan_spans [FRAMES] [host | bracket | few | never].
//
// Each frame is one submission: "Frame" around "Render::Small" and, with three times the work of
// it, "Render::Large". "submit and wait" is the CPU's span around the submission and the wait for
// it. Says "no device: WHY" and ends with 77 where there is no Vulkan.
//   host     queries are reset by the CPU
//   bracket  without calibrated timestamps
//   few      more spans under way than there are queries
//   never    with command buffers that are recorded and never submitted
#include <hone/vulkan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vector>

#include "vulkan_spans_comp.h"

namespace {

constexpr uint32_t kNumbers = 4096, kRounds = 1500;

#define CHECK(call)                                  \
  do {                                               \
    const VkResult done = call;                      \
    if (done != VK_SUCCESS) {                        \
      fprintf(stderr, "%s: %d\n", #call, (int)done); \
      exit(1);                                       \
    }                                                \
  } while (0)

[[noreturn]] void no_device(const char* why) {
  printf("no device: %s\n", why);
  exit(77);
}

struct Gpu {
  VkInstance instance;
  VkPhysicalDevice physical;
  VkDevice device;
  VkQueue queue;
  uint32_t family;
  VkBuffer buffer;
  VkDeviceMemory memory;
  VkDescriptorSetLayout set_layout;
  VkDescriptorPool descriptors;
  VkDescriptorSet set;
  VkPipelineLayout layout;
  VkPipeline pipeline;
  VkShaderModule shader;
  VkCommandPool pool;
  VkFence fence;

  void make_device(bool calibrated);
  void make_buffer();
  void make_pipeline();
  void destroy();
  VkCommandBuffer commands();
  void dispatch(VkCommandBuffer to, uint32_t rounds);
};

void Gpu::make_device(bool calibrated) {
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.apiVersion = VK_API_VERSION_1_2;
  VkInstanceCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  create.pApplicationInfo = &application;
  if (vkCreateInstance(&create, nullptr, &instance) != VK_SUCCESS) no_device("vkCreateInstance");
  uint32_t count = 1;
  if (vkEnumeratePhysicalDevices(instance, &count, &physical) < 0 || count == 0) {
    no_device("vkEnumeratePhysicalDevices finds none");
  }
  uint32_t extensions = 0;
  CHECK(vkEnumerateDeviceExtensionProperties(physical, nullptr, &extensions, nullptr));
  std::vector<VkExtensionProperties> known(extensions);
  CHECK(vkEnumerateDeviceExtensionProperties(physical, nullptr, &extensions, known.data()));
  bool has_clocks = false;
  for (const auto& each : known) {
    has_clocks = has_clocks || strcmp(each.extensionName, "VK_EXT_calibrated_timestamps") == 0;
  }
  uint32_t families = 16;
  VkQueueFamilyProperties properties[16];
  vkGetPhysicalDeviceQueueFamilyProperties(physical, &families, properties);
  for (family = 0; family < families; ++family) {
    if (properties[family].queueFlags & VK_QUEUE_COMPUTE_BIT) break;
  }
  if (family == families) no_device("no queue computes");
  const float priority = 1;
  VkDeviceQueueCreateInfo queues{};
  queues.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queues.queueFamilyIndex = family;
  queues.queueCount = 1;
  queues.pQueuePriorities = &priority;
  VkPhysicalDeviceVulkan12Features features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  features.hostQueryReset = VK_TRUE;
  const char* const wanted[] = {"VK_EXT_calibrated_timestamps"};
  VkDeviceCreateInfo device_create{};
  device_create.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  device_create.pNext = &features;
  device_create.queueCreateInfoCount = 1;
  device_create.pQueueCreateInfos = &queues;
  device_create.enabledExtensionCount = calibrated && has_clocks ? 1 : 0;
  device_create.ppEnabledExtensionNames = wanted;
  CHECK(vkCreateDevice(physical, &device_create, nullptr, &device));
  vkGetDeviceQueue(device, family, 0, &queue);
  VkCommandPoolCreateInfo pools{};
  pools.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pools.queueFamilyIndex = family;
  CHECK(vkCreateCommandPool(device, &pools, nullptr, &pool));
  VkFenceCreateInfo fences{};
  fences.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
  CHECK(vkCreateFence(device, &fences, nullptr, &fence));
}

void Gpu::make_buffer() {
  VkBufferCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  create.size = kNumbers * sizeof(uint32_t);
  create.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
  CHECK(vkCreateBuffer(device, &create, nullptr, &buffer));
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(device, buffer, &needs);
  VkMemoryAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocate.allocationSize = needs.size;
  while ((needs.memoryTypeBits >> allocate.memoryTypeIndex & 1) == 0) ++allocate.memoryTypeIndex;
  CHECK(vkAllocateMemory(device, &allocate, nullptr, &memory));
  CHECK(vkBindBufferMemory(device, buffer, memory, 0));
}

void Gpu::make_pipeline() {
  VkDescriptorSetLayoutBinding binding{};
  binding.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  binding.descriptorCount = 1;
  binding.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT;
  VkDescriptorSetLayoutCreateInfo sets{};
  sets.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  sets.bindingCount = 1;
  sets.pBindings = &binding;
  CHECK(vkCreateDescriptorSetLayout(device, &sets, nullptr, &set_layout));
  const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1};
  VkDescriptorPoolCreateInfo pools{};
  pools.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
  pools.maxSets = 1;
  pools.poolSizeCount = 1;
  pools.pPoolSizes = &size;
  CHECK(vkCreateDescriptorPool(device, &pools, nullptr, &descriptors));
  VkDescriptorSetAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
  allocate.descriptorPool = descriptors;
  allocate.descriptorSetCount = 1;
  allocate.pSetLayouts = &set_layout;
  CHECK(vkAllocateDescriptorSets(device, &allocate, &set));
  const VkDescriptorBufferInfo whole{buffer, 0, VK_WHOLE_SIZE};
  VkWriteDescriptorSet write{};
  write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
  write.dstSet = set;
  write.descriptorCount = 1;
  write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  write.pBufferInfo = &whole;
  vkUpdateDescriptorSets(device, 1, &write, 0, nullptr);
  const VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(uint32_t)};
  VkPipelineLayoutCreateInfo layouts{};
  layouts.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  layouts.setLayoutCount = 1;
  layouts.pSetLayouts = &set_layout;
  layouts.pushConstantRangeCount = 1;
  layouts.pPushConstantRanges = &range;
  CHECK(vkCreatePipelineLayout(device, &layouts, nullptr, &layout));
  VkShaderModuleCreateInfo modules{};
  modules.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  modules.codeSize = sizeof vulkan_spans_comp;
  modules.pCode = vulkan_spans_comp;
  CHECK(vkCreateShaderModule(device, &modules, nullptr, &shader));
  VkComputePipelineCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  create.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  create.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  create.stage.module = shader;
  create.stage.pName = "main";
  create.layout = layout;
  CHECK(vkCreateComputePipelines(device, VK_NULL_HANDLE, 1, &create, nullptr, &pipeline));
}

void Gpu::destroy() {
  vkDestroyFence(device, fence, nullptr);
  vkDestroyCommandPool(device, pool, nullptr);
  vkDestroyPipeline(device, pipeline, nullptr);
  vkDestroyShaderModule(device, shader, nullptr);
  vkDestroyPipelineLayout(device, layout, nullptr);
  vkDestroyDescriptorPool(device, descriptors, nullptr);
  vkDestroyDescriptorSetLayout(device, set_layout, nullptr);
  vkDestroyBuffer(device, buffer, nullptr);
  vkFreeMemory(device, memory, nullptr);
  vkDestroyDevice(device, nullptr);
  vkDestroyInstance(instance, nullptr);
}

VkCommandBuffer Gpu::commands() {
  VkCommandBufferAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  allocate.commandPool = pool;
  allocate.commandBufferCount = 1;
  VkCommandBuffer out;
  CHECK(vkAllocateCommandBuffers(device, &allocate, &out));
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  CHECK(vkBeginCommandBuffer(out, &begin));
  return out;
}

void Gpu::dispatch(VkCommandBuffer to, uint32_t rounds) {
  vkCmdBindPipeline(to, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
  vkCmdBindDescriptorSets(to, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0, 1, &set, 0, nullptr);
  vkCmdPushConstants(to, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof rounds, &rounds);
  vkCmdDispatch(to, kNumbers / 64, 1, 1);
  VkMemoryBarrier barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT;
  barrier.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
  vkCmdPipelineBarrier(to, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                       VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier, 0, nullptr, 0,
                       nullptr);
}

void submit_and_wait(Gpu& gpu, VkCommandBuffer commands) {
  HONE_SPAN("submit and wait");
  CHECK(vkEndCommandBuffer(commands));
  VkSubmitInfo submit{};
  submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &commands;
  CHECK(vkResetFences(gpu.device, 1, &gpu.fence));
  CHECK(vkQueueSubmit(gpu.queue, 1, &submit, gpu.fence));
  CHECK(vkWaitForFences(gpu.device, 1, &gpu.fence, VK_TRUE, UINT64_MAX));
}

void frame(Gpu& gpu, hone::vulkan::Queue& marks) {
  const VkCommandBuffer commands = gpu.commands();
  HONE_VULKAN_VARIABLE(whole)
  HONE_VULKAN_BEGIN(marks, commands, whole, "Frame");
  {
    HONE_VULKAN_SPAN(marks, commands, "Render::Small");
    gpu.dispatch(commands, kRounds);
  }
  {
    HONE_VULKAN_SPAN(marks, commands, "Render::Large");
    gpu.dispatch(commands, 3 * kRounds);
  }
  HONE_VULKAN_END(marks, commands, whole);
  submit_and_wait(gpu, commands);
  vkFreeCommandBuffers(gpu.device, gpu.pool, 1, &commands);
}

// So much of the CPU's own, before the GPU has anything to do.
void work_ms(long ms) {
  HONE_SPAN("work");
  timespec now{}, begin{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
  do {
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  } while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1'000'000 < ms);
}

}  // namespace

int main(int argc, char** argv) {
  const int frames = argc > 1 ? atoi(argv[1]) : 20;
  const char* const how = argc > 2 ? argv[2] : "";
  Gpu gpu{};
  gpu.make_device(strcmp(how, "bracket") != 0);
  gpu.make_buffer();
  gpu.make_pipeline();
  {
    // The first dispatch compiles the shader.
    const VkCommandBuffer commands = gpu.commands();
    gpu.dispatch(commands, 1);
    submit_and_wait(gpu, commands);
    vkFreeCommandBuffers(gpu.device, gpu.pool, 1, &commands);
  }
  hone::vulkan::Setup setup;
  setup.instance = gpu.instance;
  setup.physical_device = gpu.physical;
  setup.device = gpu.device;
  setup.queue = gpu.queue;
  setup.family = gpu.family;
  setup.name = "compute";
  setup.host_query_reset = strcmp(how, "host") == 0;
  setup.spans = strcmp(how, "few") == 0 ? 16 : 64;
  hone::vulkan::Queue marks;
  if (!marks.open(setup)) fprintf(stderr, "GPU spans are off: %s\n", marks.why());
  if (strcmp(how, "never") == 0) {
    for (int i = 0; i < 20; ++i) {
      const VkCommandBuffer commands = gpu.commands();
      HONE_VULKAN_SPAN(marks, commands, "never submitted");
    }
  }
  for (int i = 0; i < frames; ++i) {
    HONE_FRAME();
    if (strcmp(how, "work") == 0) work_ms(20);
    frame(gpu, marks);
    if (strcmp(how, "few") != 0) marks.collect();
  }
  CHECK(vkDeviceWaitIdle(gpu.device));
  marks.close();
  printf("left out %llu\n", (unsigned long long)marks.left_out());
  gpu.destroy();
  return 0;
}
