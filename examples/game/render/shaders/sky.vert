#version 450
#extension GL_GOOGLE_include_directive : require
// A triangle over all of the picture, at the far end.
#include "scene.glsl"
layout(location = 0) out vec3 way;

void main() {
  vec2 at = vec2(gl_VertexIndex == 1 ? 3.0 : -1.0, gl_VertexIndex == 2 ? 3.0 : -1.0);
  way = scene.forward.xyz + scene.right.xyz * (at.x * scene.right.w) -
        scene.up.xyz * (at.y * scene.up.w);
  gl_Position = vec4(at, 1, 1);
}
