#include "game/render/meshes.h"

#include "game/render/figure.h"

namespace game::render {

namespace {

Mesh make_ground() {
  MeshBuilder builder;
  // The instance makes it as large as the land; the relief goes by place.
  builder.quad({{-1, 0, 1}, {1, 0, 1}, {1, 0, -1}, {-1, 0, -1}}, Surface::kGround, 1);
  return builder.take();
}

// Planks between two frames.
Mesh make_crate() {
  MeshBuilder builder;
  builder.box({}, {0.42F, 0.42F, 0.42F}, Surface::kPlanks);
  constexpr float kOut = 0.4F, kThick = 0.05F;
  for (const float side : {-kOut, kOut}) {
    builder.box({0, side, 0}, {0.45F, kThick, 0.45F}, Surface::kTimber);
  }
  return builder.take();
}

// A pillar of stone with a lamp in an iron cage.
Mesh make_lantern() {
  MeshBuilder builder;
  builder.box({0, -1.3F, 0}, {0.5F, 0.2F, 0.5F}, Surface::kMasonry, 0.7F);
  builder.box({0, -0.2F, 0}, {0.28F, 0.9F, 0.28F}, Surface::kMasonry, 0.7F);
  builder.box({0, 0.78F, 0}, {0.4F, 0.08F, 0.4F}, Surface::kMasonry, 0.7F);
  builder.box({0, 1.08F, 0}, {0.2F, 0.22F, 0.2F}, Surface::kLamp);
  builder.box({0, 1.36F, 0}, {0.34F, 0.06F, 0.34F}, Surface::kIron);
  return builder.take();
}

void add_wheel(MeshBuilder& builder, Vec3 at) {
  constexpr float kRadius = 0.4F, kHalf = 0.13F;
  const size_t first = builder.size();
  const Ring tyre[] = {{{0, -kHalf, 0}, kRadius * 0.9F, kRadius * 0.9F},
                       {{0, 0, 0}, kRadius, kRadius},
                       {{0, kHalf, 0}, kRadius * 0.9F, kRadius * 0.9F}};
  builder.lathe(tyre, 8, Surface::kTyre, true);
  const float hub = at.x < 0 ? -kHalf - 0.01F : kHalf + 0.01F;
  const Ring rim[] = {{{0, hub - 0.02F, 0}, 0.2F, 0.2F}, {{0, hub + 0.02F, 0}, 0.18F, 0.18F}};
  builder.lathe(rim, 5, Surface::kChrome, true);
  builder.lay_along_x(first, at);
}

// A small lorry: a cab, a bed with boards.
Mesh make_vehicle() {
  MeshBuilder builder;
  builder.box({0, -0.2F, 0}, {0.62F, 0.12F, 1.75F}, Surface::kTyre);
  builder.box({0, 0.08F, 1.25F}, {0.86F, 0.24F, 0.55F}, Surface::kPaint);
  builder.box({0, 0.5F, 0.75F}, {0.84F, 0.36F, 0.5F}, Surface::kPaint);
  builder.quad({{-0.76F, 0.36F, 1.26F},
                {0.76F, 0.36F, 1.26F},
                {0.76F, 0.8F, 1.255F},
                {-0.76F, 0.8F, 1.255F}},
               Surface::kGlass, 1);
  for (const float side : {-1.0F, 1.0F}) {
    builder.box({side * 0.845F, 0.58F, 0.8F}, {0.01F, 0.2F, 0.32F}, Surface::kGlass);
    builder.box({side * 0.6F, 0.08F, 1.8F}, {0.16F, 0.09F, 0.02F}, Surface::kHeadlight);
    builder.box({side * 0.84F, 0.2F, -0.75F}, {0.05F, 0.24F, 1.0F}, Surface::kPaint);
  }
  builder.box({0, 0, -0.75F}, {0.86F, 0.06F, 1.03F}, Surface::kBark);
  builder.box({0, 0.2F, -1.72F}, {0.84F, 0.24F, 0.05F}, Surface::kPaint);
  builder.box({0, -0.16F, 1.82F}, {0.8F, 0.07F, 0.05F}, Surface::kChrome);
  for (const float x : {-0.8F, 0.8F}) {
    for (const float z : {-1.2F, 1.2F}) add_wheel(builder, {x, -0.3F, z});
  }
  return builder.take();
}

// Four walls with timber at the corners, a door and two windows in front, a gabled roof.
Mesh make_house() {
  constexpr float kX = 1.9F, kZ = 1.7F, kEaves = 2.3F, kRidge = 3.9F, kOver = 0.35F;
  MeshBuilder builder;
  builder.box({0, kEaves / 2, 0}, {kX, kEaves / 2, kZ}, Surface::kWall, 0.6F);
  for (const float x : {-kX, kX}) {
    for (const float z : {-kZ, kZ}) {
      builder.box({x, kEaves / 2, z}, {0.1F, kEaves / 2, 0.1F}, Surface::kTimber);
    }
  }
  builder.box({0, 0.9F, kZ}, {0.42F, 0.9F, 0.04F}, Surface::kPlanks);
  for (const float x : {-1.15F, 1.15F}) {
    builder.box({x, 1.35F, kZ}, {0.34F, 0.36F, 0.05F}, Surface::kTimber);
    builder.box({x, 1.35F, kZ + 0.02F}, {0.27F, 0.29F, 0.05F}, Surface::kWindow);
  }
  for (const float x : {-kX, kX}) {
    const float front = x > 0 ? kZ : -kZ;
    builder.triangle({{x, kEaves, front}, {x, kEaves, -front}, {x, kRidge, 0}}, Surface::kWall,
                     0.6F);
  }
  const float x = kX + kOver, z = kZ + kOver;
  const float low = kEaves - kOver * (kRidge - kEaves) / kZ;
  for (const float side : {-1.0F, 1.0F}) {
    const Vec3 a{-x * side, low, z * side}, b{x * side, low, z * side};
    const Vec3 c{x * side, kRidge, 0}, d{-x * side, kRidge, 0};
    builder.quad({a, b, c, d}, Surface::kTiles, 0.7F);
    // Seen from below, where it stands out.
    const Vec3 down{0, -0.12F, 0};
    builder.quad({d + down, c + down, b + down, a + down}, Surface::kTimber, 1);
    builder.quad({a + down, b + down, b, a}, Surface::kTimber, 1);
  }
  for (const float end : {-1.0F, 1.0F}) {
    for (const float side : {-1.0F, 1.0F}) {
      const Vec3 a{x * end, low, z * side}, d{x * end, kRidge, 0}, down{0, -0.12F, 0};
      if (end * side > 0) {
        builder.quad({a + down, d + down, d, a}, Surface::kTimber, 1);
      } else {
        builder.quad({d + down, a + down, a, d}, Surface::kTimber, 1);
      }
    }
  }
  builder.box({-1.0F, 3.4F, -0.6F}, {0.25F, 0.75F, 0.25F}, Surface::kMasonry, 0.8F);
  return builder.take();
}

// Its middle is 3 m above the ground.
Mesh make_tree() {
  MeshBuilder builder;
  const Ring trunk[] = {{{0, -3, 0}, 0.24F, 0.24F}, {{0, -1, 0}, 0.15F, 0.15F}};
  builder.lathe(trunk, 4, Surface::kBark);
  const auto cone = [&](float low, float high, float radius) {
    const Ring rings[] = {
        {{0, low + 0.35F, 0}, 0, 0}, {{0, low, 0}, radius, radius}, {{0, high, 0}, 0, 0}};
    builder.lathe(rings, 6, Surface::kLeaves);
  };
  cone(-2.0F, 0.6F, 1.55F);
  cone(-0.6F, 1.8F, 1.2F);
  cone(0.7F, 3.0F, 0.8F);
  return builder.take();
}

Mesh make_rock() {
  MeshBuilder builder;
  const Ring rings[] = {{{0, -0.4F, 0}, 1.0F, 0.8F},
                        {{0.05F, 0.1F, 0}, 1.05F, 0.9F},
                        {{-0.1F, 0.55F, 0.1F}, 0.7F, 0.6F},
                        {{-0.1F, 0.75F, 0.1F}, 0.25F, 0.3F}};
  builder.lathe(rings, 7, Surface::kRock, true);
  return builder.take();
}

}  // namespace

Mesh make_mesh(MeshKind kind) {
  switch (kind) {
    case MeshKind::kCrate:
      return make_crate();
    case MeshKind::kLantern:
      return make_lantern();
    case MeshKind::kVehicle:
      return make_vehicle();
    case MeshKind::kFigure:
      return make_figure();
    case MeshKind::kFarFigure:
      return make_far_figure();
    case MeshKind::kGround:
      return make_ground();
    case MeshKind::kHouse:
      return make_house();
    case MeshKind::kTree:
      return make_tree();
    case MeshKind::kRock:
      return make_rock();
  }
  return {};
}

}  // namespace game::render
