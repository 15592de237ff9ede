#pragma once
#include "game/render/vulkan_device.h"
#if __has_include(<hone/vulkan.h>)
#include <hone/vulkan.h>
#else
namespace hone::vulkan {
struct Setup {
  VkInstance instance;
  VkPhysicalDevice physical_device;
  VkDevice device;
  VkQueue queue;
  uint32_t family, spans;
  const char* name;
  PFN_vkGetInstanceProcAddr find;
};
struct Queue {
  bool open(const Setup&) { return false; }
  void collect() {}
  void close() {}
};
}  // namespace hone::vulkan
#define HONE_VULKAN_SPAN(queue, commands, name) ((void)0)
#endif
