#include "game/render/renderer.h"

#include <hone/hone.h>

#include "game/ecs/world.h"

namespace game::render {

namespace {

class RenderSystem : public ecs::System {
 public:
  RenderSystem(Renderer& renderer, ecs::World& world) : renderer_(renderer), world_(world) {}
  void run(const ecs::Frame& frame) override { renderer_.render(world_, frame.number); }

 private:
  Renderer& renderer_;
  ecs::World& world_;
};

}  // namespace

Renderer::Renderer(std::unique_ptr<VulkanPass> pass, float reach, uint32_t most)
    : pass_(std::move(pass)), reach_(reach) {
  if (!pass_) memory_.resize(most * sizeof(GpuInstance));
}

void Renderer::render(ecs::World& world, uint32_t frame) {
  HONE_SPAN("Render::Frame", "frame", frame);
  instances_.clear();
  visible_.clear();
  draws_.clear();
  const Matrix camera =
      orbit(frame, reach_, static_cast<float>(kWidth) / static_cast<float>(kHeight));
  extract_instances(world, instances_);
  frustum_cull(instances_, frustum_of(camera), visible_);
  batch(instances_, visible_, draws_);
  const size_t bytes =
      write_instances(instances_, visible_, pass_ ? pass_->begin() : std::span(memory_));
  if (pass_) pass_->submit(camera, draws_);
  totals_.visible += visible_.size();
  totals_.draw_calls += draws_.size();
  totals_.bytes += bytes;
  HONE_PLOT("Render::visible_instances", visible_.size());
  HONE_PLOT("Render::draw_calls", draws_.size());
  HONE_PLOT_UNIT("Render::buffer_write_bytes", "bytes", bytes);
}

std::unique_ptr<ecs::System> make_render_system(Renderer& renderer, ecs::World& world) {
  return std::make_unique<RenderSystem>(renderer, world);
}

}  // namespace game::render
