// Text to vector by random indexing: every word has a fixed sparse random vector; the meaning of a
// word is the sum of those of the words that stood near it; the embedding of a text is the sum of
// its words' meanings, rare words weighing more, less the mean over all memories, to length 1.
// Words that are used alike get vectors that are alike, with no training and no floating-point
// library.
//
//   embedding::Embedder embedder = embedding::Embedder::learn(memories);
//   embedder.embed("some question", vector);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "memory_graph/memory.h"
#include "memory_graph/vocabulary.h"

namespace memory_graph::embedding {

class Embedder {
 public:
  // Reads all texts once for the vocabulary, once for the meanings, once for the mean.
  static Embedder learn(std::span<const Memory> memories);

  // Writes kDimensions floats: a unit vector, or zeros for a text without a known word.
  void embed(std::string_view text, float* out) const;
  Embeddings embed_all() const;  // of the memories that it learnt from

  const text::Vocabulary& vocabulary() const { return vocabulary_; }
  // The terms of each memory's text, in order.
  std::span<const std::vector<text::TermId>> terms() const { return terms_; }
  uint64_t words() const { return words_; }

 private:
  void learn_meanings();
  void learn_mean();
  void embed_terms(std::span<const text::TermId> terms, float* out) const;
  void add_up(std::span<const text::TermId> terms, float* out) const;

  text::Vocabulary vocabulary_;
  std::vector<std::vector<text::TermId>> terms_;
  Embeddings meanings_;      // a row a term, scaled by the term's weight
  std::vector<float> mean_;  // of the memories' sums, per word
  uint64_t words_ = 0;
};

}  // namespace memory_graph::embedding
