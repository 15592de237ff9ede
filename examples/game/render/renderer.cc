#include "game/render/renderer.h"

#include <hone/hone.h>

#include "game/ecs/world.h"

namespace game::render {

namespace {

class RenderSystem : public ecs::System {
 public:
  RenderSystem(Renderer& renderer, ecs::World& world) : renderer_(renderer), world_(world) {}
  void run(const ecs::Frame& frame) override { renderer_.render(world_, frame); }

 private:
  Renderer& renderer_;
  ecs::World& world_;
};

// Lamps whose light does not reach into the picture go.
void leave_out_of_sight(const Frustum& frustum, std::vector<Light>& lights) {
  std::erase_if(lights, [&](const Light& light) {
    for (const Plane& plane : frustum) {
      if (dot(plane.normal, light.position) + plane.distance < -light.reach) return true;
    }
    return false;
  });
}

}  // namespace

Renderer::Renderer(RendererParts parts) : parts_(std::move(parts)) {
  if (!parts_.gpu) memory_.resize(parts_.most * sizeof(GpuInstance));
}

// After those that the camera sees: the others, whose shadows it may see.
void Renderer::add_hidden() {
  is_visible_.assign(instances_.size(), 0);
  for (const uint32_t i : order_) is_visible_[i] = 1;
  for (uint32_t i = 0; i < instances_.size(); ++i) {
    if (is_visible_[i] == 0) order_.push_back(i);
  }
}

void Renderer::render(ecs::World& world, const ecs::Frame& frame) {
  HONE_SPAN("Render::Frame", "frame", frame.number);
  instances_ = parts_.scenery;
  lights_.clear();
  order_.clear();
  draws_.clear();
  SceneInput input;
  input.camera = flight(frame.number, parts_.land,
                        static_cast<float>(parts_.width) / static_cast<float>(parts_.height));
  const Frustum frustum = frustum_of(input.camera.view_projection);
  extraction_.extract_instances(world, input.camera.eye, instances_, lights_);
  frustum_cull(instances_, frustum, order_);
  batch(instances_, order_, draws_);
  visible_count_ = static_cast<uint32_t>(order_.size());
  add_hidden();
  const size_t bytes =
      write_instances(instances_, order_, parts_.gpu ? parts_.gpu->begin() : std::span(memory_));
  if (parts_.gpu) {
    leave_out_of_sight(frustum, lights_);
    input.draws = draws_;
    input.lights = lights_;
    for (const Instance& instance : instances_) ++input.counts[instance.mesh];
    input.seconds = static_cast<float>(frame.number) * frame.seconds;
    input.land = parts_.land;
    parts_.gpu->draw(input);
  }
  totals_.visible += visible_count_;
  totals_.draw_calls += draws_.size();
  totals_.bytes += bytes;
  HONE_PLOT("Render::visible_instances", visible_count_);
  HONE_PLOT("Render::draw_calls", draws_.size());
  HONE_PLOT_UNIT("Render::buffer_write_bytes", "bytes", bytes);
}

std::unique_ptr<ecs::System> make_render_system(Renderer& renderer, ecs::World& world) {
  return std::make_unique<RenderSystem>(renderer, world);
}

}  // namespace game::render
