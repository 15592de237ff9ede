// The store: everything that is known about the memories, and what happens when some are recalled.
//
//   Store store = build_store({.nodes = 10'000, .edges = 50'000, .seed = 1});
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "memory_graph/embedder.h"
#include "memory_graph/graph.h"
#include "memory_graph/index.h"
#include "memory_graph/memory.h"

namespace memory_graph {

struct Store {
  std::vector<Memory> memories;
  std::vector<Kind> kinds;  // of each memory: the one column that a pass over all of them reads
  Recalls recalls;
  embedding::Embedder embedder;
  Embeddings embeddings;
  Graph graph;
  Index index;
};

struct StoreOptions {
  size_t nodes = 10'000;
  size_t edges = 50'000;
  uint64_t seed = 1;
};

// Writes the corpus, embeds it, links it and trains the index. nodes is at least 1 and edges at
// most build::edges_max(nodes).
Store build_store(const StoreOptions& options);

namespace bookkeeping {

inline constexpr size_t kRecalled = 5;
inline constexpr float kStrengthen = 0.02f;
inline constexpr size_t kExcerptBytes = 160;

// What one question brought back.
struct Entry {
  TimeS at = 0;
  std::vector<Scored> recalled;  // best first, at most kRecalled
  std::string context;           // the starts of their texts, a line each
  uint32_t strengthened = 0;     // associations between them
};

// Ranks what was found (`similar`, by cosine) and what came to mind with it (`activated`, by
// energy) together: cosine plus energy, as far as the memory is not forgotten (`strengths`, a row a
// memory). Then notes the recall of the best, strengthens the associations between them, and
// excerpts them.
Entry recall(Store& store, std::span<const Scored> similar, std::span<const Scored> activated,
             std::span<const float> strengths, TimeS now);

}  // namespace bookkeeping
}  // namespace memory_graph
