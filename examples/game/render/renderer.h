// A frame's picture: everything up to the bytes in the instance buffer on the CPU, then, where
// there is a Vulkan device, the pass that draws them.
#pragma once

#include <memory>

#include "game/ecs/schedule.h"
#include "game/render/instances.h"
#include "game/render/vulkan_pass.h"

namespace game::render {

struct Totals {
  uint64_t visible = 0;
  uint64_t draw_calls = 0;
  uint64_t bytes = 0;
};

class Renderer {
 public:
  // `pass` null: there is no device, and the bytes go into memory of its own. `reach`: of the world
  // round the origin, in metres. `most`: how many instances there may be.
  Renderer(std::unique_ptr<VulkanPass> pass, float reach, uint32_t most);
  void render(ecs::World& world, uint32_t frame);
  const Totals& totals() const { return totals_; }
  VulkanPass* pass() { return pass_.get(); }

 private:
  std::unique_ptr<VulkanPass> pass_;
  float reach_;
  std::vector<std::byte> memory_;
  std::vector<Instance> instances_;
  std::vector<uint32_t> visible_;
  std::vector<Draw> draws_;
  Totals totals_;
};

// Both outlive it.
std::unique_ptr<ecs::System> make_render_system(Renderer& renderer, ecs::World& world);

}  // namespace game::render
