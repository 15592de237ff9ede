// From intents to the physics, and back from there to transforms.
#include <hone/hone.h>

#include <algorithm>
#include <cmath>

#include "game/gameplay/systems.h"

namespace game::gameplay {

namespace {

constexpr float kEngineNewtons = 1200, kSteeringMax = 0.45F, kVehicleSpeed = 7;
constexpr float kWaypointReached = 4;  // metres
constexpr Vec3 kPush{14, 60, 10};      // newton seconds, on a crate of 20 kg
constexpr uint32_t kToolsWantedMax = 4;

// The angle about y by which `from` has to be turned to point along `to`.
float angle_between(Vec3 from, Vec3 to) {
  return std::atan2(cross(from, to).y, dot(from, to));
}

class IntentSystem : public ecs::System {
 public:
  explicit IntentSystem(const State& state) : state_(state) {}

  void run(const ecs::Frame&) override {
    for (const ecs::Event& event : state_.events.read()) {
      if (event.kind == ecs::EventKind::kDelivered) delivered(event);
    }
    state_.world.each<ecs::Character>([&](ecs::Entity, const ecs::Character& character) {
      state_.physics.walk(character.character, character.walk);
    });
    state_.world.each<ecs::Vehicle, ecs::Transform>(
        [&](ecs::Entity, ecs::Vehicle& vehicle, const ecs::Transform& transform) {
          drive(vehicle, transform.pose);
        });
  }

 private:
  // What is delivered is thrown onto the heap; and the next tool is wanted more.
  void delivered(const ecs::Event& event) {
    Village& village = state_.settlement.village(event.village);
    village.tools_wanted = (village.tools_wanted + 1) % (kToolsWantedMax + 1);
    if (village.crates.empty()) return;
    state_.physics.push(village.crates[event.entity.index % village.crates.size()], kPush);
  }

  void drive(ecs::Vehicle& vehicle, const Pose& pose) {
    const auto& waypoints = state_.settlement.village(vehicle.village).waypoints;
    if (ground_distance(pose.position, waypoints[vehicle.waypoint]) < kWaypointReached) {
      vehicle.waypoint = (vehicle.waypoint + 1) % static_cast<uint32_t>(waypoints.size());
    }
    const Vec3 heading = rotate(pose.rotation, {0, 0, 1});
    const float turn = angle_between(heading, towards(pose.position, waypoints[vehicle.waypoint]));
    const float engine = vehicle.speed < kVehicleSpeed ? kEngineNewtons : 0;
    state_.physics.drive(vehicle.vehicle, engine, std::clamp(turn, -kSteeringMax, kSteeringMax));
  }

  State state_;
};

class SimulateSystem : public ecs::System {
 public:
  explicit SimulateSystem(const State& state) : state_(state) {}
  void run(const ecs::Frame& frame) override { state_.tick.begin(frame.number, frame.seconds); }

 private:
  State state_;
};

class SyncSystem : public ecs::System {
 public:
  explicit SyncSystem(const State& state) : state_(state) {}
  void run(const ecs::Frame& frame) override {
    state_.tick.finish();
    sync_transforms(state_.world, state_.physics, frame.seconds);
  }

 private:
  State state_;
};

}  // namespace

uint32_t sync_transforms(ecs::World& world, const physics::World& physics, float seconds) {
  HONE_SPAN("Gameplay::SyncTransforms", "count",
            physics.counts().rigid_bodies + physics.counts().characters);
  uint32_t count = 0;
  world.each<ecs::Body, ecs::Transform>(
      [&](ecs::Entity, const ecs::Body& body, ecs::Transform& transform) {
        transform.pose = physics.body_pose(body.body);
        ++count;
      });
  world.each<ecs::Character, ecs::Transform>(
      [&](ecs::Entity, const ecs::Character& character, ecs::Transform& transform) {
        transform.pose = physics.character_pose(character.character);
        ++count;
      });
  world.each<ecs::Vehicle, ecs::Transform>(
      [&](ecs::Entity, ecs::Vehicle& vehicle, ecs::Transform& transform) {
        const Pose pose = physics.vehicle_pose(vehicle.vehicle);
        vehicle.speed = length(pose.position - transform.pose.position) / seconds;
        transform.pose = pose;
        ++count;
      });
  return count;
}

std::unique_ptr<ecs::System> make_intent_system(const State& state) {
  return std::make_unique<IntentSystem>(state);
}
std::unique_ptr<ecs::System> make_simulate_system(const State& state) {
  return std::make_unique<SimulateSystem>(state);
}
std::unique_ptr<ecs::System> make_sync_system(const State& state) {
  return std::make_unique<SyncSystem>(state);
}

}  // namespace game::gameplay
