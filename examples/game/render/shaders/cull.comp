#version 450
#extension GL_GOOGLE_include_directive : require
// An instance a thread: into which of the three views its sphere reaches.
#include "scene.glsl"
#include "lists.glsl"
layout(local_size_x = 64) in;

const uint NEAR_FIGURE = 3u, GROUND = 5u;

// The ground throws no shadow, and figures near the camera none that reaches the second cascade.
bool is_drawn(uint view, uint mesh) {
  return view == 0u || (mesh != GROUND && (view == 1u || mesh != NEAR_FIGURE));
}

bool is_visible(uint view, vec3 center, float radius) {
  for (uint i = 0u; i < 6u; ++i) {
    vec4 plane = scene.planes[view * 6u + i];
    if (dot(plane.xyz, center) + plane.w < -radius) return false;
  }
  return true;
}

// Whether the sphere's shadow, on its way down to the ground, comes through what the camera sees.
bool is_shadow_seen(vec3 center, float radius) {
  vec3 end = center - scene.sun.xyz * (max(center.y + radius, 0.0) / scene.sun.y);
  for (uint i = 0u; i < 6u; ++i) {
    vec4 plane = scene.planes[i];
    if (max(dot(plane.xyz, center), dot(plane.xyz, end)) + plane.w < -radius) return false;
  }
  return true;
}

void main() {
  uint index = gl_GlobalInvocationID.x;
  if (index >= scene.counts.x) return;
  uint mesh = instances[index].mesh;
  vec3 center = instances[index].position;
  float radius = instances[index].radius;
  bool shadow_seen = is_shadow_seen(center, radius);
  for (uint view = 0u; view < VIEWS; ++view) {
    if (view > 0u && !shadow_seen) break;
    if (!is_drawn(view, mesh) || !is_visible(view, center, radius)) continue;
    uint at = atomicAdd(commands[view * MESHES + mesh].instance_count, 1u);
    listed[first_listed(view, mesh) + at] = index;
  }
}
