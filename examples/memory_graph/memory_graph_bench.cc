// The three operations of the store, at the sizes by which such stores are compared.
#include <benchmark/benchmark.h>

#include <vector>

#include "memory_graph/activation.h"
#include "memory_graph/corpus.h"
#include "memory_graph/decay.h"
#include "memory_graph/similarity.h"
#include "memory_graph/store.h"

namespace memory_graph {
namespace {

constexpr uint32_t kNodes = 1'000;

const Store& shared_store() {
  static const Store store = build_store({.nodes = kNodes, .edges = 5'000, .seed = 1});
  return store;
}

// One query against 1,000 candidates: every list is read, so that none is left out.
void BM_Similarity1000Candidates(benchmark::State& state) {
  const Store& store = shared_store();
  similarity::Search search(store.index);
  const similarity::Settings settings{.count = 10, .lists = store.index.lists()};
  std::vector<Scored> found;
  uint32_t question = 0;
  for (auto _ : state) {
    search.nearest(store.embeddings.row(question++ % kNodes), settings, found);
    benchmark::DoNotOptimize(found.data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(search.compared()));
}
BENCHMARK(BM_Similarity1000Candidates)->Unit(benchmark::kMicrosecond);

// 100 steps over 1,000 memories and 5,000 associations, none of them below the threshold.
void BM_Activation100Iterations(benchmark::State& state) {
  const Store& store = shared_store();
  activation::Spreader spreader(store.graph.memories());
  const activation::Settings settings{.steps = 100, .spread = 0.6, .decay = 0.98, .threshold = 0};
  uint32_t from = 0;
  for (auto _ : state) {
    const activation::Seed seed{.id = MemoryId{from++ % kNodes}, .energy = 1};
    spreader.spread(store.graph, {&seed, 1}, settings);
    benchmark::DoNotOptimize(spreader.total());
  }
  state.SetItemsProcessed(static_cast<int64_t>(spreader.transfers()));
}
BENCHMARK(BM_Activation100Iterations)->Unit(benchmark::kMicrosecond);

// The strengths of 10,000 memories of all ages.
void BM_Decay10000Memories(benchmark::State& state) {
  static const build::Corpus corpus = build::write_corpus(10'000, 1);
  std::vector<Kind> kinds;
  for (const Memory& memory : corpus.memories) kinds.push_back(memory.kind);
  std::vector<float> strengths(kinds.size());
  TimeS now = build::kNow;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decay::decay_all(kinds, corpus.recalls, now++, strengths));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kinds.size()));
}
BENCHMARK(BM_Decay10000Memories)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace memory_graph
