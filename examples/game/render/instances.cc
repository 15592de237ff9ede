#include "game/render/instances.h"

#include <hone/hone.h>

#include <algorithm>
#include <cstring>

#include "game/ecs/world.h"

namespace game::render {

namespace {

constexpr float kTurning = 0.12F;  // of the way to the new direction, a frame
// Their shadows end where the first cascade does: the second needs none of nearer ones
// (shaders/cull.comp).
constexpr float kFarFigure = 21;
constexpr float kLanternReach = 9, kHeadlightReach = 10;
constexpr Vec3 kLanternAt{0, 1.25F, 0}, kHeadlightAt{0, 0.1F, 2.6F};  // in the mesh
constexpr Vec3 kLanternColor{11, 6.0F, 2.2F}, kHeadlightColor{7, 7, 8};

// The tints that things of a kind come in.
constexpr uint32_t kShirts[] = {0x3038a8, 0x8c5a2a, 0x3c7a4a, 0x2a9ac0, 0x8a3c6a, 0xb0b4b8};
constexpr uint32_t kPaints[] = {0x2830b8, 0xa86020, 0x30a0d8, 0x4c8038, 0xd0d4d8};

// Numbers that are far apart for neighbours.
uint32_t scattered(uint32_t index) {
  return index * 2654435761U >> 8;
}

uint32_t tint_of(uint32_t mesh, uint32_t index) {
  const uint32_t dice = scattered(index);
  if (mesh == static_cast<uint32_t>(MeshKind::kFigure)) return kShirts[dice % std::size(kShirts)];
  if (mesh == static_cast<uint32_t>(MeshKind::kVehicle)) return kPaints[dice % std::size(kPaints)];
  const uint32_t grey = 0xc8 + dice % 0x38;
  return grey | grey << 8 | grey << 16;
}

bool is_visible(const Instance& instance, const Frustum& frustum) {
  for (const Plane& plane : frustum) {
    if (dot(plane.normal, instance.pose.position) + plane.distance < -instance.radius) return false;
  }
  return true;
}

GpuInstance packed(const Instance& instance) {
  const auto& [at, turn] = instance.pose;
  return {{at.x, at.y, at.z}, instance.scale, {turn.x, turn.y, turn.z, turn.w},
          instance.tint,      instance.mesh,  instance.step,
          instance.radius};
}

void add_lamp(uint32_t mesh, const Pose& pose, std::vector<Light>& lights) {
  const auto put = [&](Vec3 at, float reach, Vec3 color) {
    lights.push_back({pose.position + rotate(pose.rotation, at), reach, color});
  };
  if (mesh == static_cast<uint32_t>(MeshKind::kLantern)) {
    put(kLanternAt, kLanternReach, kLanternColor);
  } else if (mesh == static_cast<uint32_t>(MeshKind::kVehicle)) {
    put(kHeadlightAt, kHeadlightReach, kHeadlightColor);
  }
}

}  // namespace

Quat Extraction::turn(uint32_t entity, Vec3 walk) {
  if (entity >= headings_.size()) headings_.resize(entity + 1, Vec3{0, 0, 1});
  Vec3& heading = headings_[entity];
  const Vec3 wanted = towards({}, walk);
  const Vec3 turned = heading + (wanted - heading) * kTurning;
  // Half a turn goes through nothing: it is taken in one frame.
  if (length(wanted) > 0) heading = length(turned) > 0.1F ? normalized(turned) : wanted;
  const float half_sine = std::sqrt(std::max(0.0F, (1 - heading.z) / 2));
  return {0, heading.x < 0 ? -half_sine : half_sine, 0,
          std::sqrt(std::max(0.0F, (1 + heading.z) / 2))};
}

void Extraction::extract_instances(ecs::World& world, Vec3 eye, std::vector<Instance>& instances,
                                   std::vector<Light>& lights) {
  HONE_SPAN("Render::ExtractInstances");
  world.each<ecs::Transform, ecs::Mesh>(
      [&](ecs::Entity entity, const ecs::Transform& transform, const ecs::Mesh& mesh) {
        if (mesh.mesh == static_cast<uint32_t>(MeshKind::kFigure)) return;
        instances.push_back(
            {transform.pose, 1, mesh.radius, mesh.mesh, tint_of(mesh.mesh, entity.index), 0});
        add_lamp(mesh.mesh, transform.pose, lights);
      });
  const auto add_figure = [&](ecs::Entity entity, const ecs::Transform& transform,
                              const ecs::Mesh& mesh, const ecs::Character& character) {
    const bool walks = length(character.walk) > 0.1F;
    const uint32_t dice = scattered(entity.index);
    const uint32_t step = walks ? dice % kWalkSteps : kWalkSteps + dice % kIdleSteps;
    const Pose pose{transform.pose.position, turn(entity.index, character.walk)};
    const bool far = length(pose.position - eye) > kFarFigure;
    const auto drawn = static_cast<uint32_t>(far ? MeshKind::kFarFigure : MeshKind::kFigure);
    instances.push_back({pose, 1, mesh.radius, drawn, tint_of(mesh.mesh, entity.index), step});
  };
  world.each<ecs::Transform, ecs::Mesh, ecs::Character>(add_figure);
}

void frustum_cull(std::span<const Instance> instances, const Frustum& frustum,
                  std::vector<uint32_t>& visible) {
  HONE_SPAN("Render::FrustumCull", "count", instances.size());
  for (uint32_t i = 0; i < instances.size(); ++i) {
    if (is_visible(instances[i], frustum)) visible.push_back(i);
  }
}

void batch(std::span<const Instance> instances, std::vector<uint32_t>& visible,
           std::vector<Draw>& draws) {
  HONE_SPAN("Render::Batch", "count", visible.size());
  const auto mesh = [&](uint32_t i) { return instances[i].mesh; };
  // The order among equals is kept, so that it is the same in every run.
  std::stable_sort(visible.begin(), visible.end(),
                   [&](uint32_t a, uint32_t b) { return mesh(a) < mesh(b); });
  for (uint32_t i = 0; i < visible.size(); ++i) {
    if (i == 0 || mesh(visible[i]) != mesh(visible[i - 1])) {
      draws.push_back({mesh(visible[i]), i, 0});
    }
    ++draws.back().count;
  }
}

size_t write_instances(std::span<const Instance> instances, std::span<const uint32_t> order,
                       std::span<std::byte> to) {
  const size_t count = std::min(order.size(), to.size() / sizeof(GpuInstance));
  HONE_SPAN("Render::BufferWrite::Instances", "bytes", count * sizeof(GpuInstance));
  for (size_t i = 0; i < count; ++i) {
    const GpuInstance out = packed(instances[order[i]]);
    std::memcpy(to.data() + i * sizeof out, &out, sizeof out);
  }
  return count * sizeof(GpuInstance);
}

}  // namespace game::render
