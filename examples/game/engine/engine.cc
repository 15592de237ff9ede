#include "game/engine/engine.h"

#include <algorithm>

namespace game::engine {

void Stage::load() {
  HONE_SPAN("Engine::Stage::load", "stage", name_);
  on_load();
}

void Engine::add_system(ecs::Phase phase, std::unique_ptr<ecs::System> system) {
  schedule_.add(phase, std::move(system));
}

void Engine::add_stage(std::unique_ptr<Stage> stage) {
  stages_.push_back(std::move(stage));
}

void Engine::load() {
  std::stable_sort(stages_.begin(), stages_.end(),
                   [](const auto& a, const auto& b) { return a->order() < b->order(); });
  for (const auto& stage : stages_) stage->load();
}

void Engine::run_frame() {
  schedule_.run({frame_++, kFrameSeconds});
  events_.update();
  HONE_PLOT("ECS::entity_count", world_.count());
}

void Plugin::build(Engine& engine) {
  HONE_SPAN("Engine::Plugin::build", "plugin", name_);
  on_build(engine);
}

void PluginGroup::add(std::unique_ptr<Plugin> plugin) {
  plugins_.push_back(std::move(plugin));
}

void PluginGroup::init(Engine& engine) {
  HONE_SPAN("Engine::PluginGroup::init", "plugins", plugins_.size());
  for (const auto& plugin : plugins_) plugin->build(engine);
}

}  // namespace game::engine
