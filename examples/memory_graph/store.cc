#include "memory_graph/store.h"

#include <algorithm>
#include <utility>

#include "memory_graph/corpus.h"
#include "memory_graph/ivf_build.h"
#include "memory_graph/link.h"

namespace memory_graph {

Store build_store(const StoreOptions& options) {
  build::Corpus corpus = build::write_corpus(options.nodes, options.seed);
  Store store;
  store.memories = std::move(corpus.memories);
  store.recalls = std::move(corpus.recalls);
  for (const Memory& memory : store.memories) store.kinds.push_back(memory.kind);
  store.embedder = embedding::Embedder::learn(store.memories);
  store.embeddings = store.embedder.embed_all();
  store.graph = Graph::from_edges(
      store.memories.size(),
      build::link_memories(store.embeddings, store.embedder.vocabulary(), store.embedder.terms(),
                           {.edges = options.edges, .seed = options.seed}));
  store.index = build::train_index(store.embeddings, {.seed = options.seed});
  return store;
}

namespace bookkeeping {

namespace {

// A forgotten memory can still be found, only not easily.
constexpr float kForgottenShare = 0.25f;

std::vector<Scored> rank(std::span<const Scored> similar, std::span<const Scored> activated,
                         std::span<const float> strengths) {
  std::vector<Scored> ranked(similar.begin(), similar.end());
  for (const Scored& active : activated) {
    const auto same = [&](const Scored& other) { return other.id == active.id; };
    const auto found = std::find_if(ranked.begin(), ranked.end(), same);
    if (found != ranked.end()) {
      found->score += active.score;
    } else {
      ranked.push_back(active);
    }
  }
  for (Scored& candidate : ranked) {
    const float strength = strengths[index_of(candidate.id)];
    candidate.score *= kForgottenShare + (1 - kForgottenShare) * strength;
  }
  std::sort(ranked.begin(), ranked.end(), ranks_before);
  if (ranked.size() > kRecalled) ranked.resize(kRecalled);
  return ranked;
}

}  // namespace

Entry recall(Store& store, std::span<const Scored> similar, std::span<const Scored> activated,
             std::span<const float> strengths, TimeS now) {
  Entry entry{.at = now, .recalled = rank(similar, activated, strengths)};
  for (size_t i = 0; i < entry.recalled.size(); ++i) {
    const MemoryId id = entry.recalled[i].id;
    store.recalls.add(id, now);
    entry.context.append(store.memories[index_of(id)].text, 0, kExcerptBytes);
    entry.context += '\n';
    for (size_t j = 0; j < i; ++j) {
      if (store.graph.strengthen(entry.recalled[j].id, id, kStrengthen)) ++entry.strengthened;
    }
  }
  return entry;
}

}  // namespace bookkeeping
}  // namespace memory_graph
