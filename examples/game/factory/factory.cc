#include "game/factory/factory.h"

#include <hone/hone.h>

#include "game/gameplay/settlement.h"
#include "game/render/mesh_kind.h"

namespace game::factory {

namespace {

// Of 20 entities in a row: 11 villagers, a vehicle, 5 crates, 3 of the scenery.
constexpr std::array<Kind, 20> kKinds = {{
    Kind::kVillager, Kind::kCrate,    Kind::kVillager, Kind::kScenery,  Kind::kVillager,
    Kind::kCrate,    Kind::kVillager, Kind::kVehicle,  Kind::kVillager, Kind::kCrate,
    Kind::kVillager, Kind::kScenery,  Kind::kVillager, Kind::kCrate,    Kind::kVillager,
    Kind::kVillager, Kind::kScenery,  Kind::kVillager, Kind::kCrate,    Kind::kVillager,
}};

// From each waypoint to the next: turned about y from z, by halves of the angle.
constexpr std::array<Quat, 4> kHeadings = {
    {{0, -0.70710678F, 0, 0.70710678F}, {0, 1, 0, 0}, {0, 0.70710678F, 0, 0.70710678F}, {}}};
constexpr Vec3 kHeap{-10, 0, -10};  // of crates, from a village's center

ecs::Mesh mesh_of(render::MeshKind mesh, render::Material material, Vec3 half) {
  return {half, length(half), static_cast<uint32_t>(mesh), static_cast<uint32_t>(material)};
}

}  // namespace

Factory::Factory(ecs::World& world, ecs::Events& events, physics::World& physics,
                 gameplay::Settlement& settlement, uint64_t seed)
    : world_(world), events_(events), physics_(physics), settlement_(settlement), random_(seed) {}

void Factory::prepare_villager(uint32_t village, ecs::Bundle& bundle) {
  const Vec3 center = settlement_.village(village).center;
  const Vec3 at = random_.near(center, 9) + Vec3{0, 1, 0};
  bundle.put(ecs::Transform{{at, {}}});
  bundle.put(ecs::Character{physics_.create_character(at), {}});
  bundle.put(mesh_of(render::MeshKind::kFigure, render::Material::kSkin, {0.4F, 0.9F, 0.4F}));
  ecs::Agent agent{};
  agent.village = village;
  agent.role = static_cast<uint8_t>(random_.below(3));
  agent.goal = static_cast<uint8_t>(ai::Goal::kNone);
  agent.thoughts = static_cast<uint8_t>(random_.below(256));
  agent.hunger = random_.between(0, 0.5F);
  agent.fatigue = random_.between(0, 0.5F);
  agent.wander = random_.near(center, 9);
  bundle.put(agent);
}

void Factory::prepare_vehicle(uint32_t village, ecs::Bundle& bundle) {
  const gameplay::Village& home = settlement_.village(village);
  const auto waypoint = static_cast<uint32_t>(home.vehicles.size() % home.waypoints.size());
  const Pose pose{home.waypoints[waypoint] + Vec3{0, 1.2F, 0}, kHeadings[waypoint]};
  bundle.put(ecs::Transform{pose});
  bundle.put(ecs::Vehicle{physics_.create_vehicle(pose), village,
                          (waypoint + 1) % static_cast<uint32_t>(home.waypoints.size()), 0});
  bundle.put(mesh_of(render::MeshKind::kVehicle, render::Material::kSteel, {0.9F, 0.4F, 1.8F}));
}

void Factory::prepare_box(Kind kind, uint32_t village, ecs::Bundle& bundle) {
  gameplay::Village& home = settlement_.village(village);
  const bool crate = kind == Kind::kCrate;
  const Vec3 half = crate ? Vec3{0.45F, 0.45F, 0.45F} : Vec3{0.5F, 1.5F, 0.5F};
  Vec3 at = crate ? random_.near(home.center + kHeap, 2.5F) : random_.near(home.center, 11);
  at.y = crate ? random_.between(1, 8) : half.y;
  const Pose pose{at, {}};
  const uint32_t body = physics_.create_rigid_body({half, crate ? 20.0F : 0.0F, pose});
  if (crate) home.crates.push_back(body);
  bundle.put(ecs::Transform{pose});
  bundle.put(ecs::Body{body});
  bundle.put(crate ? mesh_of(render::MeshKind::kCrate, render::Material::kWood, half)
                   : mesh_of(render::MeshKind::kLantern, render::Material::kStone, half));
}

ecs::Bundle Factory::prepare_bundle(Kind kind, uint32_t village) {
  HONE_SPAN("Factory::PrepareBundle", "kind", static_cast<uint32_t>(kind));
  ecs::Bundle bundle;
  switch (kind) {
    case Kind::kVillager:
      prepare_villager(village, bundle);
      break;
    case Kind::kVehicle:
      prepare_vehicle(village, bundle);
      break;
    case Kind::kCrate:
    case Kind::kScenery:
      prepare_box(kind, village, bundle);
  }
  return bundle;
}

void Factory::spawn_batch(uint32_t count) {
  HONE_SPAN("Factory::SpawnBatch", "count", count);
  const auto villages = static_cast<uint32_t>(settlement_.villages().size());
  for (uint32_t i = 0; i < count; ++i) {
    const auto turn = static_cast<uint32_t>(made_ / kKinds.size());
    const Kind kind = kKinds[made_ % kKinds.size()];
    const uint32_t village = turn % villages;
    const ecs::Entity entity = world_.spawn(prepare_bundle(kind, village));
    if (kind == Kind::kVehicle) settlement_.village(village).vehicles.push_back(entity);
    events_.send({ecs::EventKind::kSpawned, village, entity});
    ++made_;
  }
}

}  // namespace game::factory
