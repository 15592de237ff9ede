// Work of a GPU, marked for Tracy. The code of vulkan_cases.py stands in "cases.inc".
// Ends with 77 where there is no Vulkan; says what the device can.
#include <stdio.h>
#include <string.h>
#include <vulkan/vulkan.h>

#include <string>
#include <vector>

#include <tracy/Tracy.hpp>
#include <tracy/TracyVulkan.hpp>

namespace {

constexpr int kFrames = 200;

VkInstance instance;
VkPhysicalDevice physical;
VkDevice device;
VkQueue queue;
VkBuffer buffer;
VkCommandPool pool;

VkCommandBuffer make_commands() {
  VkCommandBufferAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
  allocate.commandPool = pool;
  allocate.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  allocate.commandBufferCount = 1;
  VkCommandBuffer out = VK_NULL_HANDLE;
  vkAllocateCommandBuffers(device, &allocate, &out);
  return out;
}

void begin(VkCommandBuffer commands) {
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  vkBeginCommandBuffer(commands, &begin);
}

void run(VkCommandBuffer commands) {
  vkEndCommandBuffer(commands);
  VkSubmitInfo submit{};
  submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &commands;
  vkQueueSubmit(queue, 1, &submit, VK_NULL_HANDLE);
  vkQueueWaitIdle(queue);
}

bool make_device(bool* calibrated) {
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.apiVersion = VK_API_VERSION_1_2;
  VkInstanceCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  create.pApplicationInfo = &application;
  uint32_t count = 1;
  if (vkCreateInstance(&create, nullptr, &instance) != VK_SUCCESS) return false;
  if (vkEnumeratePhysicalDevices(instance, &count, &physical) < 0 || count == 0) return false;
  uint32_t extensions = 0;
  vkEnumerateDeviceExtensionProperties(physical, nullptr, &extensions, nullptr);
  std::vector<VkExtensionProperties> known(extensions);
  vkEnumerateDeviceExtensionProperties(physical, nullptr, &extensions, known.data());
  const char* const clocks = "VK_EXT_calibrated_timestamps";
  for (const auto& each : known) *calibrated |= strcmp(each.extensionName, clocks) == 0;
  const float priority = 1;
  VkDeviceQueueCreateInfo queues{};
  queues.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queues.queueCount = 1;
  queues.pQueuePriorities = &priority;
  VkPhysicalDeviceVulkan12Features features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  features.hostQueryReset = VK_TRUE;
  VkDeviceCreateInfo device_create{};
  device_create.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  device_create.pNext = &features;
  device_create.queueCreateInfoCount = 1;
  device_create.pQueueCreateInfos = &queues;
  device_create.enabledExtensionCount = *calibrated ? 1 : 0;
  device_create.ppEnabledExtensionNames = &clocks;
  if (vkCreateDevice(physical, &device_create, nullptr, &device) != VK_SUCCESS) return false;
  vkGetDeviceQueue(device, 0, 0, &queue);
  VkCommandPoolCreateInfo pools{};
  pools.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  pools.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  vkCreateCommandPool(device, &pools, nullptr, &pool);
  VkBufferCreateInfo buffers{};
  buffers.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  buffers.size = 1 << 16;
  buffers.usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  vkCreateBuffer(device, &buffers, nullptr, &buffer);
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(device, buffer, &needs);
  VkMemoryAllocateInfo memory{};
  memory.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  memory.allocationSize = needs.size;
  while ((needs.memoryTypeBits >> memory.memoryTypeIndex & 1) == 0) ++memory.memoryTypeIndex;
  VkDeviceMemory backing;
  vkAllocateMemory(device, &memory, nullptr, &backing);
  vkBindBufferMemory(device, buffer, backing, 0);
  return true;
}

template <class Function>
Function of_instance(const char* name) {
  return reinterpret_cast<Function>(vkGetInstanceProcAddr(instance, name));
}
template <class Function>
Function of_device(const char* name) {
  return reinterpret_cast<Function>(vkGetDeviceProcAddr(device, name));
}

}  // namespace

int main() {
  bool calibrated = false;
  if (!make_device(&calibrated)) {
    puts("no device");
    return 77;
  }
  VkCommandBuffer commands = make_commands(), setup = make_commands();
  const auto domains = of_instance<PFN_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT>(
      "vkGetPhysicalDeviceCalibrateableTimeDomainsEXT");
  const auto clocks = of_device<PFN_vkGetCalibratedTimestampsEXT>("vkGetCalibratedTimestampsEXT");
  (void)domains, (void)clocks, (void)setup;
#ifdef TRACY_VK_USE_SYMBOL_TABLE
  TracyVkCtx gpu = TracyVkContext(instance, physical, device, queue, setup, vkGetInstanceProcAddr,
                                  vkGetDeviceProcAddr);
  TracyVkCtx other = TracyVkContextCalibrated(instance, physical, device, queue, setup,
                                              vkGetInstanceProcAddr, vkGetDeviceProcAddr);
  TracyVkCtx host = TracyVkContextHostCalibrated(instance, physical, device, vkGetInstanceProcAddr,
                                                 vkGetDeviceProcAddr);
#else
  TracyVkCtx gpu = TracyVkContext(physical, device, queue, setup);
  TracyVkCtx other = TracyVkContextCalibrated(physical, device, queue, setup, domains, clocks);
  TracyVkCtx host =
      TracyVkContextHostCalibrated(physical, device, vkResetQueryPool, domains, clocks);
#endif
  (void)gpu, (void)other, (void)host;
  TracyVkContextName(gpu, "plain!", 5);
  TracyVkContextName(other, "calibrated", 10);
  TracyVkContextName(host, "host", 4);
  begin(commands);
#include "cases.inc"
  run(commands);
  for (int frame = 0; frame < kFrames; ++frame) {
    begin(commands);
    {
      TracyVkZone(gpu, commands, "vk frame");
      TracyVkNamedZone(other, b, commands, "vk other", true);
      TracyVkNamedZone(host, c, commands, "vk host", true);
      vkCmdFillBuffer(commands, buffer, 0, VK_WHOLE_SIZE, 3);
    }
    TracyVkCollect(gpu, commands);
    TracyVkCollect(other, commands);
    run(commands);
    TracyVkCollectHost(host);
  }
  begin(commands);
  TracyVkCollect(gpu, commands);
  TracyVkCollect(other, commands);
  run(commands);
  TracyVkDestroy(gpu);
  TracyVkDestroy(other);
  TracyVkDestroy(host);
  ZoneScopedN("destroyed");
  puts(calibrated ? "calibrated" : "not calibrated");
}
