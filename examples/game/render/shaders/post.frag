#version 450
#extension GL_GOOGLE_include_directive : require
// From light without an upper end to a picture: a glow round what is bright, Narkowicz' fit of the
// ACES curve, sRGB, darker corners.
#include "scene.glsl"
layout(set = 0, binding = 11) uniform sampler2D hdr;
layout(set = 0, binding = 12) uniform sampler2D glows;
layout(location = 0) out vec4 color;

vec3 curve(vec3 x) {
  return clamp(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0);
}

void main() {
  vec2 texel = 1.0 / scene.extent.xy, at = gl_FragCoord.xy * texel;
  vec4 here = texture(hdr, at);
  vec3 glow = texture(glows, at).rgb * 0.25;
  for (int i = 0; i < 4; ++i) {
    vec2 off = vec2((i & 1) == 0 ? -5.0 : 5.0, (i & 2) == 0 ? -5.0 : 5.0);
    glow += texture(glows, at + off * texel).rgb * 0.1875;
  }
  vec3 light = here.rgb + glow * 0.5;
  vec2 off = at - 0.5;
  light *= 0.85 - dot(off, off) * 0.5;
  vec3 toned = curve(light);
  vec3 encoded = mix(toned * 12.92, 1.055 * pow(toned, vec3(1.0 / 2.4)) - 0.055,
                     step(0.0031308, toned));
  color = vec4(encoded, here.a);
}
