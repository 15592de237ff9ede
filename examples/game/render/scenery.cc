#include "game/render/scenery.h"

#include "game/random.h"

namespace game::render {

namespace {

constexpr uint64_t kSeed = 20;  // the same scenery for every game of a size
constexpr float kHouseAt = 11.6F;
constexpr uint32_t kTreesOfVillage = 14, kRocksOfVillage = 5, kTreesOutside = 260;
constexpr float kTreeRadius = 3.4F, kHouseRadius = 3.6F, kRockRadius = 1.2F;

Quat turned(float angle) {
  return {0, std::sin(angle / 2), 0, std::cos(angle / 2)};
}

class Scenery {
 public:
  explicit Scenery(std::vector<Instance>& out) : out_(out) {}

  void put(MeshKind mesh, Vec3 at, float angle, float scale, float radius, uint32_t tint) {
    out_.push_back(
        {{at, turned(angle)}, scale, radius * scale, static_cast<uint32_t>(mesh), tint, 0});
  }
  void tree(Vec3 at) {
    constexpr uint32_t kLeaves[] = {0x58a070, 0x409060, 0x50b0a0, 0x48a888, 0x60b8c8};
    const float scale = random_.between(0.7F, 1.5F);
    put(MeshKind::kTree, at + Vec3{0, 3 * scale, 0}, random_.between(0, kTurn), scale, kTreeRadius,
        kLeaves[random_.below(std::size(kLeaves))]);
  }
  void village(Vec3 center);
  void outside(float reach);

 private:
  std::vector<Instance>& out_;
  Random random_{kSeed};
};

// Houses in the directions of the places at the square; none where the ways to the forest and the
// mine go. Trees beyond the road, more of them at the forest; rocks at the mine.
void Scenery::village(Vec3 center) {
  constexpr Vec3 kHouses[] = {{1, 0, 0}, {-1, 0, 0}, {-0.42F, 0, -0.91F}, {0.5F, 0, -0.866F}};
  constexpr Vec3 kForest{8.5F, 0, 18.5F}, kMine{-9, 0, 18.5F};
  constexpr uint32_t kWalls[] = {0xd8e8f0, 0xc0d4e8, 0xb8c8d8, 0xa8c0e0};
  for (const Vec3& way : kHouses) {
    const float angle = std::atan2(-way.x, -way.z);  // the door is towards the square
    put(MeshKind::kHouse, center + way * kHouseAt, angle, random_.between(0.92F, 1.05F),
        kHouseRadius, kWalls[random_.below(std::size(kWalls))]);
  }
  for (uint32_t i = 0; i < kTreesOfVillage; ++i) {
    if (i % 2 == 0) {
      tree(random_.near(center + kForest, 2.6F));
      continue;
    }
    const float along = random_.between(-20, 20), across = random_.between(18.5F, 21.5F);
    const float side = random_.below(2) == 0 ? -across : across;
    tree(center + (random_.below(2) == 0 ? Vec3{along, 0, side} : Vec3{side, 0, along}));
  }
  for (uint32_t i = 0; i < kRocksOfVillage; ++i) {
    put(MeshKind::kRock, random_.near(center + kMine, 2.8F), random_.between(0, kTurn),
        random_.between(0.5F, 1.5F), kRockRadius, 0xb0b4b8);
  }
}

// A wood all round, denser near the villages.
void Scenery::outside(float reach) {
  for (uint32_t i = 0; i < kTreesOutside; ++i) {
    const float angle = random_.between(0, kTurn), away = random_.between(0, 1);
    const float distance = reach * 1.45F + 4 + away * away * 90;
    tree({std::cos(angle) * distance, 0, std::sin(angle) * distance});
  }
}

}  // namespace

Land land_of(std::span<const Vec3> villages, float reach) {
  Land out;
  out.reach = reach;
  out.columns = static_cast<uint32_t>(2 * reach / kVillageSide + 0.5F);
  out.villages = static_cast<uint32_t>(villages.size());
  for (const Vec3& center : villages) {
    out.middle = out.middle + center * (1 / static_cast<float>(villages.size()));
  }
  return out;
}

std::vector<Instance> make_scenery(std::span<const Vec3> villages, float reach) {
  std::vector<Instance> out;
  Scenery scenery(out);
  // Its mesh goes from -1 to 1.
  scenery.put(MeshKind::kGround, {}, 0, reach + kSurroundings, 1.5F, 0xffffff);
  for (const Vec3& center : villages) scenery.village(center);
  scenery.outside(reach);
  return out;
}

}  // namespace game::render
