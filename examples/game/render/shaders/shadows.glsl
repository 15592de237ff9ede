// How much of the sun reaches a place: two cascades, four samples of four texels each.
layout(set = 0, binding = 9) uniform sampler2DArrayShadow shadow_maps;

float sunlight(vec3 place, vec3 normal, float depth) {
  if (depth > scene.ends.y) return 1.0;
  uint cascade = depth < scene.ends.x ? 0u : 1u;
  float texel = cascade == 0u ? scene.ends.z : scene.ends.w;
  vec4 at = scene.cascades[cascade] * vec4(place + normal * (texel * 1.5), 1);
  vec2 uv = at.xy * 0.5 + 0.5;
  float lit = 0.0;
  for (int i = 0; i < 4; ++i) {
    vec2 off = vec2((i & 1) == 0 ? -0.75 : 0.75, (i & 2) == 0 ? -0.75 : 0.75) * scene.extent.z;
    lit += texture(shadow_maps, vec4(uv + off, float(cascade), at.z));
  }
  return mix(lit * 0.25, 1.0, smoothstep(0.85, 1.0, depth / scene.ends.y));
}
