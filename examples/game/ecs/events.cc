#include "game/ecs/events.h"

#include <utility>

namespace game::ecs {

void Events::update() {
  HONE_SPAN("ECS::Events::update", "count", sent_.size());
  std::swap(sent_, readable_);
  sent_.clear();
  for (const Event& event : readable_) ++totals_[static_cast<size_t>(event.kind)];
}

}  // namespace game::ecs
