// Trains the index: spherical k-means, then a copy of the vectors in the order of their lists.
#pragma once

#include <cstddef>
#include <cstdint>

#include "memory_graph/index.h"
#include "memory_graph/memory.h"

namespace memory_graph::build {

struct TrainOptions {
  uint64_t seed = 1;
  size_t lists = 0;  // 0: the square root of the number of vectors
  uint32_t rounds = 4;
};

// About rounds * vectors * lists dot products. A list may stay empty.
Index train_index(const Embeddings& embeddings, const TrainOptions& options);

}  // namespace memory_graph::build
