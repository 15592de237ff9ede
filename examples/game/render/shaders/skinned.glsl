// Figures as the skinning pass leaves them: all vertices of the first pose, of the second, ...
struct Skinned {
  vec3 position;
  uint surface;
  vec3 normal;
  float unused;
};
layout(set = 0, binding = 8, std430) SKINNED_ACCESS buffer SkinnedVertices { Skinned skinned[]; };
