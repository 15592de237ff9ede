// Invented memories to fill a store with: texts over topics of a made-up language, written over
// three years, and questions about them.
//
//   build::Corpus corpus = build::write_corpus(10'000, seed);
//   std::string question = build::question_about(corpus.memories[7].text, random);
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "memory_graph/memory.h"
#include "memory_graph/random.h"

namespace memory_graph::build {

// The moment at which the corpus ends and the workload begins.
inline constexpr TimeS kNow = 1'700'000'000;
inline constexpr TimeS kSpanS = kDayS * 365 * 3;

struct Corpus {
  std::vector<Memory> memories;  // oldest first; the young are denser
  Recalls recalls;               // the making of each, and up to three recalls since
};

Corpus write_corpus(size_t memories, uint64_t seed);

// Some of the words of a text, out of order: how somebody asks who half remembers it.
std::string question_about(std::string_view text, Random& random);

}  // namespace memory_graph::build
