#version 450
#extension GL_GOOGLE_include_directive : require
// Sky, sun and clouds. Its alpha is 0: nothing was drawn here.
#include "scene.glsl"
#include "sky.glsl"
layout(location = 0) in vec3 way;
layout(location = 0) out vec4 color;

float hashed(vec2 at) {
  vec3 bits = fract(at.xyx * 0.1031);
  bits += dot(bits, bits.yzx + 33.33);
  return fract((bits.x + bits.y) * bits.z);
}
float noise(vec2 at) {
  vec2 cell = floor(at), part = fract(at);
  part *= part * (3.0 - 2.0 * part);
  return mix(mix(hashed(cell), hashed(cell + vec2(1, 0)), part.x),
             mix(hashed(cell + vec2(0, 1)), hashed(cell + vec2(1, 1)), part.x), part.y);
}

void main() {
  vec3 to = normalize(way);
  vec3 light = sky_light(to);
  if (to.y > 0.02) {
    vec2 at = to.xz / (to.y + 0.12) * 1.4 + scene.eye.w * 0.01;
    float dense = noise(at) * 0.55 + noise(at * 2.3 + 7.0) * 0.3 + noise(at * 5.1) * 0.15;
    float cloud = smoothstep(0.52, 0.85, dense) * smoothstep(0.02, 0.2, to.y);
    float near_sun = pow(max(dot(to, scene.sun.xyz), 0.0), 4.0);
    light = mix(light, vec3(0.95, 0.82, 0.74) + SUN_COLOR * near_sun, cloud * 0.75);
  }
  float sun = smoothstep(0.9988, 0.9994, dot(to, scene.sun.xyz));
  color = vec4(light + SUN_COLOR * (sun * 12.0), 0);
}
