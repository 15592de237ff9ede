#include "game/render/instances.h"

#include <hone/hone.h>

#include <algorithm>
#include <cstring>

#include "game/ecs/world.h"

namespace game::render {

namespace {

constexpr float kColors[kMaterials][4] = {
    {0.9F, 0.7F, 0.5F, 1}, {0.6F, 0.65F, 0.7F, 1}, {0.6F, 0.4F, 0.2F, 1}, {0.5F, 0.5F, 0.5F, 1}};

bool is_visible(const Instance& instance, const Frustum& frustum) {
  for (const Plane& plane : frustum) {
    if (dot(plane.normal, instance.pose.position) + plane.distance < -instance.radius) return false;
  }
  return true;
}

GpuInstance packed(const Instance& instance) {
  const Vec3 x = rotate(instance.pose.rotation, {instance.half.x, 0, 0});
  const Vec3 y = rotate(instance.pose.rotation, {0, instance.half.y, 0});
  const Vec3 z = rotate(instance.pose.rotation, {0, 0, instance.half.z});
  const Vec3 at = instance.pose.position;
  GpuInstance out{{{x.x, y.x, z.x, at.x}, {x.y, y.y, z.y, at.y}, {x.z, y.z, z.z, at.z}}, {}};
  std::copy_n(kColors[instance.material % kMaterials], 4, out.color);
  return out;
}

}  // namespace

void extract_instances(ecs::World& world, std::vector<Instance>& instances) {
  HONE_SPAN("Render::ExtractInstances");
  world.each<ecs::Transform, ecs::Mesh>(
      [&](ecs::Entity, const ecs::Transform& transform, const ecs::Mesh& mesh) {
        instances.push_back({transform.pose, mesh.half, mesh.radius, mesh.mesh, mesh.material});
      });
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
  // The order among equals is kept, so that it is the same in every run.
  const auto key = [&](uint32_t i) {
    return instances[i].mesh * uint32_t{kMaterials} + instances[i].material;
  };
  std::stable_sort(visible.begin(), visible.end(),
                   [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  for (uint32_t i = 0; i < visible.size(); ++i) {
    if (i == 0 || key(visible[i]) != key(visible[i - 1])) {
      draws.push_back({instances[visible[i]].mesh, i, 0});
    }
    ++draws.back().count;
  }
}

size_t write_instances(std::span<const Instance> instances, std::span<const uint32_t> visible,
                       std::span<std::byte> to) {
  const size_t count = std::min(visible.size(), to.size() / sizeof(GpuInstance));
  HONE_SPAN("Render::BufferWrite::Instances", "bytes", count * sizeof(GpuInstance));
  for (size_t i = 0; i < count; ++i) {
    const GpuInstance out = packed(instances[visible[i]]);
    std::memcpy(to.data() + i * sizeof out, &out, sizeof out);
  }
  return count * sizeof(GpuInstance);
}

}  // namespace game::render
