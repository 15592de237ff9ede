// An inverted-file index over embeddings (IVF): the vectors are grouped round centroids by
// spherical k-means, and a search reads only the groups whose centroids are nearest to the
// question. Chosen over a navigable graph (HNSW) because a store of 10,000 to 100,000 memories is
// rebuilt as a batch: training is a dense kernel, a list is one run of memory, and one number (how
// many lists a search reads) trades time for recall. README.md has the measured recall.
//
//   Index index = build::train_index(embeddings, {.seed = 1});   // ivf_build.h
//   similarity::Search search(index);                            // similarity.h
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "memory_graph/memory.h"

namespace memory_graph {

struct Index {
  Embeddings centroids;
  Embeddings vectors;           // copies, list after list
  std::vector<MemoryId> ids;    // of each row of `vectors`
  std::vector<uint32_t> first;  // list i is rows first[i] .. first[i+1]-1

  size_t lists() const { return centroids.size(); }
};

}  // namespace memory_graph
