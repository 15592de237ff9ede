// The associations between memories: an undirected graph with weights, both directions stored, the
// neighbours of a memory in one run (compressed sparse rows).
//
// Invariant: the shares of a memory's neighbours add up to 1 (but for rounding), or it has none.
//
//   Graph graph = Graph::from_edges(3, edges);
//   for (const Neighbour& n : graph.neighbours(MemoryId{0})) use(n.to, n.share);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "memory_graph/memory.h"

namespace memory_graph {

struct Edge {
  MemoryId a{};
  MemoryId b{};
  float weight = 0;  // above 0
};

struct Neighbour {
  MemoryId to{};
  float weight = 0;
  float share = 0;  // weight / the sum of the memory's weights
};

class Graph {
 public:
  // The ends of every edge are below `memories`, differ, and no pair comes twice.
  static Graph from_edges(size_t memories, std::span<const Edge> edges);

  size_t memories() const { return first_.empty() ? 0 : first_.size() - 1; }
  size_t edges() const { return neighbours_.size() / 2; }
  // Valid as long as the graph.
  std::span<const Neighbour> neighbours(MemoryId id) const {
    return {neighbours_.data() + first_[index_of(id)],
            first_[index_of(id) + 1] - first_[index_of(id)]};
  }

  // Makes the association of two memories stronger, up to kWeightMax. False if there is none.
  bool strengthen(MemoryId a, MemoryId b, float by);

  static constexpr float kWeightMax = 4.0f;

 private:
  bool strengthen_half(MemoryId from, MemoryId to, float by);
  void share_out(size_t index);

  std::vector<uint32_t> first_;
  std::vector<Neighbour> neighbours_;
};

}  // namespace memory_graph
