// Lamps, and the pieces of the view that each of them reaches.
struct Lamp {
  vec3 position;
  float reach;
  vec3 color;
  float unused;
};
layout(set = 0, binding = 2, std430) readonly buffer Lamps { Lamp lamps[]; };

// Tiles across and down, slices from near to far; each slice is as many times as deep as the one
// before. CLUSTER_LAMPS of a cluster are known, and how many there are.
const uint CLUSTERS_X = 16, CLUSTERS_Y = 9, CLUSTERS_Z = 16, CLUSTER_LAMPS = 31;
const float CLUSTERS_NEAR = 2.0, CLUSTERS_FAR = 160.0;
struct Cluster {
  uint count;
  uint lamps[CLUSTER_LAMPS];
};
layout(set = 0, binding = 3, std430) CLUSTERS_ACCESS buffer Clusters { Cluster clusters[]; };

float slice_depth(uint slice) {
  return slice == 0u ? 0.0
                     : CLUSTERS_NEAR * pow(CLUSTERS_FAR / CLUSTERS_NEAR,
                                           float(slice) / float(CLUSTERS_Z));
}
uint slice_of(float depth) {
  float part = log(max(depth, CLUSTERS_NEAR) / CLUSTERS_NEAR) / log(CLUSTERS_FAR / CLUSTERS_NEAR);
  return min(uint(part * float(CLUSTERS_Z)), CLUSTERS_Z - 1u);
}
