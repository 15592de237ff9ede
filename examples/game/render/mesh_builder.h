// Meshes out of simple bodies, with everything that any vertex format wants.
//
//   MeshBuilder builder;
//   builder.box({0, 1, 0}, {1, 1, 1}, Surface::kPlanks);
//   Mesh mesh = builder.take();
#pragma once

#include <span>
#include <vector>

#include "game/math.h"
#include "game/render/surfaces.h"

namespace game::render {

struct Vertex {
  Vec3 position;
  Vec3 normal;
  Vec3 tangent;        // along u
  float u = 0, v = 0;  // in tiles of the relief
  Surface surface = Surface::kGround;
  // Of a skinned mesh: the two bones that move it, and the share of the second.
  uint8_t bones[2] = {0, 0};
  float weight = 0;
};

// Triangles, by three indices; counterclockwise seen from outside.
struct Mesh {
  std::vector<Vertex> vertices;
  std::vector<uint16_t> indices;
};

// A ring of a lathe: an ellipse round `center`.
struct Ring {
  Vec3 center;
  float x, z;  // radii
  uint8_t bones[2] = {0, 0};
  float weight = 0;
};

class MeshBuilder {
 public:
  // Four corners, counterclockwise; u along the first edge, v along the last, in metres times
  // `tiles`.
  void quad(const Vec3 (&corners)[4], Surface surface, float tiles);
  void triangle(const Vec3 (&corners)[3], Surface surface, float tiles);
  void box(Vec3 center, Vec3 half, Surface surface, float tiles = 1);
  // The skin over rings from below to above, smooth all round; open at the ends where a ring there
  // is no point (x = 0), unless `closed`.
  void lathe(std::span<const Ring> rings, uint32_t sides, Surface surface, bool closed = false);
  // Everything since vertex `first`: shifted, after a quarter turn that takes y to x.
  void lay_along_x(size_t first, Vec3 to);
  size_t size() const { return mesh_.vertices.size(); }
  Mesh take();

 private:
  uint16_t put(const Vertex& vertex);

  Mesh mesh_;
};

}  // namespace game::render
