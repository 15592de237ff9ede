// What changes from draw to draw.
layout(push_constant) uniform Draw {
  uint view;
  uint mesh;
} draw;
