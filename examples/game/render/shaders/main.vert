#version 450
#extension GL_GOOGLE_include_directive : require
// An instance of a mesh. FULL: with tangents and texture coordinates; SKINNED: of figures.
#define VARYING out
#include "scene.glsl"
#include "varyings.glsl"
#ifdef SKINNED
#define SKINNED_ACCESS readonly
#include "skinned.glsl"
#else
layout(location = 0) in vec3 mesh_position;
layout(location = 1) in vec3 mesh_normal;
layout(location = 2) in uint mesh_surface;
#endif
#ifdef FULL
layout(location = 3) in vec3 mesh_tangent;
layout(location = 4) in vec2 mesh_uv;
#endif

void main() {
  Instance instance = instances[gl_InstanceIndex];
#ifdef SKINNED
  Skinned from = skinned[instance.figure_step * scene.counts.w + uint(gl_VertexIndex)];
  vec3 mesh_position = from.position, mesh_normal = from.normal;
  uint mesh_surface = from.surface;
#endif
  place = rotated(instance.rotation, mesh_position * instance.scale) + instance.position;
  normal = rotated(instance.rotation, mesh_normal);
  Surface surface = scene.surfaces[mesh_surface];
  vec3 tint = pow(unpackUnorm4x8(instance.tint).rgb, vec3(2.2));
  color_roughness = vec4(surface.color * mix(vec3(1), tint, surface.tinted), surface.roughness);
  metallic_glow_relief = vec4(surface.metallic, surface.glow, surface.relief,
                              mesh_surface == 0u ? 1.0 : 0.0);
#ifdef FULL
  tangent = rotated(instance.rotation, mesh_tangent);
  uv = mesh_uv;
#endif
  gl_Position = scene.view_projection * vec4(place, 1);
}
