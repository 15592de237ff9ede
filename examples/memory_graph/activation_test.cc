#include "memory_graph/activation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "memory_graph/random.h"

namespace memory_graph {
namespace {

using activation::Seed;
using activation::Settings;
using activation::Spreader;

Edge edge(uint32_t a, uint32_t b, float weight) {
  return {.a = MemoryId{a}, .b = MemoryId{b}, .weight = weight};
}

Graph random_graph(uint32_t memories, size_t edges) {
  Random random(3);
  std::vector<Edge> out;
  for (size_t i = 0; i < edges; ++i) {
    const uint32_t from = static_cast<uint32_t>(i) % memories;
    const uint32_t step = 1 + static_cast<uint32_t>(i) / memories;
    out.push_back(edge(from, (from + step) % memories, static_cast<float>(0.1 + random.unit())));
  }
  return Graph::from_edges(memories, out);
}

TEST(Activation, OneStepSharesByWeight) {
  // 1 -3/4- 0 -1/4- 2, and 3 alone.
  const std::vector<Edge> edges = {edge(0, 1, 3), edge(0, 2, 1)};
  const Graph graph = Graph::from_edges(4, edges);
  Spreader spreader(4);
  const std::vector<Seed> seeds = {{MemoryId{0}, 16}};
  spreader.spread(graph, seeds, {.steps = 1, .spread = 0.5, .decay = 0.5, .threshold = 0});
  EXPECT_DOUBLE_EQ(spreader.energy(MemoryId{0}), 4);
  EXPECT_DOUBLE_EQ(spreader.energy(MemoryId{1}), 3);
  EXPECT_DOUBLE_EQ(spreader.energy(MemoryId{2}), 1);
  EXPECT_DOUBLE_EQ(spreader.energy(MemoryId{3}), 0);
  EXPECT_EQ(spreader.transfers(), 2u);
}

TEST(Activation, WithoutDecayEnergyIsConserved) {
  const Graph graph = random_graph(200, 1000);
  Spreader spreader(200);
  const std::vector<Seed> seeds = {{MemoryId{7}, 1}, {MemoryId{90}, 2}, {MemoryId{7}, 0.5}};
  for (const double threshold : {0.0, 1e-3, 10.0}) {
    spreader.spread(graph, seeds, {.steps = 20, .decay = 1, .threshold = threshold});
    EXPECT_NEAR(spreader.total(), 3.5, 1e-6) << "threshold " << threshold;
  }
}

TEST(Activation, TotalDecaysByTheFactorOfEachStep) {
  const Graph graph = random_graph(200, 1000);
  Spreader spreader(200);
  const std::vector<Seed> seeds = {{MemoryId{7}, 4}};
  for (const uint32_t steps : {0u, 1u, 5u, 30u}) {
    spreader.spread(graph, seeds, {.steps = steps, .decay = 0.8});
    EXPECT_NEAR(spreader.total(), 4 * std::pow(0.8, steps), 1e-6) << steps << " steps";
  }
}

TEST(Activation, BelowTheThresholdNothingSpreads) {
  const Graph graph = random_graph(50, 100);
  Spreader spreader(50);
  const std::vector<Seed> seeds = {{MemoryId{1}, 0.5}};
  spreader.spread(graph, seeds, {.steps = 3, .decay = 1, .threshold = 0.6});
  EXPECT_EQ(spreader.active().size(), 1u);
  EXPECT_EQ(spreader.transfers(), 0u);
  EXPECT_DOUBLE_EQ(spreader.energy(MemoryId{1}), 0.5);
}

TEST(Activation, ACallForgetsTheOneBefore) {
  const Graph graph = random_graph(200, 1000);
  Spreader used(200);
  Spreader fresh(200);
  used.spread(graph, std::vector<Seed>{{MemoryId{3}, 9}}, {});
  const std::vector<Seed> seeds = {{MemoryId{150}, 1}};
  used.spread(graph, seeds, {});
  fresh.spread(graph, seeds, {});
  for (uint32_t i = 0; i < 200; ++i) {
    EXPECT_EQ(used.energy(MemoryId{i}), fresh.energy(MemoryId{i})) << "memory " << i;
  }
}

TEST(Activation, StrongestAreInOrder) {
  const Graph graph = random_graph(200, 1000);
  Spreader spreader(200);
  spreader.spread(graph, std::vector<Seed>{{MemoryId{20}, 1}}, {});
  std::vector<Scored> all;
  std::vector<Scored> five;
  spreader.strongest(1000, all);
  spreader.strongest(5, five);
  ASSERT_EQ(five.size(), 5u);
  EXPECT_EQ(all.size(), spreader.active().size());
  for (size_t i = 1; i < all.size(); ++i) EXPECT_TRUE(ranks_before(all[i - 1], all[i]));
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(five[i].id, all[i].id);
}

TEST(Graph, SharesAddUpAndStrengtheningChangesThem) {
  const std::vector<Edge> edges = {edge(0, 1, 1), edge(0, 2, 1)};
  Graph graph = Graph::from_edges(3, edges);
  EXPECT_EQ(graph.edges(), 2u);
  EXPECT_FLOAT_EQ(graph.neighbours(MemoryId{0})[0].share, 0.5f);
  EXPECT_FALSE(graph.strengthen(MemoryId{1}, MemoryId{2}, 1));
  EXPECT_TRUE(graph.strengthen(MemoryId{1}, MemoryId{0}, 2));
  EXPECT_FLOAT_EQ(graph.neighbours(MemoryId{0})[0].share, 0.75f);
  EXPECT_FLOAT_EQ(graph.neighbours(MemoryId{0})[1].share, 0.25f);
  EXPECT_FLOAT_EQ(graph.neighbours(MemoryId{1})[0].share, 1.0f);
  EXPECT_TRUE(graph.strengthen(MemoryId{0}, MemoryId{1}, 100));
  EXPECT_FLOAT_EQ(graph.neighbours(MemoryId{0})[0].weight, Graph::kWeightMax);
}

}  // namespace
}  // namespace memory_graph
