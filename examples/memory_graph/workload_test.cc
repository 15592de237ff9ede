#include "memory_graph/workload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "memory_graph/corpus.h"
#include "memory_graph/link.h"
#include "memory_graph/store.h"

namespace memory_graph {
namespace {

Options small(uint64_t seed) {
  return {.nodes = 1000, .edges = 5000, .queries = 50, .seed = seed};
}

TEST(Workload, CountsAreWhatWasAskedFor) {
  const Counts counts = run_workload(small(1)).counts;
  EXPECT_EQ(counts.nodes, 1000u);
  EXPECT_EQ(counts.edges, 5000u);
  EXPECT_EQ(counts.similarity_queries, 50u);
  EXPECT_EQ(counts.activations, 50u);
  EXPECT_EQ(counts.decays, 50u);
}

TEST(Workload, EachPathDoesItsWork) {
  const Outcome outcome = run_workload(small(1));
  const Counts& counts = outcome.counts;
  EXPECT_GT(counts.words, 32'000u);
  EXPECT_GT(counts.vocabulary, 1'000u);
  EXPECT_EQ(counts.lists, 31u);
  EXPECT_GT(counts.vectors_compared, counts.similarity_queries * 100);
  EXPECT_GT(counts.transfers, counts.activations * 1000);
  EXPECT_GT(counts.memories_activated, counts.activations * 100);
  EXPECT_EQ(counts.strengths, counts.decays * 1000);
  EXPECT_EQ(counts.recalled, 50u * bookkeeping::kRecalled);
  EXPECT_GT(counts.strengthened, 0u);
  const decay::Summary& last = outcome.last_decay;
  EXPECT_EQ(last.vivid + last.fading + last.forgotten, 1000u);
  EXPECT_GT(std::min({last.vivid, last.fading, last.forgotten}), 50u);
  for (const double seconds :
       {outcome.timings.build_s, outcome.timings.similarity_s, outcome.timings.activation_s,
        outcome.timings.decay_s, outcome.timings.bookkeeping_s}) {
    EXPECT_GT(seconds, 0);
  }
}

TEST(Workload, TheSeedAloneDecidesTheResults) {
  const uint64_t once = run_workload(small(1)).checksum;
  EXPECT_EQ(run_workload(small(1)).checksum, once);
  EXPECT_NE(run_workload(small(2)).checksum, once);
  Options more = small(1);
  ++more.queries;
  EXPECT_NE(run_workload(more).checksum, once);
}

// A machine or a compiler that rounds differently fails here.
TEST(Workload, TheResultsAreTheSameOnEveryMachine) {
  EXPECT_EQ(run_workload(small(1)).checksum, 0x6501b668632f33c8u);
}

TEST(Workload, TheSmallestAndTheFullGraph) {
  EXPECT_EQ(run_workload({.nodes = 2, .edges = 0, .queries = 3}).counts.edges, 0u);
  EXPECT_EQ(run_workload({.nodes = 2, .edges = 1, .queries = 3}).counts.edges, 1u);
  EXPECT_EQ(run_workload({.nodes = 60, .edges = 1770, .queries = 3}).counts.edges, 1770u);
  EXPECT_EQ(run_workload({.nodes = 20, .edges = 19, .queries = 0}).counts.decays, 0u);
}

TEST(Link, EdgesAreDifferentPairs) {
  const build::Corpus corpus = build::write_corpus(500, 9);
  const auto embedder = embedding::Embedder::learn(corpus.memories);
  const Embeddings embeddings = embedder.embed_all();
  const std::vector<Edge> edges =
      build::link_memories(embeddings, embedder.vocabulary(), embedder.terms(), {.edges = 4000});
  ASSERT_EQ(edges.size(), 4000u);
  std::set<std::pair<MemoryId, MemoryId>> pairs;
  for (const Edge& edge : edges) {
    EXPECT_LT(edge.a, edge.b);
    EXPECT_LT(index_of(edge.b), 500u);
    EXPECT_GT(edge.weight, 0);
    pairs.insert({edge.a, edge.b});
  }
  EXPECT_EQ(pairs.size(), edges.size());
}

TEST(Corpus, MemoriesHaveManyAges) {
  const build::Corpus corpus = build::write_corpus(1000, 9);
  size_t young = 0;
  size_t old = 0;
  for (const Memory& memory : corpus.memories) {
    ASSERT_LE(memory.created_at, build::kNow);
    young += memory.created_at > build::kNow - 30 * kDayS;
    old += memory.created_at < build::kNow - 365 * kDayS;
  }
  EXPECT_GT(young, 50u);
  EXPECT_GT(old, 200u);
}

std::optional<UsageError> parse(std::vector<const char*> arguments, Options* options = nullptr) {
  std::optional<UsageError> error;
  const Options parsed = parse_options(arguments, error);
  if (options != nullptr) *options = parsed;
  return error;
}

TEST(CommandLine, IsRead) {
  Options options;
  EXPECT_FALSE(parse({}, &options));
  EXPECT_EQ(options.nodes, 10'000u);
  EXPECT_EQ(options.edges, 50'000u);
  EXPECT_EQ(options.queries, 1'000u);
  EXPECT_FALSE(parse({"--nodes=30", "--edges", "40", "--queries", "5", "--seed", "6"}, &options));
  EXPECT_EQ(options.nodes, 30u);
  EXPECT_EQ(options.edges, 40u);
  EXPECT_EQ(options.queries, 5u);
  EXPECT_EQ(options.seed, 6u);
  EXPECT_FALSE(parse({"-h"}, &options));
  EXPECT_TRUE(options.help);
}

TEST(CommandLine, MistakesAreNamed) {
  for (const char* bad : {"", "-1", "1.5", "12x", "200001", "99999999999999999999", "1", " 7"}) {
    const auto error = parse({"--nodes", bad});
    ASSERT_TRUE(error) << bad;
    EXPECT_NE(error->message.find("--nodes takes a whole number"), std::string::npos);
  }
  EXPECT_TRUE(parse({"--seed"}));
  EXPECT_TRUE(parse({"stray"}));
  EXPECT_TRUE(parse({"--nodes", "10", "--edges", "46"}));
  EXPECT_FALSE(parse({"--nodes", "10", "--edges", "45"}));
}

}  // namespace
}  // namespace memory_graph
