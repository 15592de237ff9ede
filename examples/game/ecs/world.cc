#include "game/ecs/world.h"

namespace game::ecs {

Archetype& World::archetype_of(Mask mask) {
  for (const auto& archetype : archetypes_) {
    if (archetype->mask() == mask) return *archetype;
  }
  return *archetypes_.emplace_back(std::make_unique<Archetype>(mask));
}

Entity World::spawn(const Bundle& bundle) {
  HONE_SPAN("ECS::World::spawn");
  Entity entity;
  if (free_.empty()) {
    entity = {static_cast<uint32_t>(slots_.size()), 1};
    slots_.push_back({});
  } else {
    entity = {free_.back(), slots_[free_.back()].generation};
    free_.pop_back();
  }
  Archetype& archetype = archetype_of(bundle.mask());
  slots_[entity.index] = {&archetype, archetype.append(entity, bundle), entity.generation};
  ++count_;
  return entity;
}

bool World::despawn(Entity entity) {
  if (entity.index >= slots_.size()) return false;
  Slot& slot = slots_[entity.index];
  if (slot.archetype == nullptr || slot.generation != entity.generation) return false;
  const Entity moved = slot.archetype->remove(slot.row);
  slots_[moved.index].row = slot.row;
  slot = {nullptr, 0, entity.generation + 1};
  free_.push_back(entity.index);
  --count_;
  return true;
}

std::byte* World::get(Entity entity, Component component) {
  HONE_SPAN("ECS::World::get");
  if (entity.index >= slots_.size()) return nullptr;
  const Slot& slot = slots_[entity.index];
  if (slot.archetype == nullptr || slot.generation != entity.generation) return nullptr;
  if ((slot.archetype->mask() & bit(component)) == 0) return nullptr;
  return slot.archetype->at(component, slot.row);
}

void World::add_to(Checksum& sum) const {
  for (const auto& archetype : archetypes_) {
    sum.add(archetype->mask());
    for (const Entity entity : archetype->entities()) sum.add(entity);
    for (size_t i = 0; i < kComponents; ++i) {
      const std::span<const std::byte> bytes = archetype->bytes(static_cast<Component>(i));
      sum.add_bytes(bytes.data(), bytes.size());
    }
  }
}

}  // namespace game::ecs
