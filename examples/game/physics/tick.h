// When the physics is stepped: on the calling thread, or on one of its own while the rest of the
// frame goes on. The rest of the frame sees the transforms of the frame before in both cases, so
// that the state of the game does not depend on it.
//
//   tick.begin(frame, seconds);   // from here on, World belongs to the tick
//   ...
//   tick.finish();                // and from here on, to the caller again
#pragma once

#include "game/physics/world.h"

namespace game::physics {

class Tick {
 public:
  // `world` outlives it.
  Tick(World& world, bool parallel);
  ~Tick();
  void begin(uint32_t frame, float seconds);
  void finish();

 private:
  struct Worker;

  World& world_;
  std::unique_ptr<Worker> worker_;  // null: stepped by begin()
};

}  // namespace game::physics
