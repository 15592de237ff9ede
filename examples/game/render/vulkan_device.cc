#include "game/render/vulkan_device.h"

#include <dlfcn.h>

#include <cstring>
#include <vector>

namespace game::render {

namespace {

constexpr uint32_t kDevicesMax = 16, kFamiliesMax = 32;

template <class Call>
bool take(Call& call, PFN_vkVoidFunction found) {
  call = reinterpret_cast<Call>(found);
  return call != nullptr;
}

}  // namespace

bool VulkanDevice::make_instance() {
  PFN_vkCreateInstance create = nullptr;
  if (!take(create, find(VK_NULL_HANDLE, "vkCreateInstance"))) return false;
  VkApplicationInfo application{VK_STRUCTURE_TYPE_APPLICATION_INFO};
  application.pApplicationName = "hone-example-game";
  application.apiVersion = VK_API_VERSION_1_1;
  VkInstanceCreateInfo info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  info.pApplicationInfo = &application;
  if (create(&info, nullptr, &instance) != VK_SUCCESS) return false;
  bool all = true;
#define X(name) all = take(name, find(instance, "vk" #name)) && all;
  GAME_VULKAN_OF_INSTANCE(X)
#undef X
  return all;
}

bool VulkanDevice::choose_device() {
  VkPhysicalDevice devices[kDevicesMax];
  uint32_t count = kDevicesMax;
  if (EnumeratePhysicalDevices(instance, &count, devices) < 0) return false;
  for (uint32_t i = 0; i < count; ++i) {
    VkQueueFamilyProperties families[kFamiliesMax];
    uint32_t known = kFamiliesMax;
    GetPhysicalDeviceQueueFamilyProperties(devices[i], &known, families);
    for (uint32_t k = 0; k < known; ++k) {
      if ((families[k].queueFlags & VK_QUEUE_GRAPHICS_BIT) == 0) continue;
      VkPhysicalDeviceProperties properties;
      GetPhysicalDeviceProperties(devices[i], &properties);
      name = properties.deviceName;
      physical = devices[i];
      family = k;
      return true;
    }
  }
  return false;
}

bool VulkanDevice::make_device() {
  uint32_t count = 0;
  EnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> known(count);
  EnumerateDeviceExtensionProperties(physical, nullptr, &count, known.data());
  // With it GPU spans stand on the CPU's clock; they are there without it, too.
  const char* wanted = VK_EXT_CALIBRATED_TIMESTAMPS_EXTENSION_NAME;
  VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO};
  for (const VkExtensionProperties& extension : known) {
    if (std::strcmp(extension.extensionName, wanted) == 0) info.enabledExtensionCount = 1;
  }
  info.ppEnabledExtensionNames = &wanted;
  const float priority = 1;
  VkDeviceQueueCreateInfo one{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
  one.queueFamilyIndex = family;
  one.queueCount = 1;
  one.pQueuePriorities = &priority;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &one;
  if (CreateDevice(physical, &info, nullptr, &device) != VK_SUCCESS) return false;
  bool all = true;
#define X(name) all = take(name, GetDeviceProcAddr(device, "vk" #name)) && all;
  GAME_VULKAN_OF_DEVICE(X)
#undef X
  if (all) GetDeviceQueue(device, family, 0, &queue);
  return all;
}

std::unique_ptr<VulkanDevice> VulkanDevice::open(std::string& why) {
  std::unique_ptr<VulkanDevice> made(new VulkanDevice);
  made->library_ = ::dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (made->library_ != nullptr) {
    made->find = reinterpret_cast<PFN_vkGetInstanceProcAddr>(
        ::dlsym(made->library_, "vkGetInstanceProcAddr"));
  }
  why.clear();
  if (made->find == nullptr) {
    why = "libvulkan.so.1 is not installed";
  } else if (!made->make_instance()) {
    why = "no Vulkan driver is installed";
  } else if (!made->choose_device()) {
    why = "no Vulkan device draws graphics";
  } else if (!made->make_device()) {
    why = "the Vulkan device cannot be opened";
  }
  if (!why.empty()) made.reset();
  return made;
}

// The library stays loaded: drivers leave things behind that end with the process.
VulkanDevice::~VulkanDevice() {
  if (device != VK_NULL_HANDLE && DestroyDevice != nullptr) DestroyDevice(device, nullptr);
  if (instance != VK_NULL_HANDLE && DestroyInstance != nullptr) DestroyInstance(instance, nullptr);
}

bool VulkanDevice::allocate(const VkMemoryRequirements& needs, VkMemoryPropertyFlags kind,
                            VkDeviceMemory& memory) {
  VkPhysicalDeviceMemoryProperties known;
  GetPhysicalDeviceMemoryProperties(physical, &known);
  for (uint32_t i = 0; i < known.memoryTypeCount; ++i) {
    if ((needs.memoryTypeBits >> i & 1) == 0) continue;
    if ((known.memoryTypes[i].propertyFlags & kind) != kind) continue;
    VkMemoryAllocateInfo info{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
    info.allocationSize = needs.size;
    info.memoryTypeIndex = i;
    return AllocateMemory(device, &info, nullptr, &memory) == VK_SUCCESS;
  }
  return false;
}

bool VulkanDevice::make_buffer(size_t bytes, VkBufferUsageFlags usage, Buffer& out) {
  VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  info.size = bytes;
  info.usage = usage;
  if (CreateBuffer(device, &info, nullptr, &out.buffer) != VK_SUCCESS) return false;
  VkMemoryRequirements needs;
  GetBufferMemoryRequirements(device, out.buffer, &needs);
  void* mapped = nullptr;
  constexpr VkMemoryPropertyFlags kSeen =
      VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  if (!allocate(needs, kSeen, out.memory) ||
      BindBufferMemory(device, out.buffer, out.memory, 0) != VK_SUCCESS ||
      MapMemory(device, out.memory, 0, VK_WHOLE_SIZE, 0, &mapped) != VK_SUCCESS) {
    return false;
  }
  out.mapped = static_cast<std::byte*>(mapped);
  out.bytes = bytes;
  return true;
}

bool VulkanDevice::make_image(VkFormat format, VkImageUsageFlags usage, VkImageAspectFlags aspect,
                              uint32_t width, uint32_t height, Image& out) {
  VkImageCreateInfo info{VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO};
  info.imageType = VK_IMAGE_TYPE_2D;
  info.format = format;
  info.extent = {width, height, 1};
  info.mipLevels = 1;
  info.arrayLayers = 1;
  info.samples = VK_SAMPLE_COUNT_1_BIT;
  info.usage = usage;
  if (CreateImage(device, &info, nullptr, &out.image) != VK_SUCCESS) return false;
  VkMemoryRequirements needs;
  GetImageMemoryRequirements(device, out.image, &needs);
  if (!allocate(needs, 0, out.memory) ||
      BindImageMemory(device, out.image, out.memory, 0) != VK_SUCCESS) {
    return false;
  }
  VkImageViewCreateInfo view{VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO};
  view.image = out.image;
  view.viewType = VK_IMAGE_VIEW_TYPE_2D;
  view.format = format;
  view.subresourceRange = {aspect, 0, 1, 0, 1};
  return CreateImageView(device, &view, nullptr, &out.view) == VK_SUCCESS;
}

void VulkanDevice::destroy(const Buffer& buffer) {
  DestroyBuffer(device, buffer.buffer, nullptr);
  FreeMemory(device, buffer.memory, nullptr);
}

void VulkanDevice::destroy(const Image& image) {
  DestroyImageView(device, image.view, nullptr);
  DestroyImage(device, image.image, nullptr);
  FreeMemory(device, image.memory, nullptr);
}

}  // namespace game::render
