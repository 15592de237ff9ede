// The entities and where their components are. One thread at a time.
//
//   const Entity crate = world.spawn(bundle);
//   if (Transform* transform = world.get<Transform>(crate)) ...
//   world.each<Transform, Mesh>([](Entity, Transform&, Mesh&) { ... });
#pragma once

#include <memory>

#include "game/checksum.h"
#include "game/ecs/archetype.h"

namespace game::ecs {

class World {
 public:
  Entity spawn(const Bundle& bundle);
  // False where it is gone already.
  bool despawn(Entity entity);
  // Null where the entity is gone or has no T. Valid until an entity comes or goes.
  template <class T>
  T* get(Entity entity) {
    return reinterpret_cast<T*>(get(entity, T::kId));
  }
  uint32_t count() const { return count_; }

  // Every entity that has all of T, archetype after archetype, in the order in which they came.
  template <class... T, class Visit>
  void each(Visit&& visit) {
    constexpr Mask kWanted = mask_of<T...>();
    for (const auto& archetype : archetypes_) {
      if ((archetype->mask() & kWanted) == kWanted) archetype->iter<T...>(visit);
    }
  }

  void add_to(Checksum& sum) const;

 private:
  struct Slot {
    Archetype* archetype;  // null: free
    uint32_t row;
    uint32_t generation;
  };

  std::byte* get(Entity entity, Component component);
  Archetype& archetype_of(Mask mask);

  std::vector<std::unique_ptr<Archetype>> archetypes_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  uint32_t count_ = 0;
};

}  // namespace game::ecs
