// What the GPU does of a frame: all passes, one after the other, into a picture. Two frames may be
// under way, so that the CPU does not wait for the GPU.
//
//   auto gpu = VulkanRenderer::create({.width = 320, .height = 180, .most = 1000}, told);
//   write_instances(..., gpu->begin());
//   gpu->draw(input);
#pragma once

#include <memory>
#include <span>
#include <string>

#include "game/render/picture.h"
#include "game/render/scene_values.h"

namespace game::render {

struct Checks;

struct RendererWanted {
  uint32_t width = 0, height = 0;  // of the picture
  uint32_t most = 0;               // instances of a frame
  bool present = false;            // in a window
  bool vsync = true;
  Checks* checks = nullptr;  // not null: Vulkan's validation layer looks on; outlives the renderer
};

// In a line each; empty where there is nothing to say.
struct RendererTold {
  std::string no_device;  // why there is none
  std::string no_window;
};

class VulkanRenderer {
 public:
  // On a device that draws with Vulkan 1.3: a GPU where there is one, else the software's. Null
  // where there is none.
  static std::unique_ptr<VulkanRenderer> create(const RendererWanted& wanted, RendererTold& told);
  ~VulkanRenderer();

  // The memory for the instances of the next frame, which nobody reads any more.
  std::span<std::byte> begin();
  // The rest of the frame: recorded, submitted, and presented. Waits for the frame before.
  void draw(const SceneInput& input);

  const std::string& device_name() const;
  bool is_software() const;
  // Both wait for all that was submitted. The last picture; the instances that the last frame's
  // culling pass put into a view's list (0: the camera's), as they stand in the memory of begin().
  Picture read_picture();
  std::vector<uint32_t> read_culled(uint32_t view);

 private:
  struct Parts;
  explicit VulkanRenderer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace game::render
