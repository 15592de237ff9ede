// What happens in a frame, in order: systems by the phase that they belong to, and within a phase
// in the order in which they were added.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace game::ecs {

struct Frame {
  uint32_t number;
  float seconds;  // of the game's time, always the same
};

class System {
 public:
  virtual ~System() = default;
  virtual void run(const Frame& frame) = 0;
};

enum class Phase : uint8_t {
  kSpawn,     // entities come and go: nothing else runs
  kIntent,    // what characters and vehicles mean to do goes to the physics
  kSimulate,  // the physics' step: here, or begun here on a thread of its own
  kThink,     // plans
  kAct,       // steps of plans
  kRender,    // of the transforms of the last frame
  kSync,      // the step is over: transforms are taken from the physics
  kEnd,
};

class Schedule {
 public:
  void add(Phase phase, std::unique_ptr<System> system);
  void run(const Frame& frame);

 private:
  struct Entry {
    Phase phase;
    std::unique_ptr<System> system;
  };

  std::vector<Entry> entries_;
};

}  // namespace game::ecs
