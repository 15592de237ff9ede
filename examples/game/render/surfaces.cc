#include "game/render/surfaces.h"

namespace game::render {

namespace {

constexpr float layer(Relief relief) {
  return static_cast<float>(relief);
}

}  // namespace

const std::array<SurfaceValues, kSurfaces>& surface_values() {
  static constexpr std::array<SurfaceValues, kSurfaces> kValues = {{
      {{0.15F, 0.21F, 0.075F}, 0.95F, 0, 0, layer(Relief::kGrass), 0},     // ground
      {{0.80F, 0.72F, 0.58F}, 0.9F, 0, 0, layer(Relief::kPlaster), 1},     // wall
      {{0.42F, 0.13F, 0.07F}, 0.75F, 0, 0, layer(Relief::kTiles), 0},      // tiles
      {{0.20F, 0.11F, 0.05F}, 0.85F, 0, 0, layer(Relief::kPlanks), 0},     // timber
      {{0.45F, 0.28F, 0.13F}, 0.8F, 0, 0, layer(Relief::kPlanks), 1},      // planks
      {{0.30F, 0.30F, 0.32F}, 0.45F, 1, 0, layer(Relief::kStone), 0},      // iron
      {{0.42F, 0.40F, 0.37F}, 0.9F, 0, 0, layer(Relief::kStone), 1},       // masonry
      {{1.00F, 0.62F, 0.25F}, 0.5F, 0, 9, layer(Relief::kPlaster), 0},     // lamp
      {{0.90F, 0.90F, 0.90F}, 0.42F, 0.25F, 0, 0, 1},                      // paint
      {{0.03F, 0.04F, 0.05F}, 0.08F, 0, 0, 0, 0},                          // glass
      {{0.03F, 0.03F, 0.03F}, 0.9F, 0, 0, 0, 0},                           // tyre
      {{0.55F, 0.55F, 0.56F}, 0.45F, 1, 0, 0, 0},                          // chrome
      {{0.17F, 0.11F, 0.07F}, 0.95F, 0, 0, 0, 0},                          // bark
      {{0.50F, 0.62F, 0.36F}, 0.85F, 0, 0, 0, 1},                          // leaves
      {{0.72F, 0.45F, 0.32F}, 0.6F, 0, 0, 0, 0},                           // skin
      {{0.95F, 0.95F, 0.95F}, 0.85F, 0, 0, 0, 1},                          // shirt
      {{0.10F, 0.10F, 0.15F}, 0.9F, 0, 0, 0, 0},                           // trousers
      {{0.10F, 0.06F, 0.03F}, 0.7F, 0, 0, 0, 0},                           // hair
      {{1.00F, 0.95F, 0.85F}, 0.3F, 0, 10, 0, 0},                          // headlight
      {{1.00F, 0.60F, 0.22F}, 0.3F, 0, 1.6F, layer(Relief::kPlaster), 0},  // window
      {{0.34F, 0.33F, 0.31F}, 0.95F, 0, 0, layer(Relief::kPlaster), 1}     // rock
  }};
  return kValues;
}

}  // namespace game::render
