#version 450
#extension GL_GOOGLE_include_directive : require
// Depth as a cascade sees it. SKINNED: of figures.
#include "scene.glsl"
#include "lists.glsl"
#include "draw.glsl"
#ifdef SKINNED
#define SKINNED_ACCESS readonly
#include "skinned.glsl"
#else
layout(location = 0) in vec3 position;
#endif

void main() {
  Instance instance =
      instances[listed[first_listed(draw.view, draw.mesh) + uint(gl_InstanceIndex)]];
#ifdef SKINNED
  vec3 position = skinned[instance.figure_step * scene.counts.w + uint(gl_VertexIndex)].position;
#endif
  vec3 place = rotated(instance.rotation, position * instance.scale) + instance.position;
  gl_Position = scene.cascades[draw.view - 1u] * vec4(place, 1);
}
