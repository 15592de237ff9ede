// A frame's picture: everything up to the bytes in the instance buffer on the CPU, then, where
// there is a Vulkan device, the passes that draw them.
#pragma once

#include <memory>

#include "game/ecs/schedule.h"
#include "game/render/instances.h"
#include "game/render/vulkan_renderer.h"

namespace game::render {

struct Totals {
  uint64_t visible = 0;
  uint64_t draw_calls = 0;
  uint64_t bytes = 0;
};

struct RendererParts {
  std::unique_ptr<VulkanRenderer> gpu;  // null: there is none, and bytes go into memory of its own
  std::vector<Instance> scenery;        // drawn in every frame, besides the world's
  Land land;
  uint32_t width = 0, height = 0;  // of the picture
  uint32_t most = 0;               // instances that there may be
};

class Renderer {
 public:
  explicit Renderer(RendererParts parts);
  void render(ecs::World& world, const ecs::Frame& frame);
  const Totals& totals() const { return totals_; }
  VulkanRenderer* gpu() { return parts_.gpu.get(); }
  // Of the last frame: what the CPU's culling left, as indexes of what was written.
  std::span<const Instance> instances() const { return instances_; }
  uint32_t visible() const { return visible_count_; }
  // Of the last frame: the indexes of instances() in the order in which they were written, the
  // visible ones first.
  std::span<const uint32_t> written() const { return order_; }

 private:
  void add_hidden();

  RendererParts parts_;
  Extraction extraction_;
  std::vector<std::byte> memory_;
  std::vector<Instance> instances_;
  std::vector<Light> lights_;
  std::vector<uint32_t> order_;
  std::vector<uint8_t> is_visible_;
  std::vector<Draw> draws_;
  uint32_t visible_count_ = 0;
  Totals totals_;
};

// Both outlive it.
std::unique_ptr<ecs::System> make_render_system(Renderer& renderer, ecs::World& world);

}  // namespace game::render
