// Shows pictures in a window, one after the other: each is copied into an image of the window's
// swapchain.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "game/render/gpu_scene.h"
#include "game/render/window.h"

namespace game::render {

class Presenter {
 public:
  // Null: `why` says in a line what is missing. Both outlive it.
  static std::unique_ptr<Presenter> create(GpuScene& scene, std::unique_ptr<Window> window,
                                           bool vsync, std::string& why);
  // The device is idle.
  ~Presenter();
  // The scene's picture, which is ready to be copied.
  void show();

 private:
  struct Slot {
    VkCommandBuffer commands = VK_NULL_HANDLE;
    VkFence done = VK_NULL_HANDLE;
    VkSemaphore acquired = VK_NULL_HANDLE;
  };
  struct Shown {
    VkImage image = VK_NULL_HANDLE;
    VkSemaphore copied = VK_NULL_HANDLE;
  };

  Presenter(GpuScene& scene, std::unique_ptr<Window> window)
      : scene_(scene), window_(std::move(window)) {}
  bool make_surface();
  bool make_slots();
  bool make_swapchain();
  bool make_semaphore(VkSemaphore& out);
  void record(VkCommandBuffer commands, VkImage to);
  bool submit(const Slot& slot, const Shown& shown);

  GpuScene& scene_;
  std::unique_ptr<Window> window_;
  VkPresentModeKHR mode_ = VK_PRESENT_MODE_FIFO_KHR;
  VkSurfaceKHR surface_ = VK_NULL_HANDLE;
  VkSwapchainKHR swapchain_ = VK_NULL_HANDLE;
  VkExtent2D extent_{};
  std::vector<Shown> images_;
  std::array<Slot, kUnderWay> slots_;
  uint32_t next_ = 0;
};

}  // namespace game::render
