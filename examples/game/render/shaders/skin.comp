#version 450
#extension GL_GOOGLE_include_directive : require
// A vertex of a pose a thread: moved by its two bones.
#define SKINNED_ACCESS writeonly
#include "scene.glsl"
#include "skinned.glsl"
layout(local_size_x = 64) in;

const uint BONES = 11u;

struct Standing {
  vec3 position;
  uint surface;
  vec3 normal;
  uint bones;  // two bytes, then the share of the second in 65535
};
layout(set = 0, binding = 6, std430) readonly buffer StandingVertices { Standing standing[]; };
layout(set = 0, binding = 7, std430) readonly buffer Bones { vec4 bone_rows[]; };

void main() {
  uint vertex = gl_GlobalInvocationID.x, pose = gl_GlobalInvocationID.y;
  if (vertex >= scene.counts.w) return;
  Standing from = standing[vertex];
  float share = float(from.bones >> 16) / 65535.0;
  uint first = (pose * BONES + (from.bones & 0xffu)) * 3u;
  uint second = (pose * BONES + (from.bones >> 8 & 0xffu)) * 3u;
  vec4 x = mix(bone_rows[first], bone_rows[second], share);
  vec4 y = mix(bone_rows[first + 1u], bone_rows[second + 1u], share);
  vec4 z = mix(bone_rows[first + 2u], bone_rows[second + 2u], share);
  vec4 place = vec4(from.position, 1);
  uint to = pose * scene.counts.w + vertex;
  skinned[to].position = vec3(dot(x, place), dot(y, place), dot(z, place));
  skinned[to].surface = from.surface;
  skinned[to].normal = normalize(vec3(dot(x.xyz, from.normal), dot(y.xyz, from.normal),
                                      dot(z.xyz, from.normal)));
}
