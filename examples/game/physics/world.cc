#include "game/physics/world.h"

#include <BulletCollision/CollisionDispatch/btGhostObject.h>
#include <BulletDynamics/Character/btKinematicCharacterController.h>
#include <BulletDynamics/Vehicle/btRaycastVehicle.h>
#include <btBulletDynamicsCommon.h>
#include <hone/hone.h>

#include <vector>

namespace game::physics {

namespace {

constexpr float kGravity = 9.81F;
constexpr float kCharacterRadius = 0.35F, kCharacterHeight = 1.0F, kStepHeight = 0.35F;
constexpr float kChassisMass = 800;
constexpr Vec3 kChassisHalf{0.9F, 0.4F, 1.8F};
constexpr float kWheelRadius = 0.4F, kSuspension = 0.4F;

btVector3 to_bullet(Vec3 v) {
  return {v.x, v.y, v.z};
}
btTransform to_bullet(const Pose& pose) {
  const Quat& q = pose.rotation;
  return btTransform(btQuaternion(q.x, q.y, q.z, q.w), to_bullet(pose.position));
}
Pose from_bullet(const btTransform& transform) {
  const btVector3& p = transform.getOrigin();
  const btQuaternion q = transform.getRotation();
  return {{p.x(), p.y(), p.z()}, {q.x(), q.y(), q.z(), q.w()}};
}

struct RigidBody {
  RigidBody(btCollisionShape* shape, float mass, const Pose& pose) {
    btVector3 inertia(0, 0, 0);
    if (mass > 0) shape->calculateLocalInertia(mass, inertia);
    btRigidBody::btRigidBodyConstructionInfo info(mass, nullptr, shape, inertia);
    info.m_startWorldTransform = to_bullet(pose);
    body = std::make_unique<btRigidBody>(info);
  }
  std::unique_ptr<btRigidBody> body;
};

struct Character {
  std::unique_ptr<btPairCachingGhostObject> ghost;
  std::unique_ptr<btKinematicCharacterController> controller;
  Vec3 velocity;
};

struct Vehicle {
  RigidBody chassis;
  std::unique_ptr<btRaycastVehicle> vehicle;
};

}  // namespace

// In the order in which they are made; they go the other way round.
struct World::Bullet {
  btDefaultCollisionConfiguration configuration;
  btCollisionDispatcher dispatcher{&configuration};
  btDbvtBroadphase broadphase;
  btGhostPairCallback ghost_pairs;
  btSequentialImpulseConstraintSolver solver;
  std::vector<std::pair<Vec3, std::unique_ptr<btBoxShape>>> boxes;
  btCapsuleShape capsule{kCharacterRadius, kCharacterHeight};
  std::vector<RigidBody> bodies;
  std::vector<Character> characters;
  std::vector<Vehicle> vehicles;
  // Last, so that it goes first and takes leave of all the others.
  btDiscreteDynamicsWorld world{&dispatcher, &broadphase, &solver, &configuration};
  btDefaultVehicleRaycaster raycaster{&world};

