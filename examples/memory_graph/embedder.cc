#include "memory_graph/embedder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "memory_graph/random.h"

namespace memory_graph::embedding {

using text::TermId;

namespace {

constexpr size_t kNonZero = 8;  // of kDimensions, half of them +1 and half -1
constexpr size_t kReach = 2;    // words to each side that count as near

using Marks = std::array<uint16_t, kNonZero>;

// The sparse vector of a term: the first half of the places hold +1, the second half -1.
Marks marks_of(size_t term) {
  Random random(term + 1);
  Marks marks;
  for (uint16_t& mark : marks) mark = static_cast<uint16_t>(random.below(kDimensions));
  return marks;
}

void add_marks(const Marks& marks, float* meaning) {
  for (size_t i = 0; i < kNonZero / 2; ++i) meaning[marks[i]] += 1;
  for (size_t i = kNonZero / 2; i < kNonZero; ++i) meaning[marks[i]] -= 1;
}

// Sums in a fixed order: sixteen side by side, then these one by one.
float square_of(const float* vector) {
  constexpr size_t kSums = 16;
  float sums[kSums] = {};
  for (size_t d = 0; d < kDimensions; d += kSums) {
    for (size_t i = 0; i < kSums; ++i) sums[i] += vector[d + i] * vector[d + i];
  }
  float square = 0;
  for (const float sum : sums) square += sum;
  return square;
}

void scale_to_unit(float* vector) {
  const float square = square_of(vector);
  if (square == 0) return;
  const float length = std::sqrt(square);
  for (size_t d = 0; d < kDimensions; ++d) vector[d] /= length;
}

}  // namespace

Embedder Embedder::learn(std::span<const Memory> memories) {
  Embedder embedder;
  embedder.terms_.reserve(memories.size());
  for (const Memory& memory : memories) {
    embedder.terms_.push_back(embedder.vocabulary_.add_text(memory.text));
    embedder.words_ += embedder.terms_.back().size();
  }
  embedder.learn_meanings();
  embedder.learn_mean();
  return embedder;
}

void Embedder::learn_meanings() {
  const size_t count = vocabulary_.size();
  std::vector<Marks> marks(count);
  for (size_t term = 0; term < count; ++term) marks[term] = marks_of(term);
  meanings_ = Embeddings(count);
  for (const std::vector<TermId>& terms : terms_) {
    for (size_t i = 0; i < terms.size(); ++i) {
      float* const meaning = meanings_.row(index_of(terms[i]));
      const size_t end = std::min(terms.size(), i + kReach + 1);
      for (size_t j = i < kReach ? 0 : i - kReach; j < end; ++j) {
        add_marks(marks[index_of(terms[j])], meaning);
      }
    }
  }
  for (size_t term = 0; term < count; ++term) {
    float* const meaning = meanings_.row(term);
    scale_to_unit(meaning);
    const auto holders = static_cast<float>(vocabulary_.holders(static_cast<TermId>(term)));
    const float weight = 1 / std::sqrt(holders);
    for (size_t d = 0; d < kDimensions; ++d) meaning[d] *= weight;
  }
}

void Embedder::learn_mean() {
  mean_.assign(kDimensions, 0);
  if (words_ == 0) return;
  for (const std::vector<TermId>& terms : terms_) add_up(terms, mean_.data());
  for (float& value : mean_) value /= static_cast<float>(words_);
}

void Embedder::add_up(std::span<const TermId> terms, float* out) const {
  for (const TermId term : terms) {
    const float* const meaning = meanings_.row(index_of(term));
    for (size_t d = 0; d < kDimensions; ++d) out[d] += meaning[d];
  }
}

void Embedder::embed_terms(std::span<const TermId> terms, float* out) const {
  std::fill(out, out + kDimensions, 0.0f);
  if (terms.empty()) return;
  add_up(terms, out);
  const auto words = static_cast<float>(terms.size());
  for (size_t d = 0; d < kDimensions; ++d) out[d] -= mean_[d] * words;
  scale_to_unit(out);
}

void Embedder::embed(std::string_view text, float* out) const {
  std::vector<TermId> terms;
  for (auto word = text::next_word(text); !word.empty(); word = text::next_word(text)) {
    const TermId term = vocabulary_.find(word);
    if (term != text::kNoTerm) terms.push_back(term);
  }
  embed_terms(terms, out);
}

Embeddings Embedder::embed_all() const {
  Embeddings embeddings(terms_.size());
  for (size_t i = 0; i < terms_.size(); ++i) embed_terms(terms_[i], embeddings.row(i));
  return embeddings;
}

}  // namespace memory_graph::embedding
