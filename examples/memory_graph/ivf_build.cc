#include "memory_graph/ivf_build.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "memory_graph/random.h"

namespace memory_graph::build {

namespace {

// Four floats side by side in one register of every 64-bit machine; the sums are then the same bits
// everywhere, which a compiler's own choice of width would not give.
using Lanes = float __attribute__((vector_size(16)));
constexpr size_t kLanes = 4;
constexpr size_t kBlock = 4;

Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

float sum_of(const Lanes& lanes) {
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

// Four centroids in one pass: each part of the vector is read once for the four of them.
void score_block(const float* vector, const float* centroids, float* scores) {
  Lanes sums[kBlock] = {};
  for (size_t d = 0; d < kDimensions; d += kLanes) {
    const Lanes part = load(vector + d);
    for (size_t c = 0; c < kBlock; ++c) sums[c] += part * load(centroids + c * kDimensions + d);
  }
  for (size_t c = 0; c < kBlock; ++c) scores[c] = sum_of(sums[c]);
}

float score_one(const float* vector, const float* centroid) {
  Lanes sum = {};
  for (size_t d = 0; d < kDimensions; d += kLanes) sum += load(vector + d) * load(centroid + d);
  return sum_of(sum);
}

uint32_t nearest_centroid(const float* vector, const Embeddings& centroids) {
  uint32_t best = 0;
  float best_score = -2;
  const size_t count = centroids.size();
  const auto offer = [&](size_t list, float score) {
    if (score > best_score) {
      best_score = score;
      best = static_cast<uint32_t>(list);
    }
  };
  size_t list = 0;
  for (; list + kBlock <= count; list += kBlock) {
    float scores[kBlock];
    score_block(vector, centroids.row(list), scores);
    for (size_t c = 0; c < kBlock; ++c) offer(list + c, scores[c]);
  }
  for (; list < count; ++list) offer(list, score_one(vector, centroids.row(list)));
  return best;
}

Embeddings first_centroids(const Embeddings& embeddings, size_t lists, uint64_t seed) {
  std::vector<uint32_t> order(embeddings.size());
  std::iota(order.begin(), order.end(), 0u);
  Random random(seed);
  Embeddings centroids(lists);
  for (size_t i = 0; i < lists; ++i) {
    const size_t j = i + random.below(static_cast<uint32_t>(order.size() - i));
    std::swap(order[i], order[j]);
    std::memcpy(centroids.row(i), embeddings.row(order[i]), kDimensions * sizeof(float));
  }
  return centroids;
}

// Each centroid becomes the direction of the sum of its vectors; one without any stays.
void move_centroids(const Embeddings& embeddings, const std::vector<uint32_t>& list_of,
                    Embeddings& centroids) {
  Embeddings sums(centroids.size());
  for (size_t i = 0; i < embeddings.size(); ++i) {
    float* const sum = sums.row(list_of[i]);
    const float* const vector = embeddings.row(i);
    for (size_t d = 0; d < kDimensions; ++d) sum[d] += vector[d];
  }
  for (size_t list = 0; list < centroids.size(); ++list) {
    const float* const sum = sums.row(list);
    const float length = std::sqrt(score_one(sum, sum));
    if (length == 0) continue;
    float* const centroid = centroids.row(list);
    for (size_t d = 0; d < kDimensions; ++d) centroid[d] = sum[d] / length;
  }
}

}  // namespace

Index train_index(const Embeddings& embeddings, const TrainOptions& options) {
  const size_t count = embeddings.size();
  size_t lists = options.lists;
  if (lists == 0) lists = static_cast<size_t>(std::sqrt(static_cast<double>(count)));
  lists = std::clamp<size_t>(lists, std::min<size_t>(count, 1), count);

  Index index;
  index.centroids = first_centroids(embeddings, lists, options.seed);
  std::vector<uint32_t> list_of(count);
  for (uint32_t round = 0; round <= options.rounds; ++round) {
    if (round > 0) move_centroids(embeddings, list_of, index.centroids);
    for (size_t i = 0; i < count; ++i) {
      list_of[i] = nearest_centroid(embeddings.row(i), index.centroids);
    }
  }

  index.first.assign(lists + 1, 0);
  for (const uint32_t list : list_of) ++index.first[list + 1];
  for (size_t list = 0; list < lists; ++list) index.first[list + 1] += index.first[list];
  index.vectors = Embeddings(count);
  index.ids.resize(count);
  std::vector<uint32_t> place(index.first.begin(), index.first.end() - 1);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t row = place[list_of[i]]++;
    index.ids[row] = static_cast<MemoryId>(i);
    std::memcpy(index.vectors.row(row), embeddings.row(i), kDimensions * sizeof(float));
  }
  return index;
}

}  // namespace memory_graph::build
