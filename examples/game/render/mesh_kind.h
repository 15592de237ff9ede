// What there are meshes of, and what colours things.
#pragma once

#include <cstddef>
#include <cstdint>

namespace game::render {

// The first ones are of the game's entities, the others of the scenery round them.
enum class MeshKind : uint32_t {
  kCrate,
  kLantern,
  kVehicle,
  kFigure,
  kFarFigure,  // of fewer triangles
  kGround,
  kHouse,
  kTree,
  kRock,
};
inline constexpr size_t kMeshKinds = 9;

enum class Material : uint32_t { kSkin, kSteel, kWood, kStone };
inline constexpr size_t kMaterials = 4;

// Whether a mesh has bones.
constexpr bool is_figure(MeshKind kind) {
  return kind == MeshKind::kFigure || kind == MeshKind::kFarFigure;
}
// Whether a mesh has tangents, texture coordinates and a relief.
constexpr bool is_full(MeshKind kind) {
  return kind != MeshKind::kVehicle && kind != MeshKind::kTree && !is_figure(kind);
}

// Figures are in one of so many poses: steps of a walk, then of standing about.
inline constexpr uint32_t kWalkSteps = 24, kIdleSteps = 8;
inline constexpr uint32_t kFigureSteps = kWalkSteps + kIdleSteps;

}  // namespace game::render