  Bullet();
  ~Bullet();
  btBoxShape* box(Vec3 half);
  void pipeline(float seconds);
};

World::Bullet::Bullet() {
  broadphase.getOverlappingPairCache()->setInternalGhostPairCallback(&ghost_pairs);
  world.setGravity(btVector3(0, -kGravity, 0));
  // The same order of contacts in every run.
  world.getDispatchInfo().m_deterministicOverlappingPairs = true;
}

World::Bullet::~Bullet() {
  for (const Vehicle& vehicle : vehicles) {
    world.removeVehicle(vehicle.vehicle.get());
    world.removeRigidBody(vehicle.chassis.body.get());
  }
  for (const Character& character : characters) world.removeCollisionObject(character.ghost.get());
  for (const RigidBody& body : bodies) world.removeRigidBody(body.body.get());
}

btBoxShape* World::Bullet::box(Vec3 half) {
  for (const auto& [size, shape] : boxes) {
    if (size.x == half.x && size.y == half.y && size.z == half.z) return shape.get();
  }
  return boxes.emplace_back(half, std::make_unique<btBoxShape>(to_bullet(half))).second.get();
}

// Broad phase, narrow phase, islands and constraints, integration: Bullet's own.
void World::Bullet::pipeline(float seconds) {
  HONE_SPAN("Physics::Bullet::pipeline");
  world.stepSimulation(seconds, 0);
}

World::World() : bullet_(std::make_unique<Bullet>()) {}
World::~World() = default;

uint32_t World::create_rigid_body(const BodyDesc& desc) {
  HONE_SPAN("Physics::RigidBody::create", "mass", desc.mass);
  RigidBody& made = bullet_->bodies.emplace_back(bullet_->box(desc.half), desc.mass, desc.pose);
  bullet_->world.addRigidBody(made.body.get());
  return static_cast<uint32_t>(bullet_->bodies.size() - 1);
}

uint32_t World::create_character(Vec3 position) {
  HONE_SPAN("Physics::Character::create");
  Character made;
  made.ghost = std::make_unique<btPairCachingGhostObject>();
  made.ghost->setCollisionShape(&bullet_->capsule);
  made.ghost->setCollisionFlags(btCollisionObject::CF_CHARACTER_OBJECT);
  made.controller = std::make_unique<btKinematicCharacterController>(
      made.ghost.get(), &bullet_->capsule, kStepHeight, btVector3(0, 1, 0));
  made.controller->setGravity(btVector3(0, -kGravity, 0));
  // Afterwards: a controller begins with z up, and turns its object with it.
  made.ghost->setWorldTransform(to_bullet(Pose{position, {}}));
  const int hits = btBroadphaseProxy::StaticFilter | btBroadphaseProxy::DefaultFilter |
                   btBroadphaseProxy::CharacterFilter;
  bullet_->world.addCollisionObject(made.ghost.get(), btBroadphaseProxy::CharacterFilter, hits);
  bullet_->characters.push_back(std::move(made));
  return static_cast<uint32_t>(bullet_->characters.size() - 1);
}

uint32_t World::create_vehicle(const Pose& pose) {
  HONE_SPAN("Physics::RigidBody::create", "mass", kChassisMass);
  Vehicle made{RigidBody(bullet_->box(kChassisHalf), kChassisMass, pose), nullptr};
  btRigidBody* const chassis = made.chassis.body.get();
  chassis->setActivationState(DISABLE_DEACTIVATION);
  bullet_->world.addRigidBody(chassis);
  btRaycastVehicle::btVehicleTuning tuning;
  tuning.m_suspensionStiffness = 30;
  made.vehicle = std::make_unique<btRaycastVehicle>(tuning, chassis, &bullet_->raycaster);
  made.vehicle->setCoordinateSystem(0, 1, 2);
  for (int wheel = 0; wheel < 4; ++wheel) {
    const bool front = wheel < 2;
    const btVector3 at(wheel % 2 == 0 ? kChassisHalf.x : -kChassisHalf.x, 0,
                       front ? kChassisHalf.z - 0.4F : 0.4F - kChassisHalf.z);
    btWheelInfo& info = made.vehicle->addWheel(at, btVector3(0, -1, 0), btVector3(-1, 0, 0),
                                               kSuspension, kWheelRadius, tuning, front);
    info.m_wheelsDampingRelaxation = 2.3F;
    info.m_wheelsDampingCompression = 4.4F;
    info.m_frictionSlip = 3;
    info.m_rollInfluence = 0.1F;
  }
  bullet_->world.addVehicle(made.vehicle.get());
  bullet_->vehicles.push_back(std::move(made));
  return static_cast<uint32_t>(bullet_->vehicles.size() - 1);
}

void World::walk(uint32_t character, Vec3 velocity) {
  bullet_->characters[character].velocity = velocity;
}

void World::drive(uint32_t vehicle, float engine_newtons, float steering) {
  btRaycastVehicle& driven = *bullet_->vehicles[vehicle].vehicle;
  for (int wheel = 0; wheel < 2; ++wheel) driven.setSteeringValue(steering, wheel);
  for (int wheel = 2; wheel < 4; ++wheel) driven.applyEngineForce(engine_newtons, wheel);
}

void World::push(uint32_t body, Vec3 impulse) {
  btRigidBody& pushed = *bullet_->bodies[body].body;
  pushed.activate();
  pushed.applyCentralImpulse(to_bullet(impulse));
}

void World::move_characters(float seconds) {
  for (Character& character : bullet_->characters) {
    HONE_SPAN("Physics::CharacterController::move");
    character.controller->setWalkDirection(to_bullet(character.velocity * seconds));
    character.controller->preStep(&bullet_->world);
    character.controller->playerStep(&bullet_->world, seconds);
  }
}

void World::step(float seconds) {
  HONE_SPAN("Physics::World::step");
  move_characters(seconds);
  bullet_->pipeline(seconds);
  HONE_PLOT("Physics::rigid_body_count", counts().rigid_bodies);
  HONE_PLOT("Physics::character_count", counts().characters);
  HONE_PLOT("Physics::collider_count", counts().colliders);
}

Pose World::body_pose(uint32_t body) const {
  return from_bullet(bullet_->bodies[body].body->getWorldTransform());
}
Pose World::character_pose(uint32_t character) const {
  return from_bullet(bullet_->characters[character].ghost->getWorldTransform());
}
Pose World::vehicle_pose(uint32_t vehicle) const {
  return from_bullet(bullet_->vehicles[vehicle].vehicle->getChassisWorldTransform());
}

Counts World::counts() const {
  return {static_cast<uint32_t>(bullet_->bodies.size() + bullet_->vehicles.size()),
          static_cast<uint32_t>(bullet_->characters.size()),
          static_cast<uint32_t>(bullet_->world.getNumCollisionObjects())};
}

}  // namespace game::physics
