#include "game/game.h"

#include <hone/hone.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "game/engine/engine.h"
#include "game/factory/factory.h"
#include "game/gameplay/systems.h"
#include "game/render/scenery.h"
#include "game/render/vulkan_device.h"

namespace game {

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kLoadBatch = 25;
// The last quarter of the entities comes while the game runs.
constexpr uint32_t kReinforceEvery = 10, kReinforceBatch = 8;  // frames, entities

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Whatever plugins work on, made before them and gone after them.
struct Parts {
  explicit Parts(const Options& options)
      : wanted(static_cast<uint32_t>(options.entities)),
        settlement(wanted),
        tick(physics, options.parallel_physics),
        factory(engine.world(), engine.events(), physics, settlement, options.seed) {}

  uint32_t wanted;
  physics::World physics;
  ai::Mind mind;
  gameplay::Settlement settlement;
  std::unique_ptr<render::Renderer> renderer;
  engine::Engine engine;
  physics::Tick tick;
  factory::Factory factory;

  gameplay::State state() {
    return {engine.world(), engine.events(), physics, tick, settlement, mind};
  }
};

// The ground in slabs of a village's size, and a wall round it: of the physics alone.
class TerrainStage : public engine::Stage {
 public:
  explicit TerrainStage(Parts& parts) : Stage("terrain", 0), parts_(parts) {}

 protected:
  void on_load() override {
    const float reach = parts_.settlement.reach();
    constexpr float kHalf = gameplay::kVillageReach;
    for (float x = kHalf - reach; x < reach; x += 2 * kHalf) {
      for (float z = kHalf - reach; z < reach; z += 2 * kHalf) {
        parts_.physics.create_rigid_body({{kHalf, 1, kHalf}, 0, {{x, -1, z}, {}}});
      }
    }
    for (const float side : {-1.0F, 1.0F}) {
      const Vec3 along_x{reach, 2, 0.5F}, along_z{0.5F, 2, reach};
      parts_.physics.create_rigid_body({along_x, 0, {{0, 2, side * reach}, {}}});
      parts_.physics.create_rigid_body({along_z, 0, {{side * reach, 2, 0}, {}}});
    }
  }

 private:
  Parts& parts_;
};

class PopulationStage : public engine::Stage {
 public:
  explicit PopulationStage(Parts& parts) : Stage("population", 1), parts_(parts) {}

 protected:
  void on_load() override {
    const uint32_t first = parts_.wanted - parts_.wanted / 4;
    while (parts_.factory.made() < first) {
      parts_.factory.spawn_batch(std::min(kLoadBatch, first - parts_.factory.made()));
    }
  }

 private:
  Parts& parts_;
};

class ReinforceSystem : public ecs::System {
 public:
  explicit ReinforceSystem(Parts& parts) : parts_(parts) {}
  void run(const ecs::Frame& frame) override {
    const uint32_t missing = parts_.wanted - parts_.factory.made();
    if (missing == 0 || frame.number % kReinforceEvery != 0) return;
    parts_.factory.spawn_batch(std::min(kReinforceBatch, missing));
  }

 private:
  Parts& parts_;
};

// Plugins differ in what they add alone.
class GamePlugin : public engine::Plugin {
 public:
  GamePlugin(const char* name, Parts& parts, void (*add)(Parts&))
      : Plugin(name), parts_(parts), add_(add) {}

 protected:
  void on_build(engine::Engine&) override { add_(parts_); }

