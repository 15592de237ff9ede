// What things are made of: how each surface takes light, and which relief it has. A vertex names
// its surface by number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace game::render {

enum class Surface : uint32_t {
  kGround,
  kWall,
  kTiles,
  kTimber,
  kPlanks,
  kIron,
  kMasonry,
  kLamp,
  kPaint,
  kGlass,
  kTyre,
  kChrome,
  kBark,
  kLeaves,
  kSkin,
  kShirt,
  kTrousers,
  kHair,
  kHeadlight,
  kWindow,
  kRock,
};
inline constexpr size_t kSurfaces = 21;

// Layers of the relief that meshes with tangents have (textures.h).
enum class Relief : uint32_t { kGrass, kPlaster, kTiles, kPlanks, kStone };
inline constexpr size_t kReliefs = 5;

// As shaders read it.
struct SurfaceValues {
  float color[3];   // linear; times the instance's tint where that counts
  float roughness;  // 0: a mirror
  float metallic;   // 0 or 1
  float glow;       // times the color, added to what it reflects
  float relief;     // the layer
  float tinted;     // 1: the tint counts
};

const std::array<SurfaceValues, kSurfaces>& surface_values();

}  // namespace game::render
