#include "game/render/vulkan_device.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <vector>

namespace game::render {

namespace {

constexpr uint32_t kDevicesMax = 16, kFamiliesMax = 32;
constexpr char kChecksLayer[] = "VK_LAYER_KHRONOS_validation";
// Of vulkan_xcb.h, which wants the headers of X.
constexpr char kXcbSurface[] = "VK_KHR_xcb_surface";

template <class Call>
bool take(Call& call, PFN_vkVoidFunction found) {
  call = reinterpret_cast<Call>(found);
  return call != nullptr;
}

bool has_layer(PFN_vkGetInstanceProcAddr find, const char* name) {
  PFN_vkEnumerateInstanceLayerProperties all = nullptr;
  if (!take(all, find(VK_NULL_HANDLE, "vkEnumerateInstanceLayerProperties"))) return false;
  uint32_t count = 0;
  all(&count, nullptr);
  std::vector<VkLayerProperties> known(count);
  all(&count, known.data());
  for (const VkLayerProperties& layer : known) {
    if (std::strcmp(layer.layerName, name) == 0) return true;
  }
  return false;
}

bool has_extension(const std::vector<VkExtensionProperties>& known, const char* name) {
  for (const VkExtensionProperties& extension : known) {
    if (std::strcmp(extension.extensionName, name) == 0) return true;
  }
  return false;
}

std::vector<VkExtensionProperties> instance_extensions(PFN_vkGetInstanceProcAddr find) {
  PFN_vkEnumerateInstanceExtensionProperties all = nullptr;
  if (!take(all, find(VK_NULL_HANDLE, "vkEnumerateInstanceExtensionProperties"))) return {};
  uint32_t count = 0;
  all(nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> known(count);
  all(nullptr, &count, known.data());
  return known;
}

VKAPI_ATTR VkBool32 VKAPI_CALL count_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                             VkDebugUtilsMessageTypeFlagsEXT,
                                             const VkDebugUtilsMessengerCallbackDataEXT* message,
                                             void* checks) {
  ++static_cast<Checks*>(checks)->messages;
  std::fprintf(stderr, "Vulkan: %s\n", message->pMessage);
  return VK_FALSE;
}

}  // namespace

bool VulkanDevice::make_instance(const DeviceWanted& wanted, std::string& why) {
  PFN_vkCreateInstance create = nullptr;
  if (!take(create, find(VK_NULL_HANDLE, "vkCreateInstance"))) return false;
  if (wanted.checks != nullptr && !has_layer(find, kChecksLayer)) {
    why = "Vulkan's validation layer is not installed (vulkan-validationlayers)";
    return false;
  }
  VkApplicationInfo application{VK_STRUCTURE_TYPE_APPLICATION_INFO};
  application.pApplicationName = "hone-example-game";
  application.apiVersion = VK_API_VERSION_1_3;
  const VkValidationFeatureEnableEXT order =
      VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
  VkValidationFeaturesEXT features{VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT};
  features.enabledValidationFeatureCount = 1;
  features.pEnabledValidationFeatures = &order;
  std::vector<const char*> extensions;
  const char* const layer = kChecksLayer;
  VkInstanceCreateInfo info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  info.pApplicationInfo = &application;
  if (wanted.checks != nullptr) {
    info.pNext = &features;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &layer;
    extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
  }
  if (wanted.window) {
    const auto known = instance_extensions(find);
    presents =
        has_extension(known, VK_KHR_SURFACE_EXTENSION_NAME) && has_extension(known, kXcbSurface);
  }
  if (presents) {
    extensions.push_back(VK_KHR_SURFACE_EXTENSION_NAME);
    extensions.push_back(kXcbSurface);
  }
  info.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  if (create(&info, nullptr, &instance) != VK_SUCCESS) return false;
  bool all = true;
#define X(name) all = take(name, find(instance, "vk" #name)) && all;
  GAME_VULKAN_OF_INSTANCE(X)
#undef X
#define X(name) presents = presents && take(name, find(instance, "vk" #name));
  GAME_VULKAN_OF_SURFACE(X)
#undef X
  if (all && wanted.checks != nullptr) listen(*wanted.checks);
  return all;
}

void VulkanDevice::listen(Checks& checks) {
  PFN_vkCreateDebugUtilsMessengerEXT create = nullptr;
  if (!take(create, find(instance, "vkCreateDebugUtilsMessengerEXT"))) return;
  VkDebugUtilsMessengerCreateInfoEXT info{VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT};
  info.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                         VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT |
                     VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  info.pfnUserCallback = count_message;
  info.pUserData = &checks;
  create(instance, &info, nullptr, &messenger_);
}

// The first that draws; one that is no CPU before one that is.
bool VulkanDevice::choose_device() {
  VkPhysicalDevice devices[kDevicesMax];
  uint32_t count = kDevicesMax;
  if (EnumeratePhysicalDevices(instance, &count, devices) < 0) return false;
  for (uint32_t i = 0; i < count; ++i) {
    VkPhysicalDeviceProperties properties;
    GetPhysicalDeviceProperties(devices[i], &properties);
    const bool is_cpu = properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    if (properties.apiVersion < VK_API_VERSION_1_3) continue;
    if (physical != VK_NULL_HANDLE && !(software && !is_cpu)) continue;
    VkQueueFamilyProperties families[kFamiliesMax];
    uint32_t known = kFamiliesMax;
    GetPhysicalDeviceQueueFamilyProperties(devices[i], &known, families);
    constexpr VkQueueFlags kBoth = VK_QUEUE_GRAPHICS_BIT | VK_QUEUE_COMPUTE_BIT;
    for (uint32_t k = 0; k < known; ++k) {
      if ((families[k].queueFlags & kBoth) != kBoth) continue;
      name = properties.deviceName;
      software = is_cpu;
      physical = devices[i];
      family = k;
      break;
    }
  }
  return physical != VK_NULL_HANDLE;
}

bool VulkanDevice::make_device(const DeviceWanted& wanted) {
  uint32_t count = 0;
  EnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> known(count);
  EnumerateDeviceExtensionProperties(physical, nullptr, &count, known.data());
  std::vector<const char*> extensions;
  // With it GPU spans stand on the CPU's clock; they are there without it, too.
  if (has_extension(known, VK_EXT_CALIBRATED_TIMESTAMPS_EXTENSION_NAME)) {
    extensions.push_back(VK_EXT_CALIBRATED_TIMESTAMPS_EXTENSION_NAME);
  }
  presents = presents && wanted.window && has_extension(known, VK_KHR_SWAPCHAIN_EXTENSION_NAME);
  if (presents) extensions.push_back(VK_KHR_SWAPCHAIN_EXTENSION_NAME);
  VkPhysicalDeviceVulkan12Features has12{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES};
  VkPhysicalDeviceFeatures2 has{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &has12, {}};
  GetPhysicalDeviceFeatures2(physical, &has);
  VkPhysicalDeviceVulkan12Features wants12{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES};
  wants12.hostQueryReset = has12.hostQueryReset;
  VkPhysicalDeviceVulkan13Features wants13{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
                                           &wants12};
  wants13.dynamicRendering = wants13.synchronization2 = VK_TRUE;
  const float priority = 1;
  VkDeviceQueueCreateInfo one{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
  one.queueFamilyIndex = family;
  one.queueCount = 1;
  one.pQueuePriorities = &priority;
  VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, &wants13};
  info.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &one;
  if (CreateDevice(physical, &info, nullptr, &device) != VK_SUCCESS) return false;
  host_query_reset = has12.hostQueryReset == VK_TRUE;
  bool all = true;
#define X(name) all = take(name, GetDeviceProcAddr(device, "vk" #name)) && all;
  GAME_VULKAN_OF_DEVICE(X)
#undef X
#define X(name) presents = presents && take(name, GetDeviceProcAddr(device, "vk" #name));
  GAME_VULKAN_OF_SWAPCHAIN(X)
#undef X
  if (all) GetDeviceQueue(device, family, 0, &queue);
  return all;
}

std::unique_ptr<VulkanDevice> VulkanDevice::open(const DeviceWanted& wanted, std::string& why) {
  std::unique_ptr<VulkanDevice> made(new VulkanDevice);
  made->library_ = ::dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (made->library_ != nullptr) {
    made->find = reinterpret_cast<PFN_vkGetInstanceProcAddr>(
        ::dlsym(made->library_, "vkGetInstanceProcAddr"));
  }
  why.clear();
  if (made->find == nullptr) {
    why = "libvulkan.so.1 is not installed";
  } else if (!made->make_instance(wanted, why)) {
    if (why.empty()) why = "no Vulkan driver is installed";
  } else if (!made->choose_device()) {
    why = "no device draws graphics with Vulkan 1.3";
  } else if (!made->make_device(wanted)) {
    why = "the Vulkan device cannot be opened";
  }
  if (!why.empty()) made.reset();
  return made;
}

// The library stays loaded: drivers leave things behind that end with the process.
VulkanDevice::~VulkanDevice() {
  for (; !kept_.empty(); kept_.pop_back()) {
    const Kept& last = kept_.back();
    last.call(device, last.destroy, last.handle);
  }
  if (device != VK_NULL_HANDLE && DestroyDevice != nullptr) DestroyDevice(device, nullptr);
  PFN_vkDestroyDebugUtilsMessengerEXT silence = nullptr;
  if (messenger_ != VK_NULL_HANDLE &&
      take(silence, find(instance, "vkDestroyDebugUtilsMessengerEXT"))) {
    silence(instance, messenger_, nullptr);
  }
  if (instance != VK_NULL_HANDLE && DestroyInstance != nullptr) DestroyInstance(instance, nullptr);
}

}  // namespace game::render
