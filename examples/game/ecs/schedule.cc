#include "game/ecs/schedule.h"

#include <hone/hone.h>

#include <algorithm>

namespace game::ecs {

void Schedule::add(Phase phase, std::unique_ptr<System> system) {
  const auto after =
      std::upper_bound(entries_.begin(), entries_.end(), phase,
                       [](Phase wanted, const Entry& entry) { return wanted < entry.phase; });
  entries_.insert(after, Entry{phase, std::move(system)});
}

void Schedule::run(const Frame& frame) {
  HONE_SPAN("ECS::Schedule::run", "frame", frame.number);
  for (const Entry& entry : entries_) entry.system->run(frame);
}

}  // namespace game::ecs
