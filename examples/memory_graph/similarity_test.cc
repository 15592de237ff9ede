#include "memory_graph/similarity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "memory_graph/corpus.h"
#include "memory_graph/ivf_build.h"
#include "memory_graph/random.h"
#include "memory_graph/store.h"

namespace memory_graph {
namespace {

// README.md states this bound.
constexpr double kRecallMin = 0.95;

const Store& shared_store() {
  static const Store store = build_store({.nodes = 3000, .edges = 6000, .seed = 5});
  return store;
}

// Every memory compared in double precision and sorted.
std::vector<Scored> brute_force(const Embeddings& embeddings, const float* question, size_t count) {
  std::vector<Scored> all;
  for (size_t i = 0; i < embeddings.size(); ++i) {
    double sum = 0;
    for (size_t d = 0; d < kDimensions; ++d) {
      sum += static_cast<double>(question[d]) * static_cast<double>(embeddings.row(i)[d]);
    }
    all.push_back({static_cast<MemoryId>(i), static_cast<float>(sum)});
  }
  std::sort(all.begin(), all.end(), ranks_before);
  all.resize(std::min(all.size(), count));
  return all;
}

struct Question {
  std::vector<float> embedding;
  std::vector<Scored> nearest;  // by brute force
};

const std::vector<Question>& questions() {
  static const auto* all = [] {
    const Store& store = shared_store();
    Random random(11);
    auto* out = new std::vector<Question>(50);
    for (Question& question : *out) {
      const uint32_t target = random.below(static_cast<uint32_t>(store.memories.size()));
      const std::string text = build::question_about(store.memories[target].text, random);
      question.embedding.resize(kDimensions);
      store.embedder.embed(text, question.embedding.data());
      question.nearest =
          brute_force(store.embeddings, question.embedding.data(), similarity::Settings{}.count);
    }
    return out;
  }();
  return *all;
}

double recall_of(const similarity::Settings& settings) {
  similarity::Search search(shared_store().index);
  std::vector<Scored> found;
  size_t hits = 0;
  size_t wanted = 0;
  for (const Question& question : questions()) {
    search.nearest(question.embedding.data(), settings, found);
    for (const Scored& truth : question.nearest) {
      ++wanted;
      for (const Scored& one : found) hits += one.id == truth.id;
    }
  }
  return static_cast<double>(hits) / static_cast<double>(wanted);
}

TEST(Similarity, RecallIsAboveTheStatedBound) {
  EXPECT_GE(recall_of({}), kRecallMin);
}

TEST(Similarity, AllListsAreExactAndOneListIsNot) {
  const size_t lists = shared_store().index.lists();
  EXPECT_GE(recall_of({.lists = lists}), 0.998);  // all but ties within the rounding of a float
  EXPECT_LT(recall_of({.lists = 1}), recall_of({}));
}

TEST(Similarity, AMemoryIsNearestToItself) {
  const Store& store = shared_store();
  similarity::Search search(store.index);
  std::vector<Scored> found;
  for (size_t i = 0; i < store.memories.size(); i += 97) {
    search.nearest(store.embeddings.row(i), {.count = 3, .lists = 1}, found);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(index_of(found[0].id), i);
    EXPECT_NEAR(found[0].score, 1, 1e-5);
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), ranks_before));
  }
}

TEST(Similarity, CountsWhatItComparesAndFindsNoMoreThanThereIs) {
  const Store& store = shared_store();
  similarity::Search search(store.index);
  std::vector<Scored> found;
  search.nearest(store.embeddings.row(0), {.count = 100'000, .lists = 100'000}, found);
  EXPECT_EQ(search.compared(), store.memories.size());
  EXPECT_EQ(found.size(), store.memories.size());
  search.nearest(store.embeddings.row(0), {.count = 0}, found);
  EXPECT_TRUE(found.empty());
}

TEST(Index, HoldsEveryMemoryOnce) {
  const Store& store = shared_store();
  std::vector<MemoryId> ids = store.index.ids;
  std::sort(ids.begin(), ids.end());
  ASSERT_EQ(ids.size(), store.memories.size());
  for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(index_of(ids[i]), i);
  EXPECT_EQ(store.index.lists(), 54u);  // the square root of 3,000
  EXPECT_EQ(store.index.first.back(), ids.size());
}

TEST(Embedder, TextsAlikeAreNear) {
  const Store& store = shared_store();
  Random random(4);
  std::vector<float> question(kDimensions);
  double related = 0;
  double unrelated = 0;
  for (uint32_t i = 0; i < 100; ++i) {
    const uint32_t other = random.below(static_cast<uint32_t>(store.memories.size()));
    store.embedder.embed(build::question_about(store.memories[i].text, random), question.data());
    related += static_cast<double>(similarity::cosine(question.data(), store.embeddings.row(i)));
    unrelated +=
        static_cast<double>(similarity::cosine(question.data(), store.embeddings.row(other)));
  }
  EXPECT_GT(related / 100, 0.3);
  EXPECT_LT(unrelated / 100, 0.1);
}

TEST(Embedder, UnknownWordsAreZeros) {
  std::vector<float> vector(kDimensions, 1.0f);
  shared_store().embedder.embed("xylophone quux 42", vector.data());
  EXPECT_EQ(std::count(vector.begin(), vector.end(), 0.0f), static_cast<long>(kDimensions));
}

}  // namespace
}  // namespace memory_graph