 private:
  Parts& parts_;
  void (*add_)(Parts&);
};

void add_physics(Parts& parts) {
  using ecs::Phase;
  parts.engine.add_stage(std::make_unique<TerrainStage>(parts));
  parts.engine.add_system(Phase::kIntent, gameplay::make_intent_system(parts.state()));
  parts.engine.add_system(Phase::kSimulate, gameplay::make_simulate_system(parts.state()));
  parts.engine.add_system(Phase::kSync, gameplay::make_sync_system(parts.state()));
}

void add_minds(Parts& parts) {
  parts.engine.add_system(ecs::Phase::kThink, gameplay::make_think_system(parts.state()));
  parts.engine.add_system(ecs::Phase::kAct, gameplay::make_act_system(parts.state()));
}

void add_population(Parts& parts) {
  parts.engine.add_stage(std::make_unique<PopulationStage>(parts));
  parts.engine.add_system(ecs::Phase::kSpawn, std::make_unique<ReinforceSystem>(parts));
}

void add_rendering(Parts& parts) {
  parts.engine.add_system(ecs::Phase::kRender,
                          render::make_render_system(*parts.renderer, parts.engine.world()));
}

void load(Parts& parts) {
  engine::PluginGroup group;
  const auto plugin = [&](const char* name, void (*add)(Parts&)) {
    group.add(std::make_unique<GamePlugin>(name, parts, add));
  };
  plugin("physics", add_physics);
  plugin("minds", add_minds);
  plugin("population", add_population);
  plugin("rendering", add_rendering);
  group.init(parts.engine);
  parts.engine.load();
}

void collect(Parts& parts, Outcome& outcome) {
  outcome.entities = parts.engine.world().count();
  outcome.physics = parts.physics.counts();
  outcome.plans_hit = parts.mind.cache.hits();
  outcome.plans_missed = parts.mind.cache.misses();
  outcome.states_expanded = parts.mind.planner.expanded();
  outcome.refused = parts.mind.sandbox.refused();
  outcome.render = parts.renderer->totals();
  Checksum sum;
  parts.engine.world().add_to(sum);
  for (size_t i = 0; i < ecs::kEventKinds; ++i) {
    outcome.events[i] = parts.engine.events().total(static_cast<ecs::EventKind>(i));
    sum.add(outcome.events[i]);
  }
  sum.add(outcome.plans_hit);
  sum.add(outcome.plans_missed);
  sum.add(outcome.states_expanded);
  outcome.checksum = sum.value();
}

// With the passes on the GPU, where one is wanted and there.
std::unique_ptr<render::Renderer> make_renderer(const Options& options, Parts& parts,
                                                render::Checks& checks, Outcome& outcome) {
  render::RendererParts made;
  std::vector<Vec3> centers;
  for (const gameplay::Village& village : parts.settlement.villages()) {
    centers.push_back(village.center);
  }
  made.land = render::land_of(centers, parts.settlement.reach());
  made.scenery = render::make_scenery(centers, made.land.reach);
  made.width = static_cast<uint32_t>(options.width);
  made.height = static_cast<uint32_t>(options.height);
  made.most = parts.wanted + static_cast<uint32_t>(made.scenery.size());
  if (options.render) {
    render::RendererTold told;
    made.gpu = render::VulkanRenderer::create({.width = made.width,
                                               .height = made.height,
                                               .most = made.most,
                                               .present = options.present,
                                               .vsync = options.vsync,
                                               .checks = options.validate ? &checks : nullptr},
                                              told);
    outcome.no_device = told.no_device;
    outcome.no_window = told.no_window;
  }
  if (made.gpu) {
    outcome.device = made.gpu->device_name();
    outcome.software = made.gpu->is_software();
  }
  return std::make_unique<render::Renderer>(std::move(made));
}

void take_picture(const Options& options, render::VulkanRenderer& gpu, Outcome& outcome) {
  const render::Picture picture = gpu.read_picture();
  outcome.drawn_pixels = picture.drawn();
  if (!options.screenshot.empty()) {
    outcome.no_screenshot = render::write_png(picture, options.screenshot);
  }
}

}  // namespace

struct Game::State {
  Options options;
  Outcome outcome;
  render::Checks checks;
  std::unique_ptr<Parts> parts;
};

Game::Game(const Options& options) : state_(std::make_unique<State>()) {
  const Clock::time_point start = Clock::now();
  state_->options = options;
  state_->parts = std::make_unique<Parts>(options);
  state_->parts->renderer = make_renderer(options, *state_->parts, state_->checks, state_->outcome);
  load(*state_->parts);
  state_->outcome.load_s = seconds_since(start);
}

Game::~Game() = default;

void Game::run_frame() {
  HONE_FRAME();
  const Clock::time_point start = Clock::now();
  state_->parts->engine.run_frame();
  state_->outcome.frame_s.push_back(seconds_since(start));
}

Outcome Game::finish() {
  HONE_FRAME();
  Outcome& outcome = state_->outcome;
  collect(*state_->parts, outcome);
  if (render::VulkanRenderer* const gpu = state_->parts->renderer->gpu()) {
    take_picture(state_->options, *gpu, outcome);
  }
  // Vulkan's checks look on until the device is gone.
  state_->parts.reset();
  outcome.messages = state_->checks.messages;
  return std::move(outcome);
}

Outcome run_game(const Options& options) {
  HONE_THREAD("main");
  Game game(options);
  Clock::time_point due = Clock::now();
  for (uint64_t frame = 0; frame < options.frames; ++frame) {
    game.run_frame();
    if (options.pace == 0) continue;
    due += std::chrono::nanoseconds(1'000'000'000 / options.pace);
    std::this_thread::sleep_until(due);
  }
  return game.finish();
}

}  // namespace game
