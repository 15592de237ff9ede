#include "game/render/mesh_builder.h"

#include <algorithm>
#include <utility>

namespace game::render {

namespace {}  // namespace

uint16_t MeshBuilder::put(const Vertex& vertex) {
  mesh_.vertices.push_back(vertex);
  return static_cast<uint16_t>(mesh_.vertices.size() - 1);
}

void MeshBuilder::quad(const Vec3 (&corners)[4], Surface surface, float tiles) {
  const Vec3 along = corners[1] - corners[0], up = corners[3] - corners[0];
  const float u = length(along) * tiles, v = length(up) * tiles;
  const Vec3 normal = normalized(cross(along, up)), tangent = normalized(along);
  const float us[] = {0, u, u, 0}, vs[] = {0, 0, v, v};
  const auto first = static_cast<uint16_t>(size());
  for (size_t i = 0; i < 4; ++i) put({corners[i], normal, tangent, us[i], vs[i], surface});
  for (const int i : {0, 1, 2, 0, 2, 3}) {
    mesh_.indices.push_back(static_cast<uint16_t>(first + i));
  }
}

void MeshBuilder::triangle(const Vec3 (&corners)[3], Surface surface, float tiles) {
  const Vec3 along = corners[1] - corners[0];
  const Vec3 normal = normalized(cross(along, corners[2] - corners[0]));
  const Vec3 tangent = normalized(along), up = cross(normal, tangent);
  for (const Vec3& corner : corners) {
    const Vec3 from = corner - corners[0];
    mesh_.indices.push_back(
        put({corner, normal, tangent, dot(from, tangent) * tiles, dot(from, up) * tiles, surface}));
  }
}

void MeshBuilder::box(Vec3 center, Vec3 half, Surface surface, float tiles) {
  const Vec3 axes[] = {{half.x, 0, 0}, {0, half.y, 0}, {0, 0, half.z}};
  // Of each side: outwards, along, up.
  constexpr int kSides[6][3] = {{0, 2, 1}, {0, 2, 1}, {1, 0, 2}, {1, 0, 2}, {2, 0, 1}, {2, 0, 1}};
  for (int side = 0; side < 6; ++side) {
    const Vec3 out = axes[kSides[side][0]] * (side % 2 == 0 ? 1.0F : -1.0F);
    Vec3 along = axes[kSides[side][1]];
    const Vec3 up = axes[kSides[side][2]];
    if (dot(cross(along, up), out) < 0) along = along * -1;
    const Vec3 at = center + out;
    quad({at - along - up, at + along - up, at + along + up, at - along + up}, surface, tiles);
  }
}

void MeshBuilder::lathe(std::span<const Ring> rings, uint32_t sides, Surface surface, bool closed) {
  const auto first = static_cast<uint32_t>(size());
  for (size_t i = 0; i < rings.size(); ++i) {
    const Ring& ring = rings[i];
    const Ring& below = rings[i == 0 ? 0 : i - 1];
    const Ring& above = rings[i + 1 == rings.size() ? i : i + 1];
    const float rise = std::max(length(above.center - below.center), 1e-4F);
    const float slope = (below.x - above.x) / rise;
    for (uint32_t k = 0; k < sides; ++k) {
      const float angle = kTurn * static_cast<float>(k) / static_cast<float>(sides);
      const float sine = std::sin(angle), cosine = std::cos(angle);
      Vertex vertex;
      vertex.position = ring.center + Vec3{cosine * ring.x, 0, sine * ring.z};
      vertex.normal = normalized({cosine, slope, sine});
      vertex.tangent = {-sine, 0, cosine};
      vertex.u = static_cast<float>(k);
      vertex.v = ring.center.y;
      vertex.surface = surface;
      std::copy_n(ring.bones, 2, vertex.bones);
      vertex.weight = ring.weight;
      put(vertex);
    }
  }
  const auto corner = [&](size_t ring, uint32_t side) {
    const size_t index = first + ring * sides + side % sides;
    mesh_.indices.push_back(static_cast<uint16_t>(index));
  };
  const auto face = [&](size_t a, uint32_t i, size_t b, uint32_t j, size_t c, uint32_t k) {
    corner(a, i);
    corner(b, j);
    corner(c, k);
  };
  for (size_t ring = 0; ring + 1 < rings.size(); ++ring) {
    for (uint32_t k = 0; k < sides; ++k) {
      if (rings[ring].x > 0) face(ring, k, ring + 1, k, ring, k + 1);
      if (rings[ring + 1].x > 0) face(ring, k + 1, ring + 1, k, ring + 1, k + 1);
    }
  }
  if (!closed) return;
  for (uint32_t k = 1; k + 1 < sides; ++k) {
    face(0, 0, 0, k, 0, k + 1);
    face(rings.size() - 1, 0, rings.size() - 1, k + 1, rings.size() - 1, k);
  }
}

void MeshBuilder::lay_along_x(size_t first, Vec3 to) {
  for (size_t i = first; i < size(); ++i) {
    Vertex& vertex = mesh_.vertices[i];
    const auto turned = [](Vec3 v) { return Vec3{v.y, -v.x, v.z}; };
    vertex.position = turned(vertex.position) + to;
    vertex.normal = turned(vertex.normal);
    vertex.tangent = turned(vertex.tangent);
  }
}

Mesh MeshBuilder::take() {
  return std::exchange(mesh_, {});
}

}  // namespace game::render
