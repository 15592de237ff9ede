// What happened, told by one system to others: sent in one frame, read in the next by all who ask.
#pragma once

#include <span>
#include <vector>

#include "game/ecs/archetype.h"

namespace game::ecs {

enum class EventKind : uint32_t { kSpawned, kDelivered, kRefused, kFled };
inline constexpr size_t kEventKinds = 4;

struct Event {
  EventKind kind;
  uint32_t village;
  Entity entity;
};

class Events {
 public:
  void send(const Event& event) { sent_.push_back(event); }
  // Of the frame before.
  std::span<const Event> read() const { return readable_; }
  // Once a frame: what was sent can be read, what could be read is gone.
  void update();
  uint64_t total(EventKind kind) const { return totals_[static_cast<size_t>(kind)]; }

 private:
  std::vector<Event> sent_, readable_;
  std::array<uint64_t, kEventKinds> totals_{};
};

}  // namespace game::ecs
