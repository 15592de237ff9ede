#include "memory_graph/graph.h"

#include <algorithm>

namespace memory_graph {

Graph Graph::from_edges(size_t memories, std::span<const Edge> edges) {
  Graph graph;
  graph.first_.assign(memories + 1, 0);
  for (const Edge& edge : edges) {
    ++graph.first_[index_of(edge.a) + 1];
    ++graph.first_[index_of(edge.b) + 1];
  }
  for (size_t i = 0; i < memories; ++i) graph.first_[i + 1] += graph.first_[i];
  graph.neighbours_.resize(edges.size() * 2);
  std::vector<uint32_t> place(graph.first_.begin(), graph.first_.end() - 1);
  for (const Edge& edge : edges) {
    graph.neighbours_[place[index_of(edge.a)]++] = {.to = edge.b, .weight = edge.weight};
    graph.neighbours_[place[index_of(edge.b)]++] = {.to = edge.a, .weight = edge.weight};
  }
  // Sorted runs: spreading then writes upwards through memory, and sums have one order.
  for (size_t i = 0; i < memories; ++i) {
    std::sort(graph.neighbours_.begin() + graph.first_[i],
              graph.neighbours_.begin() + graph.first_[i + 1],
              [](const Neighbour& x, const Neighbour& y) { return x.to < y.to; });
    graph.share_out(i);
  }
  return graph;
}

bool Graph::strengthen(MemoryId a, MemoryId b, float by) {
  return strengthen_half(a, b, by) && strengthen_half(b, a, by);
}

bool Graph::strengthen_half(MemoryId from, MemoryId to, float by) {
  const auto begin = neighbours_.begin() + first_[index_of(from)];
  const auto end = neighbours_.begin() + first_[index_of(from) + 1];
  const auto found = std::lower_bound(
      begin, end, to, [](const Neighbour& neighbour, MemoryId id) { return neighbour.to < id; });
  if (found == end || found->to != to) return false;
  found->weight = std::min(found->weight + by, kWeightMax);
  share_out(index_of(from));
  return true;
}

void Graph::share_out(size_t index) {
  Neighbour* begin = neighbours_.data() + first_[index];
  Neighbour* end = neighbours_.data() + first_[index + 1];
  float sum = 0;
  for (Neighbour* n = begin; n != end; ++n) sum += n->weight;
  for (Neighbour* n = begin; n != end; ++n) n->share = n->weight / sum;
}

}  // namespace memory_graph
