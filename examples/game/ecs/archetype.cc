#include "game/ecs/archetype.h"

namespace game::ecs {

namespace {

constexpr std::array<size_t, kComponents> kBytes = {sizeof(Transform), sizeof(Mesh),
                                                    sizeof(Body),      sizeof(Character),
                                                    sizeof(Vehicle),   sizeof(Agent)};

}  // namespace

std::byte* Archetype::at(Component component, uint32_t row) {
  const auto index = static_cast<size_t>(component);
  return columns_[index].data() + row * kBytes[index];
}

uint32_t Archetype::append(Entity entity, const Bundle& bundle) {
  for (size_t i = 0; i < kComponents; ++i) {
    const auto component = static_cast<Component>(i);
    if ((mask_ & bit(component)) == 0) continue;
    const std::byte* const from = bundle.bytes(component);
    columns_[i].insert(columns_[i].end(), from, from + kBytes[i]);
  }
  entities_.push_back(entity);
  return rows() - 1;
}

Entity Archetype::remove(uint32_t row) {
  const uint32_t last = rows() - 1;
  for (size_t i = 0; i < kComponents; ++i) {
    const auto component = static_cast<Component>(i);
    if ((mask_ & bit(component)) == 0) continue;
    if (row != last) std::memcpy(at(component, row), at(component, last), kBytes[i]);
    columns_[i].resize(last * kBytes[i]);
  }
  const Entity moved = entities_[last];
  entities_[row] = moved;
  entities_.pop_back();
  return moved;
}

}  // namespace game::ecs
