// The k memories whose embeddings are nearest to a vector, by cosine (all vectors have length 1).
//
//   similarity::Search search(index);
//   search.nearest(question, {.count = 10}, out);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "memory_graph/index.h"
#include "memory_graph/memory.h"

namespace memory_graph::similarity {

struct Settings {
  size_t count = 10;
  size_t lists = 40;  // how many lists are read; all of them makes the search exact
};

// The cosine of two unit vectors of kDimensions floats; the same bits on every machine.
float cosine(const float* a, const float* b);

// The best `count` of rows first .. last-1 by comparing every one, merged into `best`, which is
// kept best first. `ids` are those of the rows.
void scan(const float* question, const Embeddings& vectors, std::span<const MemoryId> ids,
          size_t first, size_t last, size_t count, std::vector<Scored>& best);

// Keeps its arrays from one call to the next. The index outlives it. Not for use by two threads at
// once.
class Search {
 public:
  explicit Search(const Index& index);

  // Best first, fewer than asked for when the lists that are read hold fewer.
  void nearest(const float* question, const Settings& settings, std::vector<Scored>& out);

  // Vectors compared since construction, centroids apart.
  uint64_t compared() const { return compared_; }

 private:
  const Index& index_;
  std::vector<MemoryId> list_ids_;
  std::vector<Scored> lists_;
  uint64_t compared_ = 0;
};

}  // namespace memory_graph::similarity
