#version 450
#extension GL_GOOGLE_include_directive : require
// A lit surface, in linear light without an upper end. FULL: with a relief. Its alpha is 1.
#define VARYING in
#define CLUSTERS_ACCESS readonly
#include "scene.glsl"
#include "varyings.glsl"
#include "lamps.glsl"
#include "sky.glsl"
#include "pbr.glsl"
#include "shadows.glsl"
#ifdef FULL
#include "ground.glsl"
layout(set = 0, binding = 10) uniform sampler2DArray reliefs;
#endif
layout(location = 0) out vec4 color;

vec3 lamplight(Reflecting s, float depth) {
  uvec2 tile = uvec2(gl_FragCoord.xy / scene.extent.xy * vec2(CLUSTERS_X, CLUSTERS_Y));
  tile = min(tile, uvec2(CLUSTERS_X - 1u, CLUSTERS_Y - 1u));
  uint cluster = (slice_of(depth) * CLUSTERS_Y + tile.y) * CLUSTERS_X + tile.x;
  vec3 sum = vec3(0);
  uint count = depth < CLUSTERS_FAR ? clusters[cluster].count : 0u;
  for (uint i = 0u; i < count; ++i) {
    Lamp lamp = lamps[clusters[cluster].lamps[i]];
    vec3 away = lamp.position - place;
    float squared = dot(away, away), part = squared / (lamp.reach * lamp.reach);
    float window = clamp(1.0 - part * part, 0.0, 1.0);
    if (window == 0.0) continue;
    sum += reflected(s, away * inversesqrt(squared)) * lamp.color *
           (window * window / (squared + 0.6));
  }
  return sum;
}

void main() {
  vec3 away = scene.eye.xyz - place;
  float depth = -dot(away, scene.forward.xyz);
  vec3 base = color_roughness.rgb, facing = normalize(normal);
  float roughness = color_roughness.w;
  Reflecting s;
#ifdef FULL
  bool is_ground = metallic_glow_relief.w > 0.5;
  vec2 at = is_ground ? place.xz * 0.35 : uv;
  vec4 relief = texture(reliefs, vec3(at, metallic_glow_relief.z));
  vec2 bent = relief.xy * 2.0 - 1.0;
  float bright = relief.z * 2.0;
  if (is_ground) {
    float far = texture(reliefs, vec3(place.xz * 0.043, metallic_glow_relief.z)).z * 2.0;
    vec4 land = ground_color(place, base, far);
    base = land.rgb * mix(bright * far, 0.7 + 0.3 * bright, land.w);
    bent *= 0.45;
  } else {
    base *= bright;
  }
  vec3 along = normalize(tangent - facing * dot(tangent, facing));
  facing = normalize(facing + along * bent.x + cross(facing, along) * bent.y);
  roughness = clamp(roughness + relief.w * 2.0 - 1.0, 0.05, 1.0);
#endif
  s.normal = facing;
  s.to_eye = normalize(away);
  s.diffuse = base * ((1.0 - metallic_glow_relief.x) / 3.14159265);
  s.straight = mix(vec3(0.04), base, metallic_glow_relief.x);
  s.roughness = max(roughness, 0.05);
  s.facing = max(dot(s.normal, s.to_eye), 0.02);
  vec3 light = base * metallic_glow_relief.y;
  if (dot(facing, scene.sun.xyz) > 0.0) {
    light += reflected(s, scene.sun.xyz) * SUN_COLOR *
             (scene.sun.w * sunlight(place, normalize(normal), depth));
  }
  light += lamplight(s, depth);
  // What comes from all round: the sky above, the ground's light from below.
  vec3 round = mix(vec3(0.17, 0.14, 0.10), vec3(0.36, 0.42, 0.58), facing.y * 0.5 + 0.5);
  vec3 mirrored = fresnel(s.straight, s.facing) * (1.0 - 0.75 * roughness);
  light += base * (1.0 - metallic_glow_relief.x) * round * 0.55 +
           sky_light(reflect(-s.to_eye, facing)) * mirrored * 0.8;
  // Haze.
  float haze = 1.0 - exp(-depth * depth * 0.000012);
  vec3 horizon = sky_light(normalize(vec3(-away.x, max(-away.y, 0.0) * 0.2, -away.z)));
  color = vec4(mix(light, horizon, haze), 1);
}
