// The engine: what plugins build on. It owns the entities, the events and the schedule, loads the
// stages that plugins ask for, and runs frames.
//
//   Engine engine;
//   PluginGroup group;
//   group.add(std::make_unique<PhysicsPlugin>(...));
//   group.init(engine);   // each plugin's build()
//   engine.load();        // each stage, in order
//   while (...) engine.run_frame();
#pragma once

#include <memory>
#include <vector>

#include "game/ecs/events.h"
#include "game/ecs/schedule.h"
#include "game/ecs/world.h"

namespace game::engine {

// A part of the start-up that comes when all plugins are built: what is loaded first has the lowest
// number.
class Stage {
 public:
  Stage(const char* name, int order) : name_(name), order_(order) {}
  virtual ~Stage() = default;
  void load();
  int order() const { return order_; }

 protected:
  virtual void on_load() = 0;

 private:
  const char* name_;
  int order_;
};

class Engine {
 public:
  static constexpr float kFrameSeconds = 1.0F / 60;

  ecs::World& world() { return world_; }
  ecs::Events& events() { return events_; }
  void add_system(ecs::Phase phase, std::unique_ptr<ecs::System> system);
  void add_stage(std::unique_ptr<Stage> stage);
  void load();
  void run_frame();

 private:
  ecs::World world_;
  ecs::Events events_;
  ecs::Schedule schedule_;
  std::vector<std::unique_ptr<Stage>> stages_;
  uint32_t frame_ = 0;
};

class Plugin {
 public:
  explicit Plugin(const char* name) : name_(name) {}
  virtual ~Plugin() = default;
  void build(Engine& engine);
  const char* name() const { return name_; }

 protected:
  virtual void on_build(Engine& engine) = 0;

 private:
  const char* name_;
};

class PluginGroup {
 public:
  void add(std::unique_ptr<Plugin> plugin);
  void init(Engine& engine);

 private:
  std::vector<std::unique_ptr<Plugin>> plugins_;
};

}  // namespace game::engine
