// Finds the associations of a store's memories: what was made one after the other, what shares rare
// words and means alike, and some that come from nowhere, as in people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "memory_graph/graph.h"
#include "memory_graph/memory.h"
#include "memory_graph/vocabulary.h"

namespace memory_graph::build {

struct LinkOptions {
  size_t edges = 0;  // at most edges_max(memories)
  uint64_t seed = 1;
};

constexpr uint64_t edges_max(uint64_t memories) {
  return memories == 0 ? 0 : memories * (memories - 1) / 2;
}

// Exactly options.edges edges, no pair twice. `terms` are those of each memory.
std::vector<Edge> link_memories(const Embeddings& embeddings, const text::Vocabulary& vocabulary,
                                std::span<const std::vector<text::TermId>> terms,
                                const LinkOptions& options);

}  // namespace memory_graph::build
