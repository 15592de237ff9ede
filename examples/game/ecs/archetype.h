// All entities that are made of the same components, as one column a component: what a system reads
// in a row lies in a row.
//
//   archetype.iter<Transform, Mesh>([](Entity entity, Transform& transform, Mesh& mesh) { ... });
#pragma once

#include <hone/hone.h>

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "game/ecs/component.h"

namespace game::ecs {

struct Entity {
  uint32_t index = ~0U;
  uint32_t generation = 0;  // of the index, which is used again

  bool operator==(const Entity&) const = default;
};

// What an entity is to be made of, before there is one.
class Bundle {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(sizeof value <= kBytesMax);
    mask_ |= bit(T::kId);
    std::memcpy(bytes_[static_cast<size_t>(T::kId)].data(), &value, sizeof value);
  }
  template <class T>
  T take() const {
    T value;
    std::memcpy(&value, bytes_[static_cast<size_t>(T::kId)].data(), sizeof value);
    return value;
  }
  Mask mask() const { return mask_; }
  const std::byte* bytes(Component component) const {
    return bytes_[static_cast<size_t>(component)].data();
  }

 private:
  static constexpr size_t kBytesMax = 64;

  Mask mask_ = 0;
  std::array<std::array<std::byte, kBytesMax>, kComponents> bytes_{};
};

class Archetype {
 public:
  explicit Archetype(Mask mask) : mask_(mask) {}

  Mask mask() const { return mask_; }
  uint32_t rows() const { return static_cast<uint32_t>(entities_.size()); }
  std::span<const Entity> entities() const { return entities_; }

  // The archetype has T. Valid until an entity comes or goes.
  template <class T>
  T* column() {
    return reinterpret_cast<T*>(columns_[static_cast<size_t>(T::kId)].data());
  }
  std::byte* at(Component component, uint32_t row);
  std::span<const std::byte> bytes(Component component) const {
    return columns_[static_cast<size_t>(component)];
  }

  // Calls visit(entity, T&...) for every row. No entity may come or go meanwhile.
  template <class... T, class Visit>
  void iter(Visit&& visit) {
    HONE_SPAN("ECS::Archetype::iter", "rows", rows());
    const uint32_t count = rows();
    for (uint32_t row = 0; row < count; ++row) visit(entities_[row], column<T>()[row]...);
  }

  // The row of the new entity; the bundle has this archetype's components.
  uint32_t append(Entity entity, const Bundle& bundle);
  // The last row takes its place; the entity that was moved, or `entities()[row]` itself.
  Entity remove(uint32_t row);

 private:
  Mask mask_;
  std::vector<Entity> entities_;
  std::array<std::vector<std::byte>, kComponents> columns_;
};

}  // namespace game::ecs
