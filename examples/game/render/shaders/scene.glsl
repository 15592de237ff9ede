// What every shader of a frame sees. The numbers of bindings and the layouts are those of
// gpu_scene.h, instances.h and surfaces.h.
struct Surface {
  vec3 color;
  float roughness;
  float metallic;
  float glow;
  float relief;
  float tinted;
};

layout(set = 0, binding = 0, std140) uniform Scene {
  mat4 view_projection;
  mat4 cascades[2];
  vec4 eye;      // w: seconds
  vec4 right;    // w: tangent of half the angle that is seen
  vec4 up;       // w: the same from top to bottom
  vec4 forward;
  vec4 sun;      // where it is; w: how bright
  vec4 extent;   // of the picture: width, height; of a shadow map: 1 / texels
  vec4 ends;     // of cascades: how far, twice; how large their texels are, twice
  vec4 land;     // squares of villages: how far they reach, of a row, with a village; their side
  vec4 planes[18];        // of the camera's frustum, and of each cascade's
  uvec4 first_listed[3];  // of each mesh: where its part of a list begins
  uvec4 counts;           // instances, length of a list, lamps, vertices of a figure
  Surface surfaces[21];
} scene;

struct Instance {
  vec3 position;
  float scale;
  vec4 rotation;
  uint tint;
  uint mesh;
  uint figure_step;
  float radius;
};
layout(set = 0, binding = 1, std430) readonly buffer Instances { Instance instances[]; };

vec3 rotated(vec4 q, vec3 v) {
  vec3 turned = 2.0 * cross(q.xyz, v);
  return v + turned * q.w + cross(q.xyz, turned);
}
