// The game, put together: plugins, stages, and the loop over frames.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "game/ecs/events.h"
#include "game/options.h"
#include "game/physics/world.h"
#include "game/render/renderer.h"

namespace game {

struct Outcome {
  uint32_t entities = 0;
  physics::Counts physics;
  uint64_t plans_hit = 0, plans_missed = 0;  // in the cache
  uint64_t states_expanded = 0;              // by the planner
  uint64_t refused = 0;                      // plans, by the sandbox
  std::array<uint64_t, ecs::kEventKinds> events{};
  render::Totals render;
  uint64_t checksum = 0;  // of the end state; depends on entities, frames and seed alone

  double load_s = 0;
  std::vector<double> frame_s;  // of each frame, in order
  std::string device;           // that drew; empty: none
  bool software = false;        // it is no GPU
  std::string no_device;        // why none did; empty: it was not asked for
  std::string no_window;        // why there was none; empty: it was not asked for
  uint32_t drawn_pixels = 0;    // of the last picture
  std::string no_screenshot;    // why it was not written; empty: it was, or was not asked for
  uint32_t messages = 0;        // of Vulkan's own checks
};

// Made and loaded at once; then frame by frame.
//
//   Game game(options);
//   for (...) game.run_frame();
//   Outcome outcome = game.finish();
class Game {
 public:
  // The options are within their limits.
  explicit Game(const Options& options);
  ~Game();
  void run_frame();
  // The end: afterwards nothing is left to run.
  Outcome finish();

 private:
  struct State;

  std::unique_ptr<State> state_;
};

// All frames that the options ask for, no faster than they allow.
Outcome run_game(const Options& options);

}  // namespace game
