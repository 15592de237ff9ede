#version 450
#extension GL_GOOGLE_include_directive : require
// A cluster a thread: which lamps reach into the box round it, in the camera's space.
#define CLUSTERS_ACCESS writeonly
#include "scene.glsl"
#include "lamps.glsl"
layout(local_size_x = 64) in;

void main() {
  uint index = gl_GlobalInvocationID.x;
  if (index >= CLUSTERS_X * CLUSTERS_Y * CLUSTERS_Z) return;
  uvec3 at = uvec3(index % CLUSTERS_X, index / CLUSTERS_X % CLUSTERS_Y,
                   index / (CLUSTERS_X * CLUSTERS_Y));
  float near = slice_depth(at.z), far = slice_depth(at.z + 1u);
  // From the left and the top, in tangents.
  vec2 tile = 2.0 * vec2(scene.right.w, scene.up.w) / vec2(CLUSTERS_X, CLUSTERS_Y);
  vec2 low = vec2(at.xy) * tile - vec2(scene.right.w, scene.up.w), high = low + tile;
  vec3 from = vec3(min(low * near, low * far), near);
  vec3 to = vec3(max(high * near, high * far), far);
  uint count = 0u;
  for (uint i = 0u; i < scene.counts.z && count < CLUSTER_LAMPS; ++i) {
    vec3 away = lamps[i].position - scene.eye.xyz;
    vec3 center = vec3(dot(away, scene.right.xyz), -dot(away, scene.up.xyz),
                       dot(away, scene.forward.xyz));
    vec3 off = center - clamp(center, from, to);
    if (dot(off, off) < lamps[i].reach * lamps[i].reach) clusters[index].lamps[count++] = i;
  }
  clusters[index].count = count;
}
