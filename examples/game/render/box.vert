#version 450
// An instance of one of two meshes, whose corners are made here: 0 to 35 a box, 36 to 59 an
// octahedron. Corners go from -1 to 1; the instance's rows scale, turn and move them.
layout(push_constant) uniform Camera { mat4 view_projection; } camera;
layout(location = 0) in vec4 row_x;
layout(location = 1) in vec4 row_y;
layout(location = 2) in vec4 row_z;
layout(location = 3) in vec4 color;
layout(location = 0) out vec3 lit;

vec3 axis(int index, float value) {
  return index == 0 ? vec3(value, 0, 0) : index == 1 ? vec3(0, value, 0) : vec3(0, 0, value);
}

void main() {
  const int corners[6] = int[](0, 1, 2, 2, 1, 3);
  vec3 normal, corner;
  if (gl_VertexIndex < 36) {
    int face = gl_VertexIndex / 6, k = corners[gl_VertexIndex % 6];
    normal = axis(face / 2, face % 2 == 0 ? 1.0 : -1.0);
    corner = normal + axis((face / 2 + 1) % 3, (k & 1) == 0 ? -1.0 : 1.0) +
             axis((face / 2 + 2) % 3, (k & 2) == 0 ? -1.0 : 1.0);
  } else {
    int face = (gl_VertexIndex - 36) / 3, k = (gl_VertexIndex - 36) % 3;
    vec3 signs = vec3((face & 1) == 0 ? 1.0 : -1.0, (face & 2) == 0 ? 1.0 : -1.0,
                      (face & 4) == 0 ? 1.0 : -1.0);
    normal = normalize(signs);
    corner = axis(k, signs[k]);
  }
  vec4 place = vec4(corner, 1);
  vec4 world = vec4(dot(row_x, place), dot(row_y, place), dot(row_z, place), 1);
  vec3 facing = normalize(vec3(dot(row_x.xyz, normal), dot(row_y.xyz, normal),
                               dot(row_z.xyz, normal)));
  lit = color.rgb * (0.4 + 0.6 * max(dot(facing, normalize(vec3(0.4, 0.8, 0.3))), 0.0));
  gl_Position = camera.view_projection * world;
}
