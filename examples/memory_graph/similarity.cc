#include "memory_graph/similarity.h"

#include <algorithm>
#include <cstring>

namespace memory_graph::similarity {

namespace {

// Four registers of four sums: enough independent chains to hide the latency of an addition, and an
// order of summation that no compiler changes.
using Lanes = float __attribute__((vector_size(16)));
constexpr size_t kLanes = 4;
constexpr size_t kChains = 4;
static_assert(kDimensions % (kLanes * kChains) == 0);

inline Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

// Puts one candidate where it belongs. `best` holds at most `count`, so this is a short walk, and
// nearly always none: the caller has seen that the candidate beats the last one.
void keep(const Scored& candidate, size_t count, std::vector<Scored>& best) {
  if (best.size() == count) best.pop_back();
  auto place = best.end();
  while (place != best.begin() && ranks_before(candidate, *(place - 1))) --place;
  best.insert(place, candidate);
}

}  // namespace

float cosine(const float* a, const float* b) {
  Lanes sums[kChains] = {};
  for (size_t d = 0; d < kDimensions; d += kLanes * kChains) {
    for (size_t c = 0; c < kChains; ++c) {
      sums[c] += load(a + d + c * kLanes) * load(b + d + c * kLanes);
    }
  }
  const Lanes sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

void scan(const float* question, const Embeddings& vectors, std::span<const MemoryId> ids,
          size_t first, size_t last, size_t count, std::vector<Scored>& best) {
  if (count == 0) return;
  for (size_t row = first; row < last; ++row) {
    const Scored candidate{ids[row], cosine(question, vectors.row(row))};
    if (best.size() < count || ranks_before(candidate, best.back())) keep(candidate, count, best);
  }
}

Search::Search(const Index& index) : index_(index), list_ids_(index.lists()) {
  for (size_t i = 0; i < list_ids_.size(); ++i) list_ids_[i] = static_cast<MemoryId>(i);
}

void Search::nearest(const float* question, const Settings& settings, std::vector<Scored>& out) {
  lists_.clear();
  scan(question, index_.centroids, list_ids_, 0, index_.lists(), settings.lists, lists_);
  out.clear();
  for (const Scored& list : lists_) {
    const size_t first = index_.first[index_of(list.id)];
    const size_t last = index_.first[index_of(list.id) + 1];
    scan(question, index_.vectors, index_.ids, first, last, settings.count, out);
    compared_ += last - first;
  }
}

}  // namespace memory_graph::similarity
