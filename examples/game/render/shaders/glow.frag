#version 450
#extension GL_GOOGLE_include_directive : require
// What is brighter than white, in a quarter of the size: each pixel the mean of sixteen.
#include "scene.glsl"
layout(set = 0, binding = 11) uniform sampler2D hdr;
layout(location = 0) out vec4 color;

void main() {
  vec2 texel = 1.0 / scene.extent.xy, at = gl_FragCoord.xy * 4.0 * texel;
  vec3 sum = vec3(0);
  for (int i = 0; i < 4; ++i) {
    vec2 off = vec2((i & 1) == 0 ? -1.0 : 1.0, (i & 2) == 0 ? -1.0 : 1.0);
    sum += min(max(texture(hdr, at + off * texel).rgb - 1.2, 0.0), 8.0);
  }
  color = vec4(sum * 0.25, 1);
}
