// What the culling pass leaves for others: three lists of instances (the camera's, each cascade's),
// each in parts by mesh, and a draw for each part.
struct Command {
  uint index_count;
  uint instance_count;
  uint first_index;
  int vertex_offset;
  uint first_instance;
};
const uint MESHES = 9u, VIEWS = 3u;
layout(set = 0, binding = 4, std430) buffer Commands { Command commands[]; };
layout(set = 0, binding = 5, std430) buffer Lists { uint listed[]; };

uint first_listed(uint view, uint mesh) {
  return view * scene.counts.y + scene.first_listed[mesh / 4u][mesh % 4u];
}
