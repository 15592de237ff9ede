// The pass that draws a frame's instances into an image that nobody shows: cleared, then a draw for
// each batch. Two frames may be under way, so that the CPU does not wait for the GPU.
//
//   std::string why;
//   auto pass = VulkanPass::create(1000, why);      // null: why says what is missing
//   write_instances(..., pass->begin());
//   pass->submit(camera, draws);
#pragma once

#include <memory>
#include <span>
#include <string>

#include "game/render/instances.h"

namespace game::render {

inline constexpr uint32_t kWidth = 320, kHeight = 180;  // of the image

class VulkanPass {
 public:
  // The first device with a queue for graphics. `most`: how many instances a frame may have.
  static std::unique_ptr<VulkanPass> create(uint32_t most, std::string& why);
  ~VulkanPass();

  // The memory for the instances of the next frame; waits until the GPU has read what is there.
  std::span<std::byte> begin();
  void submit(const Matrix& camera, std::span<const Draw> draws);

  const std::string& device_name() const;
  // Waits for all that was submitted: how many pixels of the last image something was drawn on.
  uint32_t drawn_pixels();

 private:
  struct Parts;
  explicit VulkanPass(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace game::render
