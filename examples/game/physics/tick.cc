#include "game/physics/tick.h"

#include <hone/hone.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace game::physics {

struct Tick::Worker {
  enum class State { kIdle, kAsked, kEnding };

  std::mutex mutex;
  std::condition_variable changed;
  State state = State::kIdle;  // guarded by the mutex
  // Of the caller while the state is idle, else of the thread.
  uint32_t frame = 0;
  float seconds = 0;

  World& world;
  std::thread thread;

  explicit Worker(World& stepped) : world(stepped), thread([this] { run(); }) {}
  ~Worker() {
    ask(State::kEnding);
    thread.join();
  }
  void ask(State to) {
    {
      const std::lock_guard lock(mutex);
      state = to;
    }
    changed.notify_all();
  }
  void run();
};

void Tick::Worker::run() {
  HONE_THREAD("physics");
  for (;;) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return state != State::kIdle; });
      if (state == State::kEnding) return;
    }
    HONE_FLOW_END("Physics::handed_over", frame);
    world.step(seconds);
    HONE_ASYNC_END("Physics::AsyncTick", frame);
    {
      const std::lock_guard lock(mutex);
      if (state == State::kAsked) state = State::kIdle;
    }
    changed.notify_all();
  }
}

Tick::Tick(World& world, bool parallel)
    : world_(world), worker_(parallel ? std::make_unique<Worker>(world) : nullptr) {}
Tick::~Tick() = default;

void Tick::begin(uint32_t frame, float seconds) {
  if (!worker_) return world_.step(seconds);
  HONE_ASYNC_BEGIN("Physics::AsyncTick", frame);
  HONE_FLOW_BEGIN("Physics::handed_over", frame);
  worker_->frame = frame;
  worker_->seconds = seconds;
  worker_->ask(Worker::State::kAsked);
}

void Tick::finish() {
  if (!worker_) return;
  std::unique_lock lock(worker_->mutex);
  worker_->changed.wait(lock, [&] { return worker_->state == Worker::State::kIdle; });
}

}  // namespace game::physics
