// A week in the life of a store: it is built, then asked `queries` questions, one every ten
// minutes. Each question is one similarity search, one spreading activation from what the search
// found, one decay calculation over all memories, and the bookkeeping of what was recalled.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "memory_graph/activation.h"
#include "memory_graph/decay.h"
#include "memory_graph/similarity.h"

namespace memory_graph {

struct Options {
  uint64_t nodes = 10'000;
  uint64_t edges = 50'000;
  uint64_t queries = 1'000;
  uint64_t seed = 1;
  bool help = false;
};

inline constexpr uint64_t kNodesMax = 200'000;
inline constexpr uint64_t kEdgesMax = 20'000'000;
inline constexpr uint64_t kQueriesMax = 10'000'000;

struct UsageError {
  std::string message;
  std::string fix;
};

// `arguments` without the program's name. On a wrong command line, `error` is set.
Options parse_options(std::span<const char* const> arguments, std::optional<UsageError>& error);

struct Counts {
  uint64_t nodes = 0;
  uint64_t edges = 0;
  uint64_t words = 0;
  uint64_t vocabulary = 0;
  uint64_t lists = 0;
  uint64_t similarity_queries = 0;
  uint64_t vectors_compared = 0;
  uint64_t activations = 0;
  uint64_t transfers = 0;
  uint64_t memories_activated = 0;
  uint64_t decays = 0;
  uint64_t strengths = 0;
  uint64_t recalled = 0;
  uint64_t strengthened = 0;
};

// Wall time of the phases, in seconds.
struct Timings {
  double build_s = 0;
  double similarity_s = 0;
  double activation_s = 0;
  double decay_s = 0;
  double bookkeeping_s = 0;
};

struct Outcome {
  Counts counts;
  decay::Summary last_decay;
  uint64_t checksum = 0;  // of every result; depends on the options alone
  Timings timings;
};

// The options are within the limits above, and edges within build::edges_max(nodes).
Outcome run_workload(const Options& options);

}  // namespace memory_graph
