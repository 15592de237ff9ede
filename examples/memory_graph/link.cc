#include "memory_graph/link.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "memory_graph/random.h"

namespace memory_graph::build {

using text::TermId;

namespace {

// Out of ten edges, this many are of time and of meaning; the rest is chance.
constexpr size_t kTimeTenths = 2;
constexpr size_t kMeaningTenths = 6;
constexpr size_t kRareTerms = 6;    // of a memory, whose other holders are looked at
constexpr size_t kHoldersMax = 12;  // of a term, the latest before the memory
constexpr float kWeightMin = 0.05f;

float similarity_of(const Embeddings& embeddings, MemoryId a, MemoryId b) {
  constexpr size_t kSums = 16;
  const float* const x = embeddings.row(index_of(a));
  const float* const y = embeddings.row(index_of(b));
  float sums[kSums] = {};
  for (size_t d = 0; d < kDimensions; d += kSums) {
    for (size_t i = 0; i < kSums; ++i) sums[i] += x[d + i] * y[d + i];
  }
  float sum = 0;
  for (const float part : sums) sum += part;
  return sum;
}

class Linker {
 public:
  Linker(const Embeddings& embeddings, size_t edges) : embeddings_(embeddings), wanted_(edges) {
    edges_.reserve(edges);
    pairs_.reserve(edges);
  }

  bool full(size_t at) const { return edges_.size() >= std::min(at, wanted_); }

  void link(MemoryId a, MemoryId b) {
    if (a == b || edges_.size() >= wanted_) return;
    if (b < a) std::swap(a, b);
    const uint64_t pair = static_cast<uint64_t>(index_of(a)) << 32 | index_of(b);
    if (!pairs_.insert(pair).second) return;
    const float weight = std::max(similarity_of(embeddings_, a, b), kWeightMin);
    edges_.push_back({.a = a, .b = b, .weight = weight});
  }

  std::vector<Edge> take() { return std::move(edges_); }

 private:
  const Embeddings& embeddings_;
  size_t wanted_;
  std::vector<Edge> edges_;
  std::unordered_set<uint64_t> pairs_;
};

// The rarest words first; a word that comes twice counts once.
std::vector<TermId> rarest(const text::Vocabulary& vocabulary, std::vector<TermId> terms) {
  const auto rarer = [&](TermId a, TermId b) {
    return std::pair(vocabulary.holders(a), a) < std::pair(vocabulary.holders(b), b);
  };
  std::sort(terms.begin(), terms.end(), rarer);
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  if (terms.size() > kRareTerms) terms.resize(kRareTerms);
  return terms;
}

void link_by_meaning(const Embeddings& embeddings, const text::Vocabulary& vocabulary,
                     std::span<const std::vector<TermId>> terms, size_t until, Linker& linker) {
  const size_t memories = embeddings.size();
  const size_t each = until / std::max<size_t>(memories, 1) + 1;
  std::vector<std::vector<MemoryId>> holders(vocabulary.size());
  std::vector<Scored> candidates;
  for (size_t i = 0; i < memories && !linker.full(until); ++i) {
    const auto id = static_cast<MemoryId>(i);
    candidates.clear();
    for (const TermId term : rarest(vocabulary, terms[i])) {
      std::vector<MemoryId>& list = holders[index_of(term)];
      const size_t first = list.size() > kHoldersMax ? list.size() - kHoldersMax : 0;
      for (size_t h = first; h < list.size(); ++h) {
        candidates.push_back({list[h], similarity_of(embeddings, id, list[h])});
      }
      list.push_back(id);
    }
    std::sort(candidates.begin(), candidates.end(), ranks_before);
    const auto same = [](const Scored& a, const Scored& b) { return a.id == b.id; };
    candidates.erase(std::unique(candidates.begin(), candidates.end(), same), candidates.end());
    for (size_t c = 0; c < std::min(each, candidates.size()); ++c) {
      linker.link(candidates[c].id, id);
    }
  }
}

}  // namespace

std::vector<Edge> link_memories(const Embeddings& embeddings, const text::Vocabulary& vocabulary,
                                std::span<const std::vector<TermId>> terms,
                                const LinkOptions& options) {
  const size_t memories = embeddings.size();
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(options.edges, edges_max(memories)));
  Linker linker(embeddings, wanted);
  const size_t by_time = wanted * kTimeTenths / 10;
  for (size_t i = 1; i < memories && !linker.full(by_time); ++i) {
    linker.link(static_cast<MemoryId>(i - 1), static_cast<MemoryId>(i));
  }
  link_by_meaning(embeddings, vocabulary, terms, by_time + wanted * kMeaningTenths / 10, linker);

  Random random(options.seed);
  // Near the full graph chance takes too long to hit the pairs that are left; take them in order.
  const size_t tries = wanted * 4;
  for (size_t i = 0; i < tries && !linker.full(wanted); ++i) {
    const uint32_t a = random.below(static_cast<uint32_t>(memories));
    linker.link(MemoryId{a}, MemoryId{random.below(static_cast<uint32_t>(memories))});
  }
  for (size_t a = 0; a < memories && !linker.full(wanted); ++a) {
    for (size_t b = a + 1; b < memories && !linker.full(wanted); ++b) {
      linker.link(static_cast<MemoryId>(a), static_cast<MemoryId>(b));
    }
  }
  return linker.take();
}

}  // namespace memory_graph::build
